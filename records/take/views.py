"""带走我的档案: one page with every way to take the record along, and the files of FHIR."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import clock
from records.fhir import bundles
from records.fhir.elements import Resource
from records.fhir.gathering import TooMuch
from records.pages import for_resident, kept_nowhere
from records.take import limits
from records.take.forms import ChooseForm
from residents.access import Viewer

Rest = ParamSpec("Rest")
ViewerView = Callable[Concatenate[HttpRequest, Viewer, Rest], HttpResponse]


def by_the_person(view: ViewerView[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Only oneself or a delegate takes a record along: what staff hand over is printed and signed."""

    @for_resident("records", "results")
    @wraps(view)
    def run(request: HttpRequest, viewer: Viewer, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if viewer.opening_id is not None:
            return render(request, "records/take_not_for_staff.html", status=403)
        return view(request, viewer, *args, **kwargs)

    return run


@require_safe
@by_the_person
def take(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The ways to take the record along."""
    return _page(request, ChooseForm())


@require_safe
@by_the_person
def summary_file(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The International Patient Summary as a file."""
    now = clock.now()
    if not limits.may_export(viewer, now):
        return _too_often(request)
    return _file(bundles.summary(viewer, now), f"health-summary-{timezone.localdate(now)}.json")


@require_safe
@by_the_person
def record_file(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The record, or what is chosen of it, as one FHIR document."""
    now = clock.now()
    form = ChooseForm(request.GET)
    if not form.is_valid():
        return _page(request, form, status=400)
    if not limits.may_export(viewer, now):
        return _too_often(request)
    try:
        found = bundles.document(viewer, now, form.chosen)
    except TooMuch:
        form.add_error(None, _("内容太多，一个文件装不下。请选短一些的时间，或少选几类，分几次下载。"))
        return _page(request, form, status=400)
    return _file(found, f"health-record-{timezone.localdate(now)}.json")


def _page(request: HttpRequest, form: ChooseForm, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "records/take.html", {"form": form} | more, status=status)


def _too_often(request: HttpRequest) -> HttpResponse:
    return _page(request, ChooseForm(), status=429, too_often=True)


def _file(resource: Resource, name: str) -> HttpResponse:
    """A resource to keep; its name says nothing of whose it is."""
    text = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text, content_type="application/fhir+json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return kept_nowhere(response)
