"""Pages of stopping a clinic: whom it takes a visit from, what there is instead; then, who has another time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import availability, presenters, stopping
from appointments.forms import StopForm
from appointments.models import Booking, Session, Slot


def context(sessions: Sequence[Session], form: StopForm, now: datetime) -> dict[str, Any]:
    """Each clinic with the people it is about, by their time, and what they can choose instead."""
    clinics = [_clinic(session, sessions, now) for session in sessions]
    return {"form": form, "clinics": clinics, "count": sum(len(clinic["people"]) for clinic in clinics)}


def _clinic(session: Session, stopped: Sequence[Session], now: datetime) -> dict[str, Any]:
    people = [_line(booking) for booking in stopping.affected(session, now)]
    slots, places = availability.equal_for_many(session, now, stopped)
    return {
        "key": session.pk,
        "title": str(session),
        "place": session.department.name,
        "people": people,
        "others": others(slots, now),
        "places": places_text(places, len(people)),
        "too_few": places < len(people),
    }


def _line(booking: Booking) -> dict[str, Any]:
    return {
        "number": booking.number,
        "name": booking.resident_name,
        "time": presenters.slot_text(booking.slot),
        "status": booking.get_status_display(),
    }


def others(slots: Sequence[Slot], now: datetime) -> list[str]:
    """The nearest equal times, in words."""
    return [f"{presenters.visit_text(slot, now)} {slot.session.practitioner.name}" for slot in slots]


def places_text(places: int, people: int) -> str:
    """Whether everybody finds a place elsewhere."""
    if places >= people:
        return ngettext("同类的号还有 %(count)d 个。", "同类的号还有 %(count)d 个。", places) % {"count": places}
    text = _("同类的号只有 %(places)d 个，不够 %(people)d 个人改约。最好先加开门诊或加号。")
    return text % {"places": places, "people": people}


def progress(session: Session, now: datetime) -> dict[str, Any]:
    """Of a clinic that was stopped: who was told, who has another time since, and whom to telephone."""
    told = list(stopping.told(session))
    again = stopping.booked_since(session, told)
    people = [_follow(booking, again.get(booking.resident_id), now) for booking in told]
    slots, places = availability.equal_for_many(session, now)
    left = [person for person in people if not person["again"]]
    return {
        "session": session,
        "doctor": presenters.doctor_text(session.practitioner),
        "people": left + [person for person in people if person["again"]],
        "told": len(people),
        "rebooked": len(people) - len(left),
        "left": len(left),
        "others": others(slots, now),
        "places": places_text(places, len(left)),
        "too_few": places < len(left),
    }


def _follow(booking: Booking, since: Booking | None, now: datetime) -> dict[str, Any]:
    key: UUID = booking.pk
    return {
        "key": key,
        "name": booking.resident_name,
        "time": presenters.slot_text(booking.slot),
        "again": f"{presenters.visit_text(since.slot, now)} {since.session.practitioner.name}" if since else "",
    }
