"""What residents read: the health record, results, a report, its printed copy."""

from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import clock
from records import (
    access,
    actions,
    awaiting,
    copies,
    history,
    imaging,
    pending,
    suggesting,
)
from records import home as record_home
from records.around import around
from records.kept.leaves import leaf_of, logged
from records.models import Report
from records.pages import Kept, for_resident
from records.pdf import PrintingFailed
from records.presenters import history as history_words
from records.presenters import home as home_words
from records.presenters import home_tags, words
from records.presenters import reports as report_words
from residents.access import Viewer


@require_safe
@for_resident("records", kept=Kept("records/home.html", covered=True, since=record_home.looked))
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """我的档案: the three blocks of the national rule, and which facilities they come from."""
    now = clock.now()
    leaf = leaf_of(request)
    found = record_home.home_for(viewer, leaf.since if leaf else record_home.looked(viewer, now), now=now)
    logged(request, access.READ_SUMMARY)
    person = found.read.person
    context = {
        "person": person,
        "age": words.age_in_words(person.birth_date, timezone.localdate(now)),
        "page": home_words.page(found, now),
        "coverage": found.coverage,
        "suggestions": suggesting.for_tags(viewer, home_tags.tags(found, now), now),
    }
    return render(request, "records/home.html", context)


@require_safe
@for_resident("results", kept=Kept("records/report.html"))
def report(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    """One report; an old version leads to the one in force."""
    now = clock.now()
    try:
        opened = access.report_for(viewer, report_id, now=now)
    except access.Superseded as newer:
        return redirect("records:report", newer.by)
    except Http404:
        if one := awaiting.report_for(viewer, report_id):
            return render(request, "records/report_awaited.html", {"one": one})
        held = pending.report_for(viewer, report_id, now=now)
        if held is None:
            raise
        return render(request, "records/report_pending.html", {"pending": held})
    was_new = opened.report.first_seen_at is None
    if viewer.opening_id is None:  # what staff looked at is still new to the person
        actions.mark_seen(report=opened.report, now=now)
    if not opened.report.is_readable:
        kept = report_words.kept_at_facility(opened.report)
        context = {"report": opened.report, "kept": kept, "versions": history_words.versions(opened)}
        return render(request, "records/report_closed.html", context)
    if not was_new:  # now it is not new any more
        logged(request, access.READ_REPORT, opened.report, opened.report.facility_id)
    beside = around(viewer, opened, now)
    context = {
        "sheet": report_words.sheet(opened, beside.cards, beside.steps),
        "opened": opened,
        "around": beside,
        "was_new": was_new,
        "versions": history_words.versions(opened),
        "senders": history.senders_of(opened),
        "originals": history.originals_of(opened),
        "matters": beside.matters,
        "pictured": imaging.studies_of(viewer, opened.report),
    }
    return render(request, "records/report.html", context)


@require_safe
@for_resident("results")
def report_pdf(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    """The report as PDF, a copy that can be checked later. What cannot be read here cannot be printed either."""
    now = clock.now()
    try:
        printed = copies.copy_for(viewer, report_id, now=now)
    except access.Superseded as newer:
        return redirect("records:report_pdf", newer.by)
    except PrintingFailed:
        return render(request, "records/printing_failed.html", {"report": Report(pk=report_id)}, status=503)
    day = timezone.localdate(printed.report.issued_at or now)
    return _pdf(printed.pdf, f"report-{day}.pdf", _("检查检验报告") + f"-{day}.pdf")


def _pdf(content: bytes, plain: str, name: str) -> HttpResponse:
    """A PDF shown in place (WeChat's browser cannot download), named by RFC 6266 in both spellings."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
