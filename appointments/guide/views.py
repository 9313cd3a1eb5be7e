"""The guide: one address, one question a page; answers travel in the form only, never in an address."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from appointments import access
from appointments.guide import pages, places
from appointments.guide.forms import GuideForm
from appointments.guide.state import State
from appointments.models import GuideVersion
from foundation import clock
from residents.access import Viewer, viewer_of


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def guide(request: HttpRequest) -> HttpResponse:
    """Ask the next question, or say where to go."""
    now = clock.now()
    version = GuideVersion.objects.in_force(now)
    if version is None:
        return render(request, "appointments/guide/closed.html", {"phones": places.phones(None)})
    state, restarted = _state(request, version)
    home = places.home_of(_viewer(request)) if state.symptom else None
    context = pages.page(version, state, home, now, access.channel_seen(request, now))
    template = "ending" if "outcome" in context else "question"
    return render(request, f"appointments/guide/{template}.html", {**context, "restarted": restarted})


def _state(request: HttpRequest, version: GuideVersion) -> tuple[State, bool]:
    """Where somebody is; from the beginning when the rules have changed meanwhile, or a form says what none can."""
    if request.method != "POST":
        return State(version.pk), False
    form = GuideForm(request.POST)
    if not form.is_valid() or form.cleaned_data["version"] != version.pk:
        return State(version.pk), True
    return form.state(), False


def _viewer(request: HttpRequest) -> Viewer | None:
    if not request.user.is_authenticated:
        return None
    try:
        return viewer_of(request)
    except PermissionDenied:
        return None
