"""Pages of one trip: what is wanted, proposals, one confirm, and the trip as it stands."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments import access, actions, availability, calendar, limits, planner, trip_pages, trips
from appointments.admission import channel_of
from appointments.forms import BookForm
from appointments.refusals import Refusal
from appointments.trip_forms import TripForm, steps_of
from appointments.trips import Step
from facilities.models import Facility
from foundation import clock
from foundation.middleware import own_transaction
from residents.access import Viewer, viewer_of
from residents.family.scope import granted


@login_not_required
@require_safe
def trip(request: HttpRequest) -> HttpResponse:
    """At which facility."""
    return render(request, "appointments/trip.html", trip_pages.start(planner.facilities()))


@login_not_required
@require_safe
def trip_plan(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """What is wanted, and the mornings on which all of it fits."""
    now = clock.now()
    facility = get_object_or_404(availability.facilities(), pk=facility_id)
    form = TripForm(request.GET or None, facility=facility)
    context = trip_pages.plan(form, now, access.channel_seen(request, now))
    return render(request, "appointments/trip_plan.html", context)


@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def trip_confirm(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """All visits on one page; then all are booked, or none."""
    viewer, now = viewer_of(request), clock.now()
    form, steps = BookForm(request.POST or None), list[Step]()
    with transaction.atomic():
        facility = get_object_or_404(availability.facilities(), pk=facility_id)
    try:
        with transaction.atomic():
            sent = request.POST if request.method == "POST" else request.GET
            steps = steps_of(facility, sent.getlist("step"))
        if request.method == "POST" and form.is_valid():
            if not request.user.is_staff:
                limits.count_try(viewer, now)
            return _book(request, steps, form, viewer, now)
        with transaction.atomic():
            trips.check(steps=steps, viewer=viewer, now=now)
            context = trip_pages.confirm(steps, facility, viewer, form, now)
            return render(request, "appointments/trip_confirm.html", context)
    except Refusal as refusal:
        return _refused(request, steps, facility, form, refusal)


def _book(request: HttpRequest, steps: list[Step], form: BookForm, viewer: Viewer, now: datetime) -> HttpResponse:
    key, wishes = form.cleaned_data["form_key"], form.wishes()
    made = trips.book(steps=steps, viewer=viewer, form_key=key, now=now, wishes=wishes)
    messages.success(request, _("全部约好了，请按顺序去。"))
    return redirect("appointments:trip_booked", made[0].trip)


def _refused(
    request: HttpRequest, steps: list[Step], facility: Facility, form: BookForm, refusal: Refusal
) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        channel = channel_of(viewer.resident_id, now)
        context = trip_pages.refused(steps, facility, form, refusal, now, channel)
        return render(request, "appointments/trip_refused.html", context)


@granted("booking")
@require_safe
def trip_booked(request: HttpRequest, trip: UUID) -> HttpResponse:
    """The visits of a trip in their order."""
    now = clock.now()
    visits = access.trip_for(viewer_of(request), trip, now)
    deadline = min(actions.cancel_deadline(one) for one in visits)
    return render(request, "appointments/trip_booked.html", trip_pages.booked(visits, now, deadline))


@granted("booking")
@require_safe
def trip_calendar(request: HttpRequest, trip: UUID) -> HttpResponse:
    """The visits of a trip as one calendar file for the phone."""
    viewer, now = viewer_of(request), clock.now()
    return calendar.answer(access.trip_for(viewer, trip, now), now, access.whom_to_go_with(viewer))
