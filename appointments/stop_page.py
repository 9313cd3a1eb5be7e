"""The page that asks before a clinic is stopped: why, and whom it takes a visit from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from appointments import presenters, stopping
from appointments.forms import StopForm
from appointments.models import Booking, Session


def context(sessions: Sequence[Session], form: StopForm, now: datetime) -> dict[str, Any]:
    """Each clinic with the people it is about, by their time."""
    clinics = [(session, list(stopping.affected(session, now))) for session in sessions]
    return {
        "form": form,
        "clinics": [
            {
                "key": session.pk,
                "title": str(session),
                "place": session.department.name,
                "people": [_line(booking) for booking in people],
            }
            for session, people in clinics
        ],
        "count": sum(len(people) for _session, people in clinics),
    }


def _line(booking: Booking) -> dict[str, Any]:
    return {
        "number": booking.number,
        "name": booking.resident_name,
        "time": presenters.slot_text(booking.slot),
        "status": booking.get_status_display(),
    }
