"""Pages that only the demonstration has."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.demo.models import OutboxMessage

MOST = 50


@login_not_required
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The SMS that would have been sent, newest first; no sign-in, as one needs it to sign in."""
    if not settings.DEMO:
        raise Http404
    return render(request, "demo/outbox.html", {"sent": OutboxMessage.objects.order_by("-sent_at", "-id")[:MOST]})
