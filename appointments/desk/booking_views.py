"""Booking and moving at the desk, for the person who was opened at the counter; extra and blocked places."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from appointments import actions, presenters, refusal_words
from appointments.desk import deeds
from appointments.desk.doors import (
    CHANGE,
    WRITERS,
    at_counter,
    booking_at,
    day_asked,
    need,
    place,
    record,
    record_about,
    session_at,
)
from appointments.desk.forms import BlockForm, PlaceForm
from appointments.models import Booking, Channel, Hold, Session, Slot
from appointments.refusals import Refusal
from appointments.terms import terms_for
from facilities.models import Facility
from foundation import clock
from foundation.keys import uuid7
from foundation.middleware import own_transaction
from residents.access import viewer_of

page = require_http_methods(["GET", "HEAD", "POST"])


@own_transaction
@page
def book(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """Choose a place for whoever stands at the counter or is on the phone, take it, and check in at once if wished."""
    return _choose(request, facility_id, None)


@own_transaction
@page
def move(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The same for a booking that goes elsewhere: the old place is kept until the new one is held."""
    need(request, CHANGE)
    with transaction.atomic():
        booking = booking_at(booking_id, *WRITERS)
    return _choose(request, booking.facility_id, booking)


def _choose(request: HttpRequest, facility_id: UUID, moved: Booking | None) -> HttpResponse:
    need(request, CHANGE)
    now = clock.now()
    with transaction.atomic():
        facility = place(facility_id, *WRITERS)
        acting = at_counter(request, facility.pk)
        shown = day_asked(request, now)
        slots = _slots(facility, shown, now)
        form = PlaceForm(request.POST or None, slots=slots)
        valid = request.method == "POST" and form.is_valid()
    if acting is None or (moved is not None and moved.resident_id != acting.resident_id):
        messages.info(request, _("请先在窗口核对这位居民的证件，再约号或改期。核对好点“到预约台”。"))
        return redirect("staff:counter")
    if valid:
        done = _take(request, form.cleaned_data, moved, now)
        if done is not None:
            return redirect("staff:desk_booking", done.pk)
    with transaction.atomic():
        return render(request, "appointments/desk/book.html", _context(facility, shown, slots, form, now, moved))


def _take(request: HttpRequest, chosen: dict[str, Any], moved: Booking | None, now: datetime) -> Booking | None:
    """The booking that was made; None, with a message, where it was refused."""
    viewer, slot, key = viewer_of(request), chosen["slot"], chosen["form_key"]
    try:
        if moved is not None:
            made = actions.move(booking=moved, to=slot, viewer=viewer, form_key=key, now=now, desk=chosen["channel"])
        elif "extra" in request.POST:
            made = deeds.book_extra(beside=slot, viewer=viewer, form_key=key, now=now)
        else:
            made = actions.book(slot=slot, viewer=viewer, form_key=key, now=now, desk=chosen["channel"])
    except Refusal as refusal:
        messages.error(request, " ".join(refusal_words.refusal_text(refusal, now)))
        return None
    with transaction.atomic():
        if "extra" in request.POST:
            record_about(request, "appointments.added_place", made, now)
        if chosen["check_in"] and deeds.arrive(made) == "done":
            record_about(request, "appointments.checked_in", made, now)
        messages.success(request, _("约好了，候诊序号 %(number)d。") % {"number": made.number})
    return made


def _slots(facility: Facility, shown: date, now: datetime) -> Any:
    """The times of a day that are not over, in sessions that take place; extra places are given beside them."""
    open_here = {f"session__{name}": True for name in Session.PLACES}
    slots = Slot.objects.filter(facility=facility, session__date=shown, session__state=Session.State.OPEN, **open_here)
    return (
        slots.filter(ends_at__gt=now, extra_by=None)
        .with_everything()
        .order_by("session__department__name", "session__practitioner__name", "session", "starts_at")
    )


def _context(
    facility: Facility, shown: date, slots: Any, form: PlaceForm, now: datetime, moved: Booking | None
) -> dict[str, Any]:
    today = timezone.localdate(now)
    terms = terms_for(facility.pk, None, now)
    days = [today + timedelta(days=n) for n in range((terms.last_day(now) - today).days + 1)]
    here = reverse("staff:desk_move", args=[moved.pk]) if moved else reverse("staff:desk_book", args=[facility.pk])
    return {
        "facility": facility,
        "here": here,
        "days": [(one, presenters.day_text(one, today)) for one in days],
        "day": shown,
        "is_today": shown == today,
        "groups": _groups(slots, now),
        "form": form,
        "form_key": form.data.get("form_key") or uuid7(),
        "channel": form.data.get("channel") or Channel.DESK,
        "moved": moved,
        "old": presenters.visit_text(moved.slot, now) if moved else "",
    }


def _groups(slots: Any, now: datetime) -> list[dict[str, Any]]:
    """The times by session, each with what is left for the desk and for the telephone."""
    groups: dict[UUID, dict[str, Any]] = {}
    for slot in slots:
        group = groups.setdefault(slot.session_id, {"session": slot.session, "slots": []})
        desk, phone = (max(slot.places_for(channel, now), 0) for channel in (Channel.DESK, Channel.PHONE))
        first = len(groups) == 1 and not group["slots"]
        line = {"slot": slot, "when": presenters.slot_text(slot), "desk": desk, "phone": phone, "first": first}
        group["slots"].append(line)
    return list(groups.values())


@own_transaction
@page
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The times of a half-day: block free places for a while, and let them be booked again."""
    account, now = need(request, CHANGE), clock.now()
    with transaction.atomic():
        found = session_at(session_id, *WRITERS)
        slots = Slot.objects.filter(session=found).with_everything().order_by("starts_at")
        form = BlockForm(request.POST or None, slots=slots)
        valid = request.method == "POST" and form.is_valid()
    if valid:
        _block(request, found, form.cleaned_data, account.pk, now)
        return redirect("staff:desk_session", found.pk)
    with transaction.atomic():
        held = Hold.objects.filter(slot__session=found, kind=Hold.Kind.BLOCKED, ended_at=None)
        blocked = list(held.values_list("slot_id", flat=True))
        rows = [
            {
                "slot": slot,
                "when": presenters.slot_text(slot),
                "blocked": blocked.count(slot.pk),
                "over": slot.ends_at <= now,
            }
            for slot in slots
        ]
        context = {
            "session": found,
            "rows": rows,
            "day_words": presenters.day_text(found.date, timezone.localdate(now)),
        }
        return render(request, "appointments/desk/session.html", context)


def _block(request: HttpRequest, found: Session, chosen: dict[str, Any], by: UUID, now: datetime) -> None:
    slot = chosen["slot"]
    try:
        if "open" in request.POST:
            changed = deeds.unblock(slot=slot, now=now)
        else:
            deeds.block(slot=slot, count=chosen["count"], by=by, now=now)
            changed = chosen["count"]
    except Refusal:
        messages.error(request, _("没有暂停：这个时间没有这么多空号，或者已经过了。"))
        return
    with transaction.atomic():
        record(request, "appointments.blocked_places", found, found.facility_id, purpose=str(changed))
    words = _("已恢复 %(count)d 个号。") if "open" in request.POST else _("已暂停 %(count)d 个号，网上和窗口都约不到。")
    messages.success(request, words % {"count": changed})
