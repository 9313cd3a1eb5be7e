"""The desk's page of one facility and day, one booking of it, what is printed and what is downloaded."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import presenters
from appointments.desk import codes, day, deeds, reports
from appointments.desk.doors import (
    CHANGE,
    READERS,
    VIEW,
    WRITERS,
    at_counter,
    booking_at,
    day_asked,
    key_of,
    need,
    place,
    places,
    record,
    record_about,
)
from appointments.desk.forms import CancelForm
from appointments.models import Booking, Ticket
from appointments.terms import terms_for
from facilities.models import Facility
from foundation import clock

page = require_http_methods(["GET", "HEAD", "POST"])
ARRIVALS = {
    "done": ("success", gettext_noop("%(name)s 已签到，票号 %(label)s。")),
    "again": ("info", gettext_noop("%(name)s 已经签过到了。")),
    "not_today": ("warning", gettext_noop("%(name)s 约的不是今天，不能签到。")),
    "over": ("warning", gettext_noop("%(name)s 的预约已经取消或看完，不能签到。")),
}


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """To one's own desk; with a person open at the counter straight to booking for them."""
    need(request, VIEW)
    here = places(*READERS)
    for facility in here:
        if request.user.has_perm(CHANGE) and at_counter(request, facility.pk):
            return redirect("staff:desk_book", facility.pk)
    if len(here) == 1:
        return redirect("staff:desk_day", here[0].pk)
    if not here:
        raise PermissionDenied
    return render(request, "appointments/desk/places.html", {"facilities": here})


