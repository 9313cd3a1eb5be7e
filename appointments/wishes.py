"""Why somebody comes, what they need, and for which examination: what a booking says beside its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Self

from django.utils import timezone

from appointments import refusals
from appointments.models import Booking, Need, Service, Slot
from foundation.dated import register, time_setting

FASTING_UNTIL = register("appointments.fasting_until", "10:00", "要空腹的检查最晚几点以前开始")
# Between two needs, as the sealed column keeps them.
BETWEEN = ","


@dataclass(frozen=True)
class Wishes:
    """What a person says with a booking; the facility's desk and clinicians read it."""

    reason: str = ""
    needs: Sequence[str] = ()
    service: Service | None = None

    @classmethod
    def of(cls, booking: Booking) -> Self:
        """What was said with a booking; words that are no `Need` any more are left out."""
        known = [word for word in (booking.needs or "").split(BETWEEN) if word in Need.values]
        return cls(booking.reason or "", known, booking.service)

    def write(self, booking: Booking) -> None:
        """Put it into a booking that is not saved yet."""
        booking.reason = self.reason or None
        booking.needs = BETWEEN.join(self.needs) or None
        booking.service = self.service

    @property
    def need_words(self) -> list[str]:
        """The needs as people say them."""
        return [str(Need(word).label) for word in self.needs]


def fasting_until(now: datetime) -> time:
    """Until when an examination on an empty stomach may begin."""
    return time_setting(FASTING_UNTIL, now)


def refuse_unless_fasting(service: Service | None, slot: Slot, now: datetime) -> None:
    """Raise `NotFasting` for an examination on an empty stomach at a time when nobody can be expected to be fasting."""
    limit = fasting_until(now)
    if service is not None and service.fasting and timezone.localtime(slot.starts_at).time() >= limit:
        raise refusals.NotFasting(limit)
