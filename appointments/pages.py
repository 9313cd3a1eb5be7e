"""What each page of this room shows: the context of its template, in words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import access, actions, availability, fair_words, preparing, presenters, refusal_words, waiting_pages
from appointments.admission import channel_of
from appointments.finding_forms import FindForm
from appointments.forms import BookForm, TimeForm
from appointments.models import Booking, Session, Slot
from appointments.refusals import (
    AlreadyBooked,
    Busy,
    Drawn,
    IdentityNeeded,
    Refusal,
    SlotFull,
    Suspended,
    TooFast,
    TooMany,
)
from appointments.terms import grace, terms_for
from appointments.waits import waiting_of
from appointments.wishes import Wishes
from facilities.models import Department, Facility, Practitioner
from foundation.keys import uuid7
from residents.access import Viewer
from residents.family.scope import name_of

Context = dict[str, Any]


def facilities(found: Iterable[Facility], form: FindForm) -> Context:
    return {"groups": presenters.facility_groups(found), "form": form, "steps": presenters.steps()}


def departments(facility: Facility, now: datetime, channel: str) -> Context:
    found = list(availability.departments(facility))
    first = availability.first_free_days(found, "department_id", now, channel)
    rows = presenters.place_rows(found, first, "appointments:practitioners", now)
    return {"facility": facility, "rows": rows, "steps": presenters.steps(), "current": 2}


def practitioners(department: Department, now: datetime, channel: str) -> Context:
    found = list(availability.practitioners(department))
    first = availability.first_free_days([department], "practitioner_id", now, channel)
    rows = presenters.place_rows(found, first, "appointments:days", now)
    facility = department.facility
    return {
        "facility": facility,
        "department": department,
        "rows": rows,
        "steps": presenters.steps(),
        "current": 3,
    }


def days(practitioner: Practitioner, now: datetime, channel: str) -> Context:
    terms, halves = availability.calendar(practitioner, now, channel)
    return {
        "practitioner": practitioner,
        "rows": presenters.half_rows(halves, now),
        "window_days": terms.window_days,
        "release_time": terms.release_time,
        "steps": presenters.steps(),
    }


def times(session: Session, form: TimeForm, now: datetime, channel: str) -> Context:
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    released = session.date <= terms.last_day(now)
    stopped = session.state == Session.State.STOPPED
    choices = [
        {
            "value": str(slot.pk),
            "title": presenters.slot_text(slot),
            "note": presenters.places_text(slot.open_places),
            "disabled": slot.open_places <= 0,
        }
        for slot in availability.slots_of(session, now, channel)
    ]
    return {
        "session": session,
        "day": presenters.day_text(session.date, timezone.localdate(now)),
        "form": form,
        "choices": choices if released and not stopped else [],
        "any_free": any(not choice["disabled"] for choice in choices),
        "stopped": stopped,
        "drawn": session.draw,
        "opens": None if released else presenters.moment_text(terms.released_at(session.date), now),
        "steps": presenters.steps(),
    }


def confirm(slot: Slot, viewer: Viewer, form: BookForm, now: datetime) -> Context:
    session = slot.session
    terms, regret = terms_for(session.facility_id, session.department_id, now, session.kind), grace(now)
    return {
        "slot": slot,
        "session": session,
        "doctor": presenters.doctor_text(session.practitioner),
        "name": name_of(viewer),
        "helper": "" if viewer.is_self else viewer.name,
        "when": presenters.visit_text(slot, now),
        "fee": presenters.fee_text(session),
        "bring": presenters.what_to_bring(now),
        "prepare": preparing.text_for(session),
        "form": form,
        "unseen": access.is_unseen(viewer.resident_id),
        "no_show_rule": fair_words.no_show_rule(slot, viewer, now),
        "cancel_rule": presenters.cancel_rule(terms.cancel_until(slot.starts_at, now, regret), regret, now),
        "form_key": uuid7(),
        "steps": presenters.steps(),
    }


def refused(slot: Slot, viewer: Viewer, refusal: Refusal, form: BookForm, now: datetime) -> Context:
    """Why not, and what instead: the nearest free times, each a form of its own that keeps what was said.

    Trying again keeps the form's key.
    """
    title, text = refusal_words.refusal_text(refusal, now)
    no_use = isinstance(refusal, TooMany | IdentityNeeded | AlreadyBooked | Suspended | TooFast)
    known = refusal if isinstance(refusal, SlotFull) else SlotFull()
    channel = known.channel or channel_of(viewer.resident_id, now)
    others = [] if no_use else availability.alternatives(slot, viewer, now, channel, booked=known.booked)
    return {
        "slot": slot,
        "session": slot.session,
        "title": title,
        "text": text,
        "booking_id": getattr(refusal, "booking_id", None),
        "too_many": isinstance(refusal, TooMany),
        "again": isinstance(refusal, Busy | TooFast),
        "suspended": isinstance(refusal, Suspended),
        "drawn": isinstance(refusal, Drawn),
        "may_wait": isinstance(refusal, SlotFull),
        "form": form,
        "form_key": getattr(form, "cleaned_data", {}).get("form_key") or uuid7(),
        "alternatives": [presenters.alternative(other, channel, now) for other in others],
    }


def gone(slot_id: UUID, viewer: Viewer, now: datetime) -> Context:
    channel = channel_of(viewer.resident_id, now)
    others = availability.instead_of_nothing(slot_id, viewer, now, channel)
    return {"alternatives": [presenters.alternative(other, channel, now) for other in others]}


def bookings(ahead: Iterable[Booking], past: Page[Booking], viewer: Viewer, now: datetime) -> Context:
    return {
        "waiting": waiting_pages.rows(waiting_of(viewer, now), now),
        "stopped": [presenters.booking_row(booking, now) for booking in past if waiting_pages.asks_anew(booking, now)],
        "ahead": [presenters.booking_row(booking, now) for booking in ahead],
        "past": [presenters.booking_row(booking, now) for booking in past if not waiting_pages.asks_anew(booking, now)],
        "page": past,
    }


def booking(found: Booking, viewer: Viewer, now: datetime, booked_by: str = "") -> Context:
    deadline = actions.cancel_deadline(found)
    live = found.status == Booking.Status.BOOKED and found.slot.ends_at > now
    wishes = Wishes.of(found)
    return {
        "booking": found,
        "booked_by": booked_by,
        "session": found.session,
        "when": presenters.visit_text(found.slot, now),
        "status": presenters.status_text(found, now),
        "fee": presenters.fee_text(found.session),
        "bring": presenters.what_to_bring(now),
        "prepare": preparing.text_for(found.session) if live else "",
        "wishes": wishes,
        "needs": _("、").join(wishes.need_words),
        "unseen": live and access.is_unseen(found.resident_id),
        "cancelled": found.status == Booking.Status.CANCELLED,
        "live": live,
        "can_cancel": found.status == Booking.Status.BOOKED and now < deadline,
        "doctor": presenters.doctor_text(found.session.practitioner),
        "promise": presenters.cancel_promise(deadline, now),
        "too_late": _("已过自己取消的时间（%(moment)s）。来不了请打电话告诉医疗机构，把号留给需要的人。")
        % {"moment": presenters.moment_text(deadline, now)},
        **waiting_pages.stopped(found, viewer, now),
    }
