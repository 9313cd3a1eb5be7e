"""What do I do when: pages for everybody, signed in or not."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from facilities.models import Facility
from residents.registration.help import TOPICS

COUNTERS = ("county", "township", "village")


@login_not_required
@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """What may have happened, one line each."""
    return render(request, "residents/registration/help.html", {"topics": TOPICS.values()})


@login_not_required
@require_safe
def topic(request: HttpRequest, topic: str) -> HttpResponse:
    """One trouble: what to do, where, what to bring, how long it takes."""
    if topic not in TOPICS:
        raise Http404
    places = Facility.objects.filter(is_active=True, level__in=COUNTERS).exclude(phone="")
    context = {"topic": TOPICS[topic], "places": places.order_by("position", "code")}
    return render(request, "residents/registration/help_topic.html", context)
