"""An article, what stands in its place once it is withdrawn, its picture to pass on, and what readers say of it."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.shared_pages import shared_page, usable_from_shared_pages
from health_education import access, reading
from health_education.feedback_forms import FeedbackForm
from health_education.models import Article, Bookmark, Feedback
from health_education.posters import poster as drawn
from health_education.readers_words import has_said_enough, may_say, say
from residents.models import Account

FRESH_SECONDS = 6  # an edit is seen within ten seconds (issue 5, speed)
POSTER_SECONDS = 600


@login_not_required
@shared_page(FRESH_SECONDS)
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article: the words, and who vouches for them. A withdrawn one says when, why, and what to read instead."""
    now = clock.now()
    try:
        revision = access.live_article(slug, now)
    except access.Withdrawn as gone:
        return render(request, "health_education/withdrawn.html", {"article": gone.article}, status=410)
    context = reading.page(revision, now)
    if isinstance(request.user, Account):
        context["saved"] = Bookmark.objects.of(request.user.pk).filter(article=revision.article_id).exists()
    return render(request, "health_education/article.html", context)


@login_not_required
@require_safe
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """The article as a picture with a QR code, to save by a long press and to pass on."""
    revision = access.live_or_404(slug, clock.now())
    picture = drawn(revision.title, revision.summary, reading.address_of(slug), str(get_language()))
    response = HttpResponse(picture, content_type="image/png")
    patch_cache_control(response, public=True, max_age=POSTER_SECONDS, s_maxage=FRESH_SECONDS)
    return response


@login_not_required
@usable_from_shared_pages
@shared_page(FRESH_SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell the editors that a text helped, is hard to understand, or is wrong."""
    now = clock.now()
    revision = access.live_or_404(slug, now)
    wanted = request.GET.get("kind", "")
    chosen = wanted if wanted in Feedback.Kind.values else Feedback.Kind.USEFUL.value
    form = FeedbackForm(request.POST or None, initial={"kind": chosen})
    if form.is_valid():
        refusal = _not_taken(request, revision.article, form.cleaned_data, now)
        if refusal is None:
            return redirect("health_education:feedback_thanks", slug)
        form.add_error(None, refusal)
    status = 429 if form.is_bound and form.non_field_errors() else 200
    return render(request, "health_education/feedback.html", {"form": form, "revision": revision}, status=status)


def _not_taken(request: HttpRequest, article: Article, said: dict[str, str], now: datetime) -> str | None:
    """Hand the words over; why they were not taken, if they were not."""
    if not may_say(request, now):
        return _("现在反馈的人太多，没有收下。请过一会儿再试。")
    if has_said_enough(request, article, now):
        return _("您今天对这篇文章已经反馈了几次，编辑都会看到。还有别的，请明天再告诉我们。")
    if not say(article, **said):
        return _("这篇文章或者整个门户等着处理的反馈太多，这次没有收下。请过几天再试。")
    return None


@login_not_required
@shared_page(FRESH_SECONDS)
@require_safe
def feedback_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    """That it arrived."""
    return render(request, "health_education/thanks.html", {"revision": access.live_or_404(slug, clock.now())})


@require_safe
def my_feedback(request: HttpRequest) -> HttpResponse:
    """What the account wrote while signed in, and what the editors answered."""
    return render(request, "health_education/my_feedback.html", {"said": access.feedback_of(request, clock.now())})


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps saved articles on the device; browsers ask for a newer one each time."""
    response = render(request, "health_education/sw.js", content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response
