"""What a person does with booklets: choose, wait, fetch; and look at the pages of any file as pictures."""

from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.rowsecurity import database
from records import access, openness, tasks
from records.booklet import pages, parcels
from records.booklet.choosing import RECORDS, RESULTS
from records.booklet.forms import BookletForm
from records.models import Parcel, Report
from records.pages import for_resident, kept_nowhere, whole_or_part
from records.pdf import PrintingFailed
from residents.access import Viewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_resident(RECORDS, RESULTS)
def booklet(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Choose what goes into a booklet; and the ones made before."""
    if viewer.opening_id is not None:
        return render(request, "records/booklet/not_for_staff.html", status=403)
    now = clock.now()
    open_to = [category for category in (RECORDS, RESULTS) if openness.closed_to(viewer, category) is None]
    form = BookletForm(request.POST if request.method == "POST" else None, open_to=open_to, now=now)
    if form.is_bound and form.is_valid():
        return _ask(request, viewer, form)
    return render(request, "records/booklet/choose.html", _choice(viewer, form, open_to))


def _ask(request: HttpRequest, viewer: Viewer, form: BookletForm) -> HttpResponse:
    now = clock.now()
    if not parcels.may_take(viewer, form.wanted.categories()):
        return render(request, "records/booklet/not_for_staff.html", status=403)
    try:
        parcel = parcels.ask(viewer=viewer, wanted=form.wanted, form_key=form.cleaned_data["form_key"], now=now)
    except parcels.TooMany:
        form.add_error(None, _("今天已经做了好几份了，请先用做好的，或明天再做。"))
        return render(request, "records/booklet/choose.html", _choice(viewer, form, [RECORDS, RESULTS]))
    transaction.on_commit(partial(tasks.wake_booklet, parcel.pk), using=database(), robust=True)
    return redirect("records:booklet_state", parcel.pk)


def _choice(viewer: Viewer, form: BookletForm, open_to: list[str]) -> dict[str, Any]:
    now = clock.now()
    return {
        "form": form,
        "form_key": form.data.get("form_key") if form.is_bound and "form_key" not in form.errors else uuid4(),
        "cards": [pages.card(parcel, now, in_a_list=True) for parcel in parcels.list_for(viewer)],
        "not_open": {RECORDS, RESULTS} - set(open_to),
    }


@require_safe
@for_resident(RECORDS, RESULTS)
def booklet_state(request: HttpRequest, viewer: Viewer, parcel_id: UUID) -> HttpResponse:
    """How far a booklet is; once it is ready, the ways to take it."""
    now = clock.now()
    card = pages.card(parcels.parcel_for(viewer, parcel_id), now)
    context = {"card": card, "parcel": card.parcel, "wechat": pages.inside_wechat(request)}
    response = whole_or_part(request, "records/booklet/state.html", "progress", context)
    if card.is_coming and not request.headers.get("HX-Request"):
        response["Refresh"] = "15"  # without scripts the page asks again by itself
    return response


@require_safe
@for_resident(RECORDS, RESULTS)
def booklet_pdf(request: HttpRequest, viewer: Viewer, parcel_id: UUID) -> HttpResponse:
    """The file, shown in place or saved by the browser."""
    now = clock.now()
    try:
        ready = parcels.fetch(viewer, parcel_id, action=parcels.FETCHED, now=now)
    except parcels.NotNow:
        return redirect("records:booklet_state", parcel_id)
    return pdf_answer(ready.pdf, *names(ready.parcel), attached="save" in request.GET)


@require_safe
@for_resident(RECORDS, RESULTS)
def taken_pages(request: HttpRequest, viewer: Viewer, parcel_id: UUID) -> HttpResponse:
    """The pages of a booklet as pictures."""
    try:
        parcel = parcels.shown(viewer, parcel_id, now=clock.now())
    except parcels.NotNow:
        return redirect("records:booklet_state", parcel_id)
    return _pages(request, parcel)


@require_safe
@for_resident(RESULTS)
def report_pages(request: HttpRequest, viewer: Viewer, report_id: UUID) -> HttpResponse:
    """The pages of a report as pictures."""
    try:
        parcel = parcels.of_report(viewer, report_id, now=clock.now())
    except access.Superseded as newer:
        return redirect("records:report_pages", newer.by)
    except PrintingFailed:
        return render(request, "records/printing_failed.html", {"report": Report(pk=report_id)}, status=503)
    return _pages(request, parcel, report_id)


def _pages(request: HttpRequest, parcel: Parcel, report_id: UUID | None = None) -> HttpResponse:
    context = {
        "parcel": parcel,
        "numbers": range(1, parcel.pages + 1),
        "report_id": report_id,
        "wechat": pages.inside_wechat(request),
    }
    return kept_nowhere(render(request, "records/booklet/pages.html", context))


@require_safe
@for_resident(RECORDS, RESULTS)
def taken_page(request: HttpRequest, viewer: Viewer, parcel_id: UUID, number: int) -> HttpResponse:
    """One page as a picture."""
    drawn = parcels.page_picture(viewer, parcel_id, number, now=clock.now())
    return kept_nowhere(HttpResponse(drawn, content_type="image/png"))


def names(parcel: Parcel) -> tuple[str, str]:
    """What a file is called, in plain letters and in Chinese; it says nothing of whose it is."""
    day = timezone.localdate(parcel.ready_at or parcel.asked_at)
    if parcel.kind == Parcel.Kind.REPORT:
        return f"report-{day}.pdf", _("检查检验报告") + f"-{day}.pdf"
    return f"health-record-{day}.pdf", _("健康档案") + f"-{day}.pdf"


def pdf_answer(content: bytes, plain: str, name: str, *, attached: bool = False) -> HttpResponse:
    """A PDF, named by RFC 6266 in both spellings, for no cache."""
    response = HttpResponse(content, content_type="application/pdf")
    way = "attachment" if attached else "inline"
    response["Content-Disposition"] = f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return kept_nowhere(response)
