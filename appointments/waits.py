"""What is read of waiting for a place (候补): a person's entries, how many wait longer, what is theirs to take now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connections
from django.shortcuts import get_object_or_404
from django.utils import timezone

from appointments.models import Hold, Session, Slot, WaitlistEntry
from appointments.terms import terms_for
from foundation.rowsecurity import database
from residents.access import Viewer


@dataclass(frozen=True)
class Waiting:
    """A live entry with how many wait longer, and what is theirs to take now."""

    entry: WaitlistEntry
    ahead: int
    # The slot of the place, the hold that keeps it, and until when; for one of many who were told, nobody's yet.
    slot: Slot | None = None
    hold_id: UUID | None = None
    until: datetime | None = None

    @property
    def is_claim(self) -> bool:
        """Whether the place is the first comer's among all who wait, not kept for this person."""
        return self.hold_id is not None and self.until is None


def entry_for(viewer: Viewer, entry_id: UUID) -> WaitlistEntry:
    """One entry of the person, ended or not; a stranger's and a missing one are the same 404."""
    known = WaitlistEntry.objects.visible_to(viewer).select_related("facility", "department", "practitioner")
    return get_object_or_404(known, pk=entry_id)


def waiting_of(viewer: Viewer, now: datetime) -> list[Waiting]:
    """What the person waits for, the longest wait first. Four statements, however much there is."""
    known = WaitlistEntry.objects.visible_to(viewer).live(timezone.localdate(now))
    entries = list(known.select_related("facility", "department", "practitioner"))
    if not entries:
        return []
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT entry, ahead, claimable, slot FROM app.my_waiting(%s)", [viewer.resident_id])
        more = {entry: rest for entry, *rest in cursor.fetchall()}
    offers = {hold.wait_id: hold for hold in _offers(entries, viewer, now)}
    slots = _slots([hold.slot_id for hold in offers.values()] + [slot for _n, _h, slot in more.values() if slot])
    return [_waiting(entry, offers.get(entry.pk), more.get(entry.pk, (0, None, None)), slots.get) for entry in entries]


def _offers(entries: Iterable[WaitlistEntry], viewer: Viewer, now: datetime) -> Iterable[Hold]:
    live = Hold.objects.filter(resident_id=viewer.resident_id, ended_at=None, ends_at__gt=now)
    return live.filter(wait__in=[entry.pk for entry in entries])


def _slots(keys: Sequence[UUID]) -> dict[UUID, Slot]:
    return Slot.objects.with_everything().in_bulk(keys) if keys else {}


def _waiting(
    entry: WaitlistEntry, offer: Hold | None, more: Sequence[Any], slot_of: Callable[[UUID], Slot | None]
) -> Waiting:
    ahead, claimable, slot = more
    if offer is not None:
        return Waiting(entry, ahead, slot_of(offer.slot_id), offer.pk, offer.ends_at)
    return Waiting(entry, ahead, slot_of(slot), claimable) if claimable else Waiting(entry, ahead)


def last_day(session: Session, now: datetime) -> date:
    """Until which day one may wait: the last that can be booked now, and at least the day of `session`."""
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    return max(session.date, terms.last_day(now))
