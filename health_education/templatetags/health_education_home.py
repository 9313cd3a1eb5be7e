"""Health education's part of the home page."""

from typing import Any

from django import template
from django.utils import timezone

from foundation import clock
from health_education.models import Revision

register = template.Library()

NEWEST = 3


@register.inclusion_tag("health_education/featured.html", takes_context=True)
def featured_articles(context: dict[str, Any]) -> dict[str, Any]:
    """The newest articles whose review is not overdue; nothing where there is none. One query."""
    now = clock.now()
    live = Revision.objects.live(now).for_a_list().still_reviewed(timezone.localdate(now))
    return {"revisions": list(live[:NEWEST])}
