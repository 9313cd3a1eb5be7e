"""What everyone may read."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.shared_pages import shared_page
from health_education import listing, theme_days
from health_education.choices import choices
from health_education.finding_forms import FindForm
from health_education.models import Topic

FRESH_SECONDS = 6  # an edit is seen within ten seconds (issue 5, speed)


@login_not_required
@shared_page(FRESH_SECONDS, unless="q")
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """The list, newest first, by topic, kind and audience; with a search, best first."""
    now = clock.now()
    wanted = FindForm(request.GET).wanted()
    topic = get_object_or_404(Topic, slug=wanted["topic"]) if wanted["topic"] else None
    page = request.GET.get("page")
    narrowed = any(wanted.values())
    context = {
        "wanted": wanted,
        "topic": topic,
        "listing": listing.listed(wanted, topic, page=page, now=now),
        "choices": choices(wanted, topic, now),
        "narrowed": narrowed,
        "soon": None if narrowed or page else theme_days.soon(now),
    }
    return render(request, "health_education/articles.html", context)
