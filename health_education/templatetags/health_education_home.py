"""Health education's part of the home page."""

from typing import Any

from django import template
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from foundation import clock
from health_education.activities import pages, words
from health_education.models import Revision
from residents.access import viewer_of

register = template.Library()

NEWEST = 3


@register.inclusion_tag("health_education/featured.html", takes_context=True)
def featured_articles(context: dict[str, Any]) -> dict[str, Any]:
    """The newest articles whose review is not overdue; nothing where there is none. One query."""
    now = clock.now()
    live = Revision.objects.live(now).for_a_list().still_reviewed(timezone.localdate(now))
    return {"revisions": list(live[:NEWEST])}


@register.inclusion_tag("health_education/next_activity.html", takes_context=True)
def next_activity(context: dict[str, Any]) -> dict[str, Any]:
    """When and where the next activity is that the person signed up for; nothing for visitors and staff. One query.

    Its title is left out: others may look on, and it may name an illness.
    """
    try:
        viewer = viewer_of(context["request"])
    except PermissionDenied:
        return {"activity": None}
    now = clock.now()
    signup = pages.next_of(viewer, now)
    if signup is None:
        return {"activity": None}
    return {"activity": signup.activity, "when": words.when_text(signup.activity, now)}
