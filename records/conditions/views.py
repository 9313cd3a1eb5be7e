"""What residents read about one disease: “我的高血压”."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from records.conditions import finding
from records.conditions.groups import groups
from records.kept.leaves import logged
from records.own import beside
from records.pages import Kept, for_resident
from records.presenters import conditions, own
from residents.access import Viewer


@require_safe
@for_resident("records", kept=Kept("records/condition.html"))
def condition(request: HttpRequest, viewer: Viewer, slug: str) -> HttpResponse:
    """Everything about one disease on one page."""
    now = clock.now()
    group = groups(now).get(slug)
    if group is None:
        raise Http404
    about = finding.about(viewer, group, now=now)
    logged(request, finding.READ_CONDITION)
    entries = beside.for_group(viewer, group)
    context = {
        "page": conditions.page(about, now),
        "own": [(entry, own.line(entry, now)) for entry in entries],
        "own_kinds": beside.kinds_of(group),
    }
    return render(request, "records/condition.html", context)
