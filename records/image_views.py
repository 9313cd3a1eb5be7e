"""The pictures of a report. While the PACS answers, which can take seconds, no transaction is open: what may be seen
is looked up and logged in one that has ended before the PACS is asked, and the page is made in another.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.middleware import own_transaction
from records import imaging
from records.exchange.pacs.pictures import Picture
from records.models import Report
from records.pages import for_resident, kept_nowhere, whole_or_part
from residents.access import Viewer


class Asked(HttpResponse):
    """No answer yet: what remains to be done once the transaction has ended."""

    def __init__(self, finish: Callable[[], HttpResponse]) -> None:
        super().__init__()
        self.finish = finish


@own_transaction
@require_safe
def images(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The pictures of a report, as a page or (for htmx) as the part of the report's page that holds them."""
    with transaction.atomic():
        answer = _images(request, report_id)
    return answer.finish() if isinstance(answer, Asked) else answer


@for_resident("results")
def _images(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    report, sought = imaging.sought_for(viewer, report_id, now=clock.now())
    if not sought:
        raise Http404
    return Asked(lambda: _page(request, report, [imaging.look(report, one) for one in sought]))


def _page(request: HttpRequest, report: Report, shown: Sequence[imaging.Shown]) -> HttpResponse:
    with transaction.atomic():
        return whole_or_part(request, "records/images.html", "pictures", {"report": report, "shown": shown})


@own_transaction
@require_safe
def image(request: HttpRequest, report_id: UUID, name: str) -> HttpResponse:
    """One picture, as the PACS draws it now; kept nowhere. The look is on record before the PACS is asked."""
    with transaction.atomic():
        answer = _image(request, report_id, name)
    return answer.finish() if isinstance(answer, Asked) else answer


@for_resident("results")
def _image(request: HttpRequest, viewer: Viewer, report_id: UUID, name: str) -> HttpResponse:
    sought, picture = imaging.picture_for(viewer, report_id, name, now=clock.now())
    return Asked(lambda: _drawn(sought, picture))


def _drawn(sought: imaging.Sought, picture: Picture) -> HttpResponse:
    try:
        drawn = imaging.draw(sought, picture)
    except imaging.Unavailable:
        return kept_nowhere(HttpResponse(status=503))
    return kept_nowhere(HttpResponse(drawn.body, content_type=drawn.content_type))


@require_safe
@for_resident("results")
def image_viewer(request: HttpRequest, viewer: Viewer, report_id: UUID, study_id: UUID) -> HttpResponse:
    """On to the PACS's own viewer, by a link that is good for some minutes."""
    try:
        address = imaging.viewer_for(viewer, report_id, study_id, now=clock.now())
    except imaging.Unavailable:
        return render(request, "records/no_viewer.html", {"report_id": report_id}, status=503)
    response = kept_nowhere(HttpResponseRedirect(address))
    response["Referrer-Policy"] = "no-referrer"
    return response
