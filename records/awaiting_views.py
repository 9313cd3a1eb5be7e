"""现在就看: a report that waits for a clinician's comment, opened by its person all the same."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from foundation import clock
from records import awaiting
from records.pages import for_resident
from residents.access import Viewer


@require_POST
@for_resident("results")
def see_now(request: HttpRequest, viewer: Viewer, waiting_id: UUID) -> HttpResponse:
    """End the wait and open the report; a second tap leads there as well."""
    report = awaiting.see_now(viewer, waiting_id, now=clock.now())
    if report is None:
        raise Http404
    return redirect("records:report", report)
