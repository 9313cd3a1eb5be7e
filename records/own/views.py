"""What residents write down themselves: the pages of home measurements."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from records.models import OwnEntry
from records.own import deeds, exporting, reading
from records.own.forms import FORMS, MeasuredForm, typed_as
from records.pages import for_resident, kept_nowhere
from records.presenters import own, own_charts, own_told
from residents.access import Viewer

SPANS = {"7": gettext_lazy("近7天"), "30": gettext_lazy("近30天"), "365": gettext_lazy("近1年")}


@require_safe
@for_resident("records")
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What can be written down, and the newest of each kind."""
    now = clock.now()
    newest, reports = reading.overview(viewer, now=now)
    kinds = [(kind, own.line(newest[kind], now) if kind in newest else None) for kind in OwnEntry.Kind]
    context = {"kinds": kinds, "reports": reports, "may_write": reading.may_write(viewer)}
    return render(request, "records/own/overview.html", context)


@require_safe
@for_resident("records")
def entries(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """The entries of one kind: picture, average, table."""
    now, kind = clock.now(), _kind(kind)
    span, struck = request.GET.get("span", ""), request.GET.get("struck") == "on"
    since = now - timedelta(days=int(span)) if span in SPANS else None
    found = reading.entries_for(viewer, kind, since=since, struck=struck, page=request.GET.get("page"), now=now)
    context = {
        "kind": kind,
        "heading": own.heading(kind),
        "page": found.page,
        "lines": [own.line(one, now) for one in found.entries],
        "week": found.week,
        "chart": own_charts.own_chart(kind, found.entries, now),
        "spans": [(key, label, key == span) for key, label in SPANS.items()] + [("", _("全部"), span not in SPANS)],
        "span": span if span in SPANS else "",
        "struck": struck,
        "may_write": reading.may_write(viewer),
    }
    return render(request, "records/own/entries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_resident("records")
def new(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """One measurement written down."""
    deeds.own_word(viewer)
    now, kind = clock.now(), _kind(kind)
    first = {"device": reading.last_device(viewer, kind), "form_key": uuid4()} if request.method != "POST" else {}
    form = _form(request, viewer, kind, now, first)
    return _written(request, viewer, kind, form, None, now) or _form_page(request, kind, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_resident("records")
def correct(request: HttpRequest, viewer: Viewer, entry_id: UUID) -> HttpResponse:
    """An entry written anew; the wrong one is struck out with it."""
    deeds.own_word(viewer)
    now = clock.now()
    opened = reading.entry_for(viewer, entry_id, now=now)
    if opened.entry.is_struck:
        messages.info(request, _("这条已经划掉了，不用再改。"))
        return redirect("records:own_entry", entry_id)
    form = _form(request, viewer, opened.entry.kind, now, {**typed_as(opened.entry), "form_key": uuid4()})
    kind = opened.entry.kind
    return _written(request, viewer, kind, form, opened.entry, now) or _form_page(request, kind, form, opened.entry)


def _form(request: HttpRequest, viewer: Viewer, kind: str, now: datetime, first: dict[str, Any]) -> MeasuredForm:
    data = request.POST if request.method == "POST" else None
    return FORMS[kind](data, now=now, born=reading.born(viewer), initial=first)


def _written(
    request: HttpRequest, viewer: Viewer, kind: str, form: MeasuredForm, wrong: OwnEntry | None, now: datetime
) -> HttpResponse | None:
    """Where the form is in order, on to what is said about the value."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        entry = deeds.write(
            viewer=viewer,
            kind=kind,
            values=form.values(),
            form_key=form.cleaned_data["form_key"],
            now=now,
            instead_of=wrong,
        )
    except deeds.TooMany:
        form.add_error(None, _("今天记得太多了，像是重复提交。请明天再记，着急的请直接看医生。"))
        return None
    messages.success(request, _("记好了。原来那条已经划掉。") if wrong else _("记好了。"))
    return redirect("records:own_entry", entry.pk)


def _form_page(request: HttpRequest, kind: str, form: MeasuredForm, wrong: OwnEntry | None) -> HttpResponse:
    what = OwnEntry.Kind(kind).label
    context = {"kind": kind, "what": what, "form": form, "wrong": wrong}
    return render(request, "records/own/new.html", context)


@require_safe
@for_resident("records")
def entry(request: HttpRequest, viewer: Viewer, entry_id: UUID) -> HttpResponse:
    """One entry: where it lies, and what to do now."""
    now = clock.now()
    opened = reading.entry_for(viewer, entry_id, now=now)
    context = {
        "entry": opened.entry,
        "line": own.line(opened.entry, now),
        "look": own.look_of(opened.entry, now, opened.person),
        "told": own_told.told(opened.entry, opened.before, opened.person, now),
        "facility": opened.person.facility,
        "may_write": reading.may_write(viewer),
    }
    return render(request, "records/own/entry.html", context)


@require_POST
@for_resident("records")
def strike(request: HttpRequest, viewer: Viewer, entry_id: UUID) -> HttpResponse:
    """Strike an entry out."""
    now = clock.now()
    found = reading.entry_to_change(viewer, entry_id)
    if deeds.strike(viewer=viewer, row=found, now=now):
        messages.success(request, _("已划掉。它不再算进图和平均数。"))
    return redirect("records:own_entries", found.kind)


@require_safe
@for_resident("records")
def export(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """The entries of one kind as a table for other programs."""
    now, kind = clock.now(), _kind(kind)
    response = HttpResponse(
        exporting.table(reading.for_export(viewer, kind, now=now)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="own-{kind}.csv"'
    return kept_nowhere(response)


def _kind(kind: str) -> str:
    if kind not in FORMS:
        raise Http404
    return kind
