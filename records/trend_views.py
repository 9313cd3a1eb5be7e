"""The page of one result: explained, beside the earlier ones, and what to do next."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.dated import register, setting
from foundation.together import together
from records import explaining, next_steps
from records.kept.leaves import logged
from records.own import beside
from records.pages import Kept, for_resident
from records.presenters import trends as trend_words
from records.trends.reading import READ_TREND, Elsewhere, item_for
from records.trends.series import trend as line_of
from residents.access import Viewer

POINTS = register("records.trend_points", 60, "走势图上最多画多少个点（多了每一段时间只留最高和最低的）")


@require_safe
@for_resident("records", "results", kept=Kept("records/trend.html"))
def trend(request: HttpRequest, viewer: Viewer, item_id: UUID) -> HttpResponse:
    """One result with its line; an old version leads to the one in force, a copy to the one that is listed.

    For a body measurement the record is enough, a laboratory item is of the results: the database knows which is which.
    """
    now = clock.now()
    try:
        opened = item_for(viewer, item_id, now=now)
    except Elsewhere as shown:
        return redirect("records:trend", shown.id)
    logged(request, READ_TREND, opened.item, opened.item.facility_id)
    line = line_of(opened.item.id, opened.results)
    span = request.GET.get("span", "")
    wants_own = request.GET.get("own") == "on"
    own = beside.points_beside(viewer, line.focus, trend_words.start_of(span, now), now=now) if wants_own else []
    cards, steps = together(explaining.asked([opened.item], now), next_steps.asked([opened.item], now))
    context = {
        "item": opened.item,
        "report": opened.report,
        "is_cut": opened.is_cut,
        "taken": len(opened.results),
        "page": trend_words.page(line, span=span, now=now, senders=opened.senders, most=setting(POINTS, now), own=own),
        "measured_at_home": beside.column_of(line.focus) is not None,
        "wants_own": wants_own,
        "card": explaining.by_item([opened.item], cards).get(opened.item.id),
        "step": next_steps.chosen([opened.item], steps).get(opened.item.id),
    }
    return render(request, "records/trend.html", context)
