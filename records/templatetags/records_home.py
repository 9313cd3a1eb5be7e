"""What the home page says about results: how many wait to be read, and nothing of what they hold."""

from typing import Any

from django import template
from django.core.exceptions import PermissionDenied
from django.template import Context

from foundation import clock
from records import suggesting
from records.access import unseen_reports
from residents.access import viewer_of

register = template.Library()


@register.inclusion_tag("records/_new_reports.html", takes_context=True)
def new_reports(context: Context) -> dict[str, Any]:
    """A card with the number of unread reports; nothing for visitors, staff, and when there are none."""
    request = context.get("request")
    if request is None:
        return {"count": 0}
    try:
        viewer = viewer_of(request)
    except PermissionDenied:
        return {"count": 0}
    return {"count": unseen_reports(viewer, clock.now())}


@register.inclusion_tag("health_education/_for_you.html", takes_context=True)
def suggested_reading(context: Context) -> dict[str, Any]:
    """Up to three articles for what one's own record holds, with the reason; nothing for visitors and staff."""
    request = context.get("request")
    if request is None:
        return {"suggestions": []}
    try:
        viewer = viewer_of(request)
    except PermissionDenied:
        return {"suggestions": []}
    now = clock.now()
    among_others = suggesting.is_among_others(request, now)
    return {"suggestions": suggesting.for_home(viewer, now, among_others=among_others)}