@page
@sensitive_post_parameters()
def desk_day(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """Everybody who comes on a day. What is looked for is sent, never put into an address."""
    need(request, VIEW)
    facility, now = place(facility_id, *READERS), clock.now()
    shown = day_asked(request, now)
    halves = day.day_of(facility, shown)
    record(request, "staff.listed", Booking, facility.pk)
    typed = request.POST.get("q", "").strip()[:300]
    one = key_of(request.GET.get("b", "")) if request.method != "POST" else None
    found = halves if one is None else day.only(halves, one)
    found = day.narrowed(found, typed, now) if typed else found
    listed = [booking for half in found for booking in half.listed]
    context = _day(request, facility, shown, now) | {
        "halves": found,
        "totals": day.sum_up(halves),
        "typed": typed,
        "sought": bool(typed or one),
        "single": listed[0] if (typed or one) and len(listed) == 1 else None,
        "is_card": bool(day.NUMBER.search(typed.upper())),
    }
    return render(request, "appointments/desk/day.html", context)


def _day(request: HttpRequest, facility: Facility, shown: date, now: datetime) -> dict[str, Any]:
    today = timezone.localdate(now)
    terms = terms_for(facility.pk, None, now)
    return {
        "facility": facility,
        "day": shown,
        "day_words": presenters.day_text(shown, today),
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "is_today": shown == today,
        "today": today,
        "now": now,
        "may_change": request.user.has_perm(CHANGE) and facility in places(*WRITERS),
        "reports_attendance": terms.reports_attendance,
        "acting": at_counter(request, facility.pk),
    }


@page
def desk_booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One booking: what it is, and every deed that can be done to it now."""
    need(request, VIEW)
    booking, now = booking_at(booking_id, *READERS), clock.now()
    if request.method == "POST":
        need(request, CHANGE)
        return _done(request, booking_at(booking_id, *WRITERS), now)
    return _booking(request, booking, now, CancelForm())


def _booking(request: HttpRequest, booking: Booking, now: datetime, form: CancelForm) -> HttpResponse:
    record_about(request, "appointments.read_booking", booking, now)
    context = _day(request, booking.facility, booking.date, now) | {
        "booking": booking,
        "ticket": Ticket.objects.live().filter(booking=booking).first(),
        "when": presenters.visit_text(booking.slot, now),
        "status": presenters.status_text(booking, now),
        "over": booking.slot.ends_at <= now,
        "awaited": booking.status in Booking.AWAITED,
        "cancelled": booking.status == Booking.Status.CANCELLED,
        "form": form,
    }
    return render(request, "appointments/desk/booking.html", context)


def _done(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    deed = request.POST.get("deed", "")
    if deed == "cancel":
        return _cancel(request, booking, now)
    if deed in {"arrive", "arrive_first"}:
        _arrive(request, booking, now, first=deed == "arrive_first")
    else:
        _mark(request, booking, deed, now)
    return _back(request, booking)


def _back(request: HttpRequest, booking: Booking) -> HttpResponse:
    """To where the button was: the booking's own page, the one line that was found, or its line in the whole list."""
    if "back" in request.POST:
        return redirect("staff:desk_booking", booking.pk)
    query = {"day": booking.date.isoformat()}
    if "found" in request.POST:
        # Without a fragment, so that the search box has the focus for the next card.
        return redirect(reverse("staff:desk_day", args=[booking.facility_id], query={**query, "b": str(booking.pk)}))
    return redirect(reverse("staff:desk_day", args=[booking.facility_id], query=query, fragment=f"b-{booking.pk}"))


def _arrive(request: HttpRequest, booking: Booking, now: datetime, *, first: bool) -> None:
    came = deeds.arrive(booking, first=first)
    if came == "done":
        record_about(request, "appointments.checked_in", booking, now)
    level, words = ARRIVALS.get(came, ARRIVALS["over"])
    ticket = Ticket.objects.live().filter(booking=booking).first()
    said = {"name": booking.resident_name, "label": ticket.label if ticket else ""}
    messages.add_message(request, getattr(messages, level.upper()), _(words) % said)


def _mark(request: HttpRequest, booking: Booking, status: str, now: datetime) -> None:
    try:
        deeds.mark(booking, status)
    except deeds.NotNow:
        messages.error(request, _("没有登记成功：可能别人刚改过，或者现在还不能这样登记。请看看这个人现在的状态。"))
        return
    record_about(request, "appointments.marked", booking, now)
    label = Booking.Status(status).label
    messages.success(request, _("%(name)s：%(status)s") % {"name": booking.resident_name, "status": label})


def _cancel(request: HttpRequest, booking: Booking, now: datetime) -> HttpResponse:
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _booking(request, booking, now, form)
    try:
        deeds.cancel(booking, form.cleaned_data["note"])
    except deeds.NotNow:
        messages.error(request, _("没有取消成功：这个预约已经取消或看完了。"))
    else:
        record_about(request, "appointments.cancelled_at_desk", booking, now)
        messages.success(request, _("已取消，本人会收到通知。"))
    return redirect("staff:desk_booking", booking.pk)


@require_safe
def slip(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One page of paper for whoever has no phone; its code checks in at the desk's scanner."""
    need(request, VIEW)
    booking, now = booking_at(booking_id, *READERS), clock.now()
    record_about(request, "appointments.printed_slip", booking, now)
    code, name = codes.code_of(booking), booking.resident_name
    context = {
        "booking": booking,
        "ticket": Ticket.objects.live().filter(booking=booking).first(),
        "name": name[:1] + "*" + (name[-1:] if len(name) > 2 else ""),
        "when": presenters.visit_text(booking.slot, now),
        "doctor": presenters.doctor_text(booking.session.practitioner),
        "fee": presenters.fee_text(booking.session),
        "bring": presenters.what_to_bring(now),
        "code": codes.in_groups(code),
        "picture": codes.picture_of(code),
        "now": now,
    }
    return render(request, "appointments/desk/slip.html", context)


@require_safe
def lists(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """Every list of a day on paper, for the day when the network fails."""
    need(request, VIEW)
    facility, now = place(facility_id, *READERS), clock.now()
    shown = day_asked(request, now)
    halves = day.day_of(facility, shown)
    record(request, "appointments.printed_lists", Booking, facility.pk, purpose=shown.isoformat())
    context = _day(request, facility, shown, now) | {"halves": halves, "totals": day.sum_up(halves)}
    return render(request, "appointments/desk/lists.html", context)


@require_POST
def report(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """The figures of a day or its month as a file; the download is written down."""
    need(request, VIEW)
    facility, shown = place(facility_id, *WRITERS), day_asked(request, clock.now())
    monthly = request.POST.get("span") == "month"
    first, last = reports.month_of(shown) if monthly else (shown, shown)
    span = f"{shown:%Y-%m}" if monthly else shown.isoformat()
    record(request, "appointments.exported_report", Booking, facility.pk, purpose=span)
    response = HttpResponse(reports.file_of(facility, first, last), content_type="text/csv; charset=utf-8")
    name = _("%(facility)s预约统计%(span)s.csv") % {"facility": facility.name, "span": span}
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response
