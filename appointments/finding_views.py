"""Pages of finding a time. Anyone may look."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from appointments import access, availability, finding_pages
from appointments.finding_forms import FindForm, WhichForm
from facilities.models import Department
from foundation import clock


@login_not_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Departments and doctors by words, facility and day."""
    now = clock.now()
    form = FindForm(request.GET, facilities=availability.facilities())
    context = finding_pages.find(form, now, access.channel_seen(request, now))
    return render(request, "appointments/find.html", context)


@login_not_required
@require_safe
def soonest(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """The soonest free times of a department, whoever the doctor is."""
    now = clock.now()
    which = WhichForm(request.GET).which()
    context = finding_pages.soonest(_department(department_id), which, now, access.channel_seen(request, now))
    return render(request, "appointments/soonest.html", context)


@login_not_required
@require_safe
def calendar(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Two weeks of a department."""
    now = clock.now()
    which = WhichForm(request.GET).which()
    context = finding_pages.calendar(_department(department_id), which, now, access.channel_seen(request, now))
    return render(request, "appointments/calendar.html", context)


def _department(department_id: UUID) -> Department:
    """A department that takes bookings, at a facility that is open."""
    known = Department.objects.filter(facility__is_active=True, is_active=True, takes_bookings=True)
    return get_object_or_404(known.select_related("facility"), pk=department_id)
