"""Pages that only the demonstration has."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from portal.demo import one_time
from portal.demo.models import OutboxMessage
from residents.message_limits import quiet_until

MOST = 50


@login_not_required
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The messages that would have been sent, newest first; no sign-in, as one needs it to sign in."""
    if not settings.DEMO:
        raise Http404
    sent = OutboxMessage.objects.order_by("-sent_at", "-id")[:MOST]
    return render(request, "demo/outbox.html", {"sent": sent, "quiet": quiet_until(clock.now())})


@login_not_required
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """What the phones of the invented staff would show now; no sign-in, as one needs it to sign in."""
    if not settings.DEMO:
        raise Http404
    now = clock.now()
    shown = {"codes": one_time.codes(now), "left": one_time.seconds_left(now)}
    return render(request, "demo/codes.html", shown)
