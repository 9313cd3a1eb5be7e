"""What everyone may read, and the editors' preview."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.shared_pages import shared_page
from health_education import access
from health_education.forms import FindForm
from health_education.markdown import render as render_markdown
from health_education.models import Audience, Revision, Topic

PER_PAGE = 12
OTHERS = 3
FRESH_SECONDS = 6  # an edit is seen within ten seconds (issue 5, speed)


@login_not_required
@shared_page(FRESH_SECONDS, unless="q")
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """The list, newest first, by topic and audience; with a search, best first."""
    now = clock.now()
    wanted = FindForm(request.GET).wanted()
    found = Revision.objects.live(now).for_a_list()
    topic = get_object_or_404(Topic, slug=wanted["topic"]) if wanted["topic"] else None
    if topic:
        found = found.about(topic)
    if wanted["audience"]:
        found = found.for_audience(wanted["audience"])
    if wanted["q"]:
        found = found.found(wanted["q"])
    context = {
        "wanted": wanted,
        "topic": topic,
        "topics": Topic.objects.with_live(now),
        "audiences": Audience.choices,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "narrowed": any(wanted.values()),
    }
    return render(request, "health_education/articles.html", context)


@login_not_required
@shared_page(FRESH_SECONDS)
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article: the words, and who vouches for them."""
    now = clock.now()
    revision = access.live_article(slug, now)
    context = {
        "revision": revision,
        "body": render_markdown(revision.body),
        "others": access.others_about(revision, now)[:OTHERS],
    }
    return render(request, "health_education/article.html", context)


@require_safe
def preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """Any wording as the residents would see it, for editors and reviewers."""
    revision = access.revision_for_preview(request, key)
    context = {"revision": revision, "body": render_markdown(revision.body), "others": [], "preview": True}
    return render(request, "health_education/article.html", context)
