"""The pages that belong to no room: home, health, the gallery of components."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views.decorators.http import require_safe

from foundation.api import problems
from foundation.middleware import own_transaction, reference_of
from records.fhir_api.outcomes import Problem, refused
from residents.connected.server import FHIR


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Four tiles and what is next; each room brings its own part."""
    return render(request, "portal/home.html", {"viewer_name": getattr(request.user, "name", "")})


@login_not_required
@require_safe
@own_transaction
def alive(request: HttpRequest) -> HttpResponse:
    """Whether this process and its database answer; nothing else is said."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def failed(request: HttpRequest) -> HttpResponse:
    """Something broke: a Chinese page with the reference that the log carries too, or what a program understands.

    Needs no database.
    """
    if request.path.startswith("/api/"):
        return problems.answer("broken", request)
    if request.path.startswith(FHIR + "/"):
        return refused(Problem(500, "exception", f"Something broke here. Reference: {reference_of(request)}."))
    return HttpResponse(loader.render_to_string("500.html", {"request": request}), status=500)
