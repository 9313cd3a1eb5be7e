"""Saved articles: keeping one, taking it off, the list, and what lies on this device."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.shared_pages import shared_page
from health_education import access
from health_education.models import Bookmark
from health_education.views.reading import FRESH_SECONDS


@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    """The account's saved articles, the latest first; the script on it brings the device up to date."""
    return render(request, "health_education/saved.html", access.saved_by(request, clock.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask whether to save an article (where a visitor comes back from signing in); save it, or take it off."""
    now, account = clock.now(), access.account_of(request)
    article = access.public_article(slug)
    if request.method != "POST":
        is_saved = Bookmark.objects.of(account.pk).filter(article=article).exists()
        return render(
            request, "health_education/save.html", {"revision": access.live_or_404(slug, now), "saved": is_saved}
        )
    if "end" in request.POST:
        Bookmark.objects.of(account.pk).filter(article=article).end(now)
        messages.success(request, _("已取消收藏。"))
        return redirect("health_education:saved")
    with transaction.atomic():
        row = Bookmark(account_id=account.pk, article=article, saved_at=now)
        Bookmark.objects.bulk_create([row], ignore_conflicts=True)
    messages.success(request, _("已收藏。"))
    return redirect("health_education:article", slug)


@login_not_required
@shared_page(FRESH_SECONDS)
@require_safe
def on_this_device(request: HttpRequest) -> HttpResponse:
    """What lies on this device, listed by a script from the browser's own store; shown too when there is no network."""
    return render(request, "health_education/on_this_device.html")
