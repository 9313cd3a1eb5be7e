"""What stands behind a report: the version before a correction, and the facility's own PDF."""

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import clock
from records import access, history
from records.pages import for_resident, kept_nowhere
from records.presenters import reports as report_words
from residents.access import Viewer


@require_safe
@for_resident("results")
def report_earlier(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    """A version of a report before its correction, which says so above everything else."""
    opened, current = history.earlier_for(viewer, report_id, now=clock.now())
    context = {"sheet": report_words.sheet(opened), "opened": opened, "current": current}
    return render(request, "records/report_earlier.html", context)


@require_safe
@for_resident("results")
def report_original(request: HttpRequest, viewer: Viewer, report_id: UUID, number: int) -> HttpResponse:
    """The facility's own PDF: handed over as a file and never shown in place, for nobody knows what is in it."""
    try:
        report, content = history.original_for(viewer, report_id, number, now=clock.now())
    except access.Superseded as newer:
        return redirect("records:report", newer.by)
    day = timezone.localdate(report.issued_at or report.received_at)
    response = HttpResponse(content, content_type="application/pdf")
    name = quote(_("机构原始报告") + f"-{day}-{number}.pdf")
    plain = f"original-{day}-{number}.pdf"
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return kept_nowhere(response)
