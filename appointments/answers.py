"""What the database answers to a deed of this room: one short transaction each, and what its no means."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction

from appointments import refusals
from foundation.places import said_no
from foundation.rowsecurity import database

# What the database says no with (constraint names, SQLSTATE codes), and what that means here.
BY_CONSTRAINT: dict[str | None, type[refusals.Refusal]] = {
    "slot_never_overbooked": refusals.SlotFull,
    "booking_agrees_with_an_open_session": refusals.SessionStopped,
    "one_live_booking_per_department_and_half_day": refusals.AlreadyBooked,
    "one_booking_per_submitted_form": refusals.FormUsed,
    "self_registered_hold_few_bookings": refusals.SelfRegistered,
    "hold_is_live_and_theirs": refusals.HoldOver,
    "slot_numbers_never_overlap": refusals.Busy,
}
BY_STATE: dict[str | None, type[refusals.Refusal]] = {
    "42501": refusals.IdentityNeeded,  # row-level security
    "55P03": refusals.Busy,  # lock not available in time
    "40P01": refusals.Busy,  # deadlock
    "57014": refusals.Busy,  # statement timeout
}


@contextmanager
def one_transaction() -> Iterator[None]:
    """A transaction of its own, so that no slot stays locked while a page renders; the database's no becomes ours."""
    try:
        with transaction.atomic(using=database(), durable=True):
            yield
    except DatabaseError as error:
        refusal = meaning(error)
        if refusal is None:
            raise
        raise refusal() from None


def meaning(error: DatabaseError) -> type[refusals.Refusal] | None:
    """Which refusal the database's no to a booking is; None for a fault."""
    constraint, state = said_no(error)
    return BY_CONSTRAINT.get(constraint) or BY_STATE.get(state)


def ask(question: str, values: Sequence[Any] | Mapping[str, Any]) -> tuple[Any, ...]:
    """The row that answers; raises IdentityNeeded unless its last column is true."""
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    if not (row and row[-1]):
        raise refusals.IdentityNeeded
    return tuple(row)
