"""The answer to whoever comes when all places are gone: asked in one statement, without a lock, and nothing is written.

In a rush most answers are this one, so it is given before a try is counted and before any rule is looked up.
"""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from appointments import refusals
from appointments.admission import ONLINE
from appointments.answers import ask
from appointments.models import Session, Slot
from residents.access import Viewer

# Whether the form was sent before, and in which half-days the person has a booking in the department.
ASKED = """
SELECT app.channel_of(%(person)s, %(day)s),
  EXISTS (SELECT 1 FROM appointments_booking b
    WHERE b.resident_id = %(person)s AND b.booked_by = %(account)s AND b.form_key = %(key)s),
  (SELECT coalesce(json_agg(json_build_array(b.date, b.period)), '[]') FROM appointments_booking b
    WHERE b.resident_id = %(person)s AND b.department_id = %(department)s AND b.date >= %(today)s
    AND b.status <> 'cancelled'),
  %(person)s::uuid = ANY (app.residents_for('booking'))
"""


def answer(slot: Slot, viewer: Viewer, form_key: UUID, now: datetime) -> refusals.SlotFull | None:
    """That a slot that `is_gone` is full; None where that is not all there is to say.

    Not all it is to a form that already has its booking, and to somebody who is booked in that half-day:
    `actions.book` answers those. Raises `IdentityNeeded`. For a transaction.
    """
    session = slot.session
    values = {
        "person": viewer.resident_id,
        "account": viewer.account_id,
        "key": form_key,
        "day": session.date,
        "department": session.department_id,
        "today": timezone.localdate(now),
    }
    channel, sent, booked, _may = ask(ASKED, values)
    if sent or [f"{session.date}", session.period] in booked:
        return None
    return refusals.SlotFull(channel, booked)


def is_gone(slot: Slot, now: datetime) -> bool:
    """Whether nobody can have a place in a slot on line, by what was just read of it, and for no other reason."""
    session = slot.session
    stands = session.state == Session.State.OPEN and session.takes_place and not session.draw
    ahead = slot.starts_at > now and slot.extra_by is None
    return stands and ahead and all(slot.places_for(channel, now) <= 0 for channel in ONLINE)
