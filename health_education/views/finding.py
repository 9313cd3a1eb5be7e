"""Other ways to find a text: explanation cards, theme days, and the switch of recommendations."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.shared_pages import shared_page
from health_education import cards as explaining
from health_education import for_you as recommending
from health_education import theme_days as days
from health_education.models.finding import LONGEST_SEARCH
from health_education.views.articles import FRESH_SECONDS
from residents.access import own_viewer_of


@login_not_required
@shared_page(FRESH_SECONDS, unless="q")
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """The cards that explain laboratory items and conditions, by letter or by kind."""
    typed = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    by = "kind" if request.GET.get("by") == "kind" else "letter"
    groups = explaining.grouped(typed, by_system=by == "kind", now=clock.now())
    return render(request, "health_education/cards.html", {"q": typed, "by": by, "groups": groups})


@login_not_required
@shared_page(FRESH_SECONDS)
@require_safe
def theme_days(request: HttpRequest) -> HttpResponse:
    """The theme days in the order in which they come."""
    calendar = days.calendar(clock.now())
    context = {"next": calendar[0] if calendar else None, "days": calendar[1:]}
    return render(request, "health_education/theme_days.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def for_you(request: HttpRequest) -> HttpResponse:
    """Whether recommendations follow the record, for one's own account."""
    viewer = own_viewer_of(request)
    if request.method == "POST":
        recommending.choose(viewer.account_id, on=request.POST.get("on") == "1", now=clock.now())
        return redirect("health_education:for_you")
    return render(request, "health_education/for_you.html", {"is_on": recommending.wants_it(viewer.account_id)})
