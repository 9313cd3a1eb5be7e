"""What the pages of one trip show."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from appointments import access, planner, preparing, presenters, refusal_words
from appointments.forms import BookForm
from appointments.models import Booking, Slot
from appointments.planner import Plan, Trip
from appointments.presenters import Row
from appointments.refusals import Busy, NoTrip, Refusal
from appointments.trip_forms import TripForm, text_of
from appointments.trips import Step
from appointments.wishes import fasting_until
from facilities.models import Facility
from foundation.keys import uuid7
from residents.access import Viewer
from residents.family.scope import name_of

Context = dict[str, Any]


def start(found: Iterable[Facility]) -> Context:
    return {"rows": [Row(one.name, reverse("appointments:trip_plan", args=[one.pk]), one.address) for one in found]}


def plan(form: TripForm, now: datetime, channel: str) -> Context:
    asked = form.is_bound and form.is_valid()
    trip = form.trip() if asked else None
    found = planner.plans(trip, now, channel) if trip else []
    return {
        "facility": form.facility,
        "form": form,
        "asked": asked,
        "mornings": [_morning(day, plans, form.facility, now) for day, plans in found],
        "looked_for": looked_for(trip, now) if trip else "",
        "until": time_format(fasting_until(now), "G:i"),
    }


def looked_for(trip: Trip, now: datetime) -> str:
    """What is wanted on one morning, in words."""
    what = [service.name for service in trip.services]
    if trip.department:
        what.append(_("%(department)s看医生") % {"department": trip.department.name})
    words = _("、").join(what)
    return f"{words} · {presenters.day_text(trip.day, timezone.localdate(now))}" if trip.day else words


def _morning(day: date, plans: Iterable[Plan], facility: Facility, now: datetime) -> Context:
    return {
        "day": presenters.day_text(day, timezone.localdate(now)),
        "plans": [_plan(one, facility) for one in plans],
    }


def _plan(one: Plan, facility: Facility) -> Context:
    return {"lines": lines(one.steps), "href": address(one.steps, facility), "span": span(one.steps)}


def span(steps: Sequence[Step]) -> str:
    """From when to when the whole takes: "8:00–11:30"."""
    first, last = (timezone.localtime(at) for at in (steps[0].slot.starts_at, steps[-1].slot.ends_at))
    return f"{date_format(first, 'G:i')}–\u2060{date_format(last, 'G:i')}"


def address(steps: Iterable[Step], facility: Facility) -> str:
    """The confirm page of these visits."""
    query = urlencode([("step", text_of(step)) for step in steps])
    return f"{reverse('appointments:trip_confirm', args=[facility.pk])}?{query}"


def lines(steps: Iterable[Step]) -> list[Context]:
    """Each visit: when, what, where."""
    return [_line(step.slot, step.slot.session, step.service) for step in steps]


def _prepared(steps: Sequence[Step]) -> list[Context]:
    """The same, with how to prepare for each."""
    each = zip(steps, lines(steps), strict=True)
    return [{**line, "prepare": preparing.text_for(step.slot.session)} for step, line in each]


def _line(slot: Slot, session: Any, service: Any) -> Context:
    what = service.name if service else presenters.doctor_text(session.practitioner)
    place = session.location or session.department.location
    return {
        "time": presenters.slot_text(slot),
        "what": what,
        "where": " · ".join(filter(None, [session.department.name, place])),
        "fasting": bool(service and service.fasting),
    }


def confirm(steps: Sequence[Step], facility: Facility, viewer: Viewer, form: BookForm, now: datetime) -> Context:
    said = _prepared(steps)
    return {
        "facility": facility,
        "form": form,
        "lines": said,
        "fasting": any(line["fasting"] for line in said),
        "day": presenters.day_text(steps[0].slot.session.date, timezone.localdate(now)),
        "span": span(steps),
        "steps": [text_of(step) for step in steps],
        "name": name_of(viewer),
        "helper": "" if viewer.is_self else viewer.name,
        "unseen": access.is_unseen(viewer.resident_id),
        "bring": presenters.what_to_bring(now),
        "form_key": uuid7(),
        "again": again(steps, facility),
    }


def again(steps: Iterable[Step], facility: Facility) -> str:
    """The proposals for the same visits."""
    pairs = [("service", step.service.pk) for step in steps if step.service]
    pairs += [("department", step.slot.session.department_id) for step in steps if not step.service]
    return f"{reverse('appointments:trip_plan', args=[facility.pk])}?{urlencode(pairs)}"


def refused(
    steps: Sequence[Step], facility: Facility, form: BookForm, refusal: Refusal, now: datetime, channel: str
) -> Context:
    """Why not, that nothing was booked, and the nearest proposals that are whole."""
    why = refusal.why if isinstance(refusal, NoTrip) else refusal
    title, text = refusal_words.refusal_text(why, now)
    wanted = _wanted(steps, facility)
    return {
        "facility": facility,
        "title": title,
        "text": text,
        "which": _which(refusal),
        "booking_id": getattr(why, "booking_id", None),
        "mornings": [_morning(day, plans, facility, now) for day, plans in planner.plans(wanted, now, channel)[:2]]
        if wanted
        else [],
        "again": again(steps, facility),
        "retry": isinstance(why, Busy),
        "steps": [text_of(step) for step in steps],
        "form": form,
        "form_key": getattr(form, "cleaned_data", {}).get("form_key") or uuid7(),
    }


def _which(refusal: Refusal) -> str:
    """Which visit cannot be had."""
    if not isinstance(refusal, NoTrip):
        return ""
    session = refusal.slot.session
    return f"{presenters.slot_text(refusal.slot)} {session.department.name}"


def _wanted(steps: Sequence[Step], facility: Facility) -> Trip | None:
    services = [step.service for step in steps if step.service]
    department = next((step.slot.session.department for step in steps if not step.service), None)
    return Trip(facility, department, services) if services else None


def booked(visits: Sequence[Booking], now: datetime, deadline: datetime) -> Context:
    first = visits[0]
    return {
        "trip": first.trip,
        "facility": first.session.facility,
        "name": first.resident_name,
        "day": presenters.day_text(first.date, timezone.localdate(now)),
        "visits": [_visit(one, now) for one in visits],
        "any_live": any(_is_live(one, now) for one in visits),
        "bring": presenters.what_to_bring(now),
        "promise": presenters.cancel_promise(deadline, now) if deadline > now else "",
    }


def _visit(one: Booking, now: datetime) -> Context:
    return {
        **_line(one.slot, one.session, one.service),
        "prepare": preparing.text_for(one.session),
        "booking": one,
        "live": _is_live(one, now),
        "status": presenters.status_text(one, now),
    }


def _is_live(one: Booking, now: datetime) -> bool:
    return one.status in Booking.AWAITED and one.slot.ends_at > now
