"""What the pages of moving a booking show."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import availability, finding, finding_pages, preparing, presenters, refusal_words
from appointments.admission import channel_of
from appointments.finding import Which
from appointments.models import Booking, Slot
from appointments.refusals import Busy, MovedTooOften, NotTheirs, Refusal, TooLateToCancel
from appointments.terms import grace, terms_for
from appointments.trips import may_start
from foundation.keys import uuid7
from residents.access import Viewer

Context = dict[str, Any]


def choose(booking: Booking, which: Which, anybody: bool, now: datetime, channel: str) -> Context:
    doctor = None if anybody else booking.session.practitioner_id
    asked = Which(which.day, which.period, which.kind, doctor)
    slots = finding.times(booking.session.department, asked, now, channel)
    fitting = [slot for slot in slots if slot.pk != booking.slot_id and _may_be(slot, booking, now)]
    return {
        "booking": booking,
        "session": booking.session,
        "doctor": presenters.doctor_text(booking.session.practitioner),
        "when": presenters.visit_text(booking.slot, now),
        "rows": [finding_pages.slot_row(slot, now, channel, _address(booking, slot.pk)) for slot in fitting],
        "filters": [(_("医生"), _doctors(which, anybody)), (_("时段"), _periods(which, anybody))],
        "anybody": anybody,
        "looked_for": finding_pages.which_text(which, timezone.localdate(now)),
    }


def _may_be(slot: Slot, booking: Booking, now: datetime) -> bool:
    return may_start(booking.service, timezone.localtime(slot.starts_at).time(), now)


def _address(booking: Booking, slot_id: UUID) -> str:
    return reverse("appointments:move_to", args=[booking.pk, slot_id])


def _doctors(which: Which, anybody: bool) -> list[Context]:
    return [
        {"text": _("原来的医生"), "chosen": not anybody, "href": _query(which, False)},
        {"text": _("这个科室哪位医生都行"), "chosen": anybody, "href": _query(which, True)},
    ]


def _periods(which: Which, anybody: bool) -> list[Context]:
    periods = [("", _("全天")), *((one.value, str(one.label)) for one in finding.PERIODS)]
    return [
        {"text": label, "chosen": which.period == value, "href": _query(Which(which.day, value), anybody)}
        for value, label in periods
    ]


def _query(which: Which, anybody: bool) -> str:
    said = {"doctor": "any" if anybody else "", "day": which.day, "period": which.period}
    return f"?{urlencode({name: value for name, value in said.items() if value})}"


def confirm(booking: Booking, to: Slot, now: datetime) -> Context:
    session, regret = to.session, grace(now)
    terms = terms_for(session.facility_id, session.department_id, now, session.kind)
    return {
        "booking": booking,
        "old": _side(booking.slot, booking.session, now),
        "new": _side(to, session, now),
        "slot": to,
        "cancel_rule": presenters.cancel_rule(terms.cancel_until(to.starts_at, now, regret), regret, now),
        "prepare": preparing.text_for(session),
        "form_key": uuid7(),
    }


def _side(slot: Slot, session: Any, now: datetime) -> Context:
    """One of the two times, with what may differ between them."""
    return {
        "when": presenters.visit_text(slot, now),
        "session": session,
        "doctor": presenters.doctor_text(session.practitioner),
        "fee": presenters.fee_text(session),
    }


def refused(booking: Booking, to: Slot | None, refusal: Refusal, viewer: Viewer, now: datetime) -> Context:
    """Why not, that the old time is kept, and the nearest others; none where no other would do."""
    title, text = refusal_words.refusal_text(refusal, now)
    others: list[Slot] = []
    channel = channel_of(viewer.resident_id, now)
    if to is not None and not isinstance(refusal, MovedTooOften | TooLateToCancel | NotTheirs):
        near = availability.alternatives(to, viewer, now, channel)
        others = [slot for slot in near if slot.pk != booking.slot_id and _may_be(slot, booking, now)]
    return {
        "booking": booking,
        "title": title,
        "text": text,
        "kept": presenters.visit_text(booking.slot, now) if booking.status == Booking.Status.BOOKED else "",
        "slot": to,
        "again": isinstance(refusal, Busy),
        "rows": [finding_pages.slot_row(slot, now, channel, _address(booking, slot.pk)) for slot in others],
        "session": booking.session,
    }
