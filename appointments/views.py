"""Pages of booking. Anyone may look at what there is; who confirms is signed in.

Booking and cancelling open their own short transactions, so that no slot stays locked while a page renders.
"""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments import access, actions, availability, calendar, limits, pages, sold_out
from appointments.finding_forms import FindForm
from appointments.forms import BookForm, TimeForm
from appointments.models import Session, Slot
from appointments.queue import waiting
from appointments.refusals import Refusal, TooLateToCancel
from facilities.models import Department, Practitioner
from foundation import clock
from foundation.middleware import own_transaction
from foundation.prepared import Question
from residents.access import viewer_of
from residents.family.scope import granted


@login_not_required
@require_safe
def facilities(request: HttpRequest) -> HttpResponse:
    """Where to go."""
    found = availability.facilities()
    return render(request, "appointments/facilities.html", pages.facilities(found, FindForm(facilities=found)))


@login_not_required
@require_safe
def departments(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """Which department of a facility."""
    facility = get_object_or_404(availability.facilities(), pk=facility_id)
    now = clock.now()
    context = pages.departments(facility, now, access.channel_seen(request, now))
    return render(request, "appointments/places.html", context)


@login_not_required
@require_safe
def practitioners(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Which doctor of a department."""
    department = get_object_or_404(Department.objects.select_related("facility"), pk=department_id, is_active=True)
    now = clock.now()
    context = pages.practitioners(department, now, access.channel_seen(request, now))
    return render(request, "appointments/places.html", context)


@login_not_required
@require_safe
def days(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Which half-day of a doctor."""
    known = Practitioner.objects.select_related("facility", "department")
    practitioner = get_object_or_404(known, pk=practitioner_id, is_active=True)
    now = clock.now()
    context = pages.days(practitioner, now, access.channel_seen(request, now))
    return render(request, "appointments/days.html", context)


@login_not_required
@require_safe
def times(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Which time of a half-day; the choice leads on to the confirm page."""
    now = clock.now()
    known = Session.objects.select_related("facility", "department", "practitioner")
    session = get_object_or_404(known, pk=session_id)
    channel = access.channel_seen(request, now)
    free = Slot.objects.filter(session=session).bookable(now, channel)
    form = TimeForm(request.GET if "slot" in request.GET or "go" in request.GET else None, slots=free)
    if form.is_bound and form.is_valid():
        return redirect("appointments:confirm", form.cleaned_data["slot"].pk)
    return render(request, "appointments/times.html", pages.times(session, form, now, channel))


# Asked at each press of the button of a rush, so put together once.
_SLOT = Question(lambda key: Slot.objects.with_everything().filter(pk=key).order_by())


@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """Who, where, when, under which terms; then the booking.

    A refusal is a normal page with status 200: it is an answer to a person, and some phones' browsers replace the
    page of an error status by their own.
    """
    viewer, now = viewer_of(request), clock.now()
    slot = _SLOT.first(slot_id)
    if slot is None:
        return _gone(request, slot_id)
    form = BookForm(request.POST or None)
    try:
        if request.method == "POST" and form.is_valid():
            key, wishes = form.cleaned_data["form_key"], form.wishes()
            if sold_out.is_gone(slot, now) and (answer := _sold_out(request, slot, form, now)):
                return answer
            if not request.user.is_staff:
                limits.count_try(viewer, now)
            booking = actions.book(slot=slot, viewer=viewer, form_key=key, now=now, wishes=wishes)
            messages.success(request, _("预约成功，请按时就诊。"))
            return redirect("appointments:booking", booking.pk)
        with transaction.atomic():
            actions.check(slot=slot, viewer=viewer, now=now)
            return render(request, "appointments/confirm.html", pages.confirm(slot, viewer, form, now))
    except Refusal as refusal:
        with transaction.atomic():
            return render(request, "appointments/refused.html", pages.refused(slot, viewer, refusal, form, now))


def _sold_out(request: HttpRequest, slot: Slot, form: BookForm, now: datetime) -> HttpResponse | None:
    """What a rush is answered once all is gone: in one short transaction that only reads."""
    viewer = viewer_of(request)
    with transaction.atomic():
        refusal = sold_out.answer(slot, viewer, form.cleaned_data["form_key"], now)
        if refusal is None:
            return None
        return render(request, "appointments/refused.html", pages.refused(slot, viewer, refusal, form, now))


def _gone(request: HttpRequest, slot_id: UUID) -> HttpResponse:
    """A time that is not there, or that nobody is to see: said so, with the nearest there are."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        return render(request, "appointments/gone.html", pages.gone(slot_id, viewer, now), status=404)


@granted("booking")
@require_safe
def bookings(request: HttpRequest) -> HttpResponse:
    """The person's visits, ahead and past."""
    now = clock.now()
    viewer = viewer_of(request)
    ahead, past = access.bookings_for(viewer, request.GET.get("page"), now)
    return render(request, "appointments/bookings.html", pages.bookings(ahead, past, viewer, now))


@granted("booking")
@require_safe
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """One booking with its queue number."""
    now = clock.now()
    viewer = viewer_of(request)
    found = access.booking_for(viewer, booking_id, now)
    context = pages.booking(found, viewer, now, access.helper_behind(viewer, found))
    context |= {"place": waiting.place_of(found, now), "refresh": waiting.next_refresh(request)}
    return render(request, "appointments/booking.html", context)


@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Asks once, then cancels."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        found = access.booking_for(viewer, booking_id, now)
        if request.method != "POST":
            return render(request, "appointments/cancel.html", pages.booking(found, viewer, now))
    try:
        actions.cancel(booking=found, viewer=viewer, now=now)
    except TooLateToCancel:
        messages.error(request, _("已过取消时间，请打电话给医疗机构说明。"))
    except Refusal:
        messages.error(request, _("没有取消成功，请稍等几秒再试一次。"))
    else:
        messages.success(request, _("预约已取消，号已退回。"))
    return redirect("appointments:booking", booking_id)


@granted("booking")
@require_safe
def calendar_file(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The visit as a calendar file for the phone."""
    now = clock.now()
    viewer = viewer_of(request)
    found = access.booking_for(viewer, booking_id, now)
    return calendar.answer([found], now, access.whom_to_go_with(viewer))
