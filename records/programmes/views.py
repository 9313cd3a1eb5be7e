"""Pages of check-ups, follow-ups and documents."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from foundation import clock
from records import access
from records.kept.leaves import logged
from records.models import FollowUp
from records.pages import Kept, for_resident
from records.presenters import forms
from records.presenters.facts import fact
from records.programmes import reading
from residents.access import Viewer


@require_safe
@for_resident("records", kept=Kept("records/programmes/check_up.html"))
def check_up(request: HttpRequest, viewer: Viewer, row_id: UUID) -> HttpResponse:
    """One check-up, what stands out first, beside the one before; an old version leads to the one in force."""
    try:
        found = reading.check_up_for(viewer, row_id, now=clock.now())
    except access.Superseded as newer:
        return redirect("records:check_up", newer.by)
    logged(request, reading.READ_CHECK_UP, found.row, found.row.facility_id)
    context = {"sheet": forms.sheet(found.row, found.before)}
    return render(request, "records/programmes/check_up.html", context)


@require_safe
@for_resident("records", kept=Kept("records/programmes/follow_ups.html", covered=True))
def follow_ups(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The follow-ups by programme, what is due next above them."""
    now = clock.now()
    wanted = request.GET.get("programme", "")
    wanted = wanted if wanted in FollowUp.Programme.values else ""
    found = reading.follow_ups_for(viewer, wanted, page=request.GET.get("page"), now=now)
    logged(request, reading.LIST_FOLLOW_UPS)
    dues = [due for row in found.newest if (due := forms.due(row, now))]
    context = {
        "page": found.page,
        "lines": [(row.pk, fact(row)) for row in found.page],
        "programmes": [(row.programme, row.get_programme_display()) for row in found.newest],
        "wanted": wanted,
        "dues": sorted(dues, key=lambda due: due.day),
        "coverage": access.coverage(),
    }
    return render(request, "records/programmes/follow_ups.html", context)


@require_safe
@for_resident("records", kept=Kept("records/programmes/follow_up.html"))
def follow_up(request: HttpRequest, viewer: Viewer, row_id: UUID) -> HttpResponse:
    """One follow-up; an old version leads to the one in force."""
    now = clock.now()
    try:
        row = reading.follow_up_for(viewer, row_id, now=now)
    except access.Superseded as newer:
        return redirect("records:follow_up", newer.by)
    logged(request, reading.READ_FOLLOW_UP, row, row.facility_id)
    return render(request, "records/programmes/follow_up.html", {"visit": forms.visit(row, now), "row": row})


@require_safe
@for_resident("records", kept=Kept("records/programmes/document.html"))
def document(request: HttpRequest, viewer: Viewer, row_id: UUID) -> HttpResponse:
    """One document, part by part; an old version leads to the one in force."""
    try:
        row = reading.document_for(viewer, row_id, now=clock.now())
    except access.Superseded as newer:
        return redirect("records:document", newer.by)
    logged(request, reading.READ_DOCUMENT, row, row.facility_id)
    return render(request, "records/programmes/document.html", {"row": row})
