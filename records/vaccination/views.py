"""The page of vaccinations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from foundation import clock
from records import access
from records.kept.leaves import logged
from records.pages import Kept, for_resident
from records.presenters.facts import facts
from records.vaccination import reading
from records.vaccination.planning import State
from residents.access import Viewer

NEXT = 6


@require_safe
@for_resident("records", kept=Kept("records/programmes/vaccinations.html", covered=True))
def vaccinations(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is due by the schedule, what comes next, and everything that was given."""
    now = clock.now()
    found = reading.vaccinations_for(viewer, now=now)
    logged(request, reading.READ_VACCINATIONS)
    planned = found.planned or ()
    context = {
        "given": facts(found.given),
        "is_child": found.planned is not None,
        "due": [one for one in planned if one.state in (State.LATE, State.NOW)],
        "ask": sorted({one.rule.vaccine for one in planned if one.state == State.ASK}),
        "coming": [one for one in planned if one.state == State.LATER][:NEXT],
        "done": [one for one in planned if one.state == State.GIVEN],
        "sources": found.sources,
        "today": timezone.localdate(now),
        "coverage": access.coverage(),
    }
    return render(request, "records/programmes/vaccinations.html", context)
