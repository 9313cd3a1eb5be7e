"""Opening a half-day by hand."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from appointments.models import RESERVED, Session, Slot
from appointments.terms import Terms


@transaction.atomic
def open_session(*, session: Session, start: time, end: time, minutes: int, capacity: int, terms: Terms) -> list[Slot]:
    """Save a new session with its slots: every `minutes` from `start` to `end`, `capacity` places each.

    The reserves that `terms` ask for are rounded to the nearest place, and never more than the slot has.
    """
    session.save(force_insert=True)
    return Slot.objects.bulk_create(slots_for(session, start, end, minutes, capacity, terms))


def slots_for(session: Session, start: time, end: time, minutes: int, capacity: int, terms: Terms) -> list[Slot]:
    """The slots of a session to come, unsaved: numbered on from 1, with the places that `terms` keep apart."""
    length = timedelta(minutes=minutes)
    kept = reserves(capacity, terms)
    first = timezone.make_aware(datetime.combine(session.date, start))
    return [
        Slot(
            session=session,
            facility_id=session.facility_id,
            starts_at=at,
            ends_at=at + length,
            capacity=capacity,
            first_number=1 + place * capacity,
            reserves_end_at=first - timedelta(hours=terms.reserves_end_hours) if any(kept.values()) else None,
            **kept,
        )
        for place, at in enumerate(_starts(session, start, end, length))
    ]


def reserves(capacity: int, terms: Terms) -> dict[str, int]:
    """How many of `capacity` places each channel has to itself, by the column's name."""
    left, kept = capacity, {}
    for channel in RESERVED:
        name = f"reserve_{channel.value}"
        places = min(round(capacity * getattr(terms, name) / 100), left)
        kept[f"reserved_{channel.value}"] = places
        left -= places
    return kept


def _starts(session: Session, start: time, end: time, step: timedelta) -> Iterator[datetime]:
    at = timezone.make_aware(datetime.combine(session.date, start))
    last = timezone.make_aware(datetime.combine(session.date, end))
    while at + step <= last:
        yield at
        at += step
