"""Calling people in. Each deed is one conditional statement, so two screens never call the same person."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from appointments.models import Queue, Ticket
from foundation.places import said_no

State = Ticket.State
# Whoever another screen is just calling is passed over, not waited for.
NEXT = """
UPDATE appointments_ticket SET state = 'called', room = %s WHERE id = (
  SELECT t.id FROM appointments_ticket t WHERE t.queue_id = %s AND t.state = 'waiting'
  ORDER BY app.turn_of(t) LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
"""


class Stale(Exception):
    """The screen shows what is no longer so: another screen, or the same button twice."""


def call_next(*, queue: Queue, room: str, after: UUID | None) -> Ticket | None:
    """End the visit of whoever is in the room (`after`, as the screen shows it) and call the next; None: nobody waits.

    Raises `Stale`, having changed nothing, where somebody else is in the room by now.
    """
    with _one_in_the_room():
        if after is not None and not _of(queue, after, State.CALLED).filter(room=room).update(state=State.DONE):
            raise Stale
        with connection.cursor() as cursor:
            cursor.execute(NEXT, [room, queue.pk])
            called = cursor.fetchone()
        return Ticket.objects.get(pk=called[0]) if called else None


def recall(*, queue: Queue, room: str, ticket_id: UUID) -> None:
    """Call once more whoever does not come, or whoever was passed over and is back; raises `Stale`."""
    with _one_in_the_room():
        again = _of(queue, ticket_id, State.CALLED).filter(room=room) | _of(queue, ticket_id, State.SKIPPED)
        if not again.update(state=State.CALLED, room=room):
            raise Stale


def skip(*, queue: Queue, ticket_id: UUID) -> None:
    """Whoever was called and does not come (过号); raises `Stale`."""
    _change(queue, ticket_id, State.CALLED, State.SKIPPED)


def finish(*, queue: Queue, ticket_id: UUID) -> None:
    """The visit is over, and nobody is called yet; raises `Stale`."""
    _change(queue, ticket_id, State.CALLED, State.DONE)


def rejoin(*, queue: Queue, ticket_id: UUID) -> None:
    """Whoever was passed over waits again, behind those who are here; raises `Stale`."""
    _change(queue, ticket_id, State.SKIPPED, State.WAITING)


def _of(queue: Queue, ticket_id: UUID, state: str) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk=ticket_id, queue=queue, state=state)


def _change(queue: Queue, ticket_id: UUID, old: str, new: str) -> None:
    if not _of(queue, ticket_id, old).update(state=new):
        raise Stale


@contextmanager
def _one_in_the_room() -> Iterator[None]:
    """A transaction; the database's no to a second person in one room becomes `Stale`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if said_no(error)[0] != "one_called_at_a_time_per_room":
            raise
        raise Stale from None
