"""The pages of photographed reports."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.dated import setting
from records.own import deeds, reading, reports
from records.own.report_forms import MOST_PAGES, OwnReportForm
from records.pages import for_resident, kept_nowhere
from records.presenters import own
from residents.access import Viewer
from residents.family.photos import MOST_OF_A_REQUEST


@require_safe
@for_resident("records")
def own_reports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The photographed reports."""
    struck = request.GET.get("struck") == "on"
    page = reports.reports_for(viewer, struck=struck, page=request.GET.get("page"), now=clock.now())
    context = {"page": page, "struck": struck, "may_write": reading.may_write(viewer)}
    return render(request, "records/own/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_resident("records")
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Photographs of a report handed in."""
    deeds.own_word(viewer)
    now = clock.now()
    form = OwnReportForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        today=timezone.localdate(now),
        most=setting(MOST_PAGES, now),
        too_large=int(request.META.get("CONTENT_LENGTH") or 0) > MOST_OF_A_REQUEST,
        initial={"form_key": uuid4()},
    )
    if form.is_bound and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("pages", "title", "place", "done_on", "note")}
        try:
            made = reports.upload(viewer=viewer, form_key=form.key, now=now, **told)
        except deeds.TooMany:
            form.add_error(None, _("上传的报告已经到了上限，请先划掉不再需要的。"))
        else:
            messages.success(request, _("照片存好了，只有能看您档案的人能看。"))
            return redirect("records:own_photo", made.pk)
    return render(request, "records/own/report_new.html", {"form": form, "most": setting(MOST_PAGES, now)})


@require_safe
@for_resident("records")
def own_report(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    """One report with its pages."""
    now = clock.now()
    report, pages = reports.report_for(viewer, report_id, now=now)
    context = {
        "report": report,
        "pages": pages,
        "by": own.by_of(report),
        "kept_days": setting(reports.KEPT_DAYS, now),
        "may_write": reading.may_write(viewer),
    }
    return render(request, "records/own/report.html", context)


@require_safe
@for_resident("records")
def page(request: HttpRequest, viewer: Viewer, report_id: UUID, number: int) -> HttpResponse:
    """The picture of a page, for no cache."""
    jpeg = reports.page_for(viewer, report_id, number, now=clock.now())
    return kept_nowhere(HttpResponse(jpeg, content_type="image/jpeg"))


@require_POST
@for_resident("records")
def strike(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    """Strike a report out: its pages are hidden at once."""
    if deeds.strike(viewer=viewer, row=reports.to_strike(viewer, report_id), now=clock.now()):
        messages.success(request, _("已划掉，照片不再显示。"))
    return redirect("records:own_photos")
