"""The page of a child's growth."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from records.growth import reading
from records.kept.leaves import logged
from records.pages import Kept, for_resident
from records.presenters import growth as words
from residents.access import Viewer


@require_safe
@for_resident("records", kept=Kept("records/programmes/growth.html"))
def growth(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Weight, length and head circumference beside the WHO curves, each with a table that says the same."""
    found = reading.growth_for(viewer, now=clock.now())
    logged(request, reading.READ_GROWTH)
    return render(request, "records/programmes/growth.html", {"page": words.page(found), "person": found.person})
