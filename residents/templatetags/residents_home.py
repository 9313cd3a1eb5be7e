"""What this room says on the home page."""

from typing import Any

from django import template
from django.core.exceptions import PermissionDenied

from foundation import clock
from residents.access import viewer_of
from residents.acting import acting_of
from residents.family.reading import helped_by
from residents.models import Notice

register = template.Library()
MOST = 99


@register.inclusion_tag("residents/unread_notices.html", takes_context=True)
def unread_notices(context: dict[str, Any]) -> dict[str, int]:
    """A card with the number of unread lines of the inbox; nothing for others than residents."""
    request = context.get("request")
    if request is None:
        return {"unread": 0}
    try:
        viewer = viewer_of(request)
    except PermissionDenied:
        return {"unread": 0}
    return {"unread": Notice.objects.visible_to(viewer).unread()[:MOST].count()}


@register.inclusion_tag("residents/family/switcher.html", takes_context=True)
def family_switcher(context: dict[str, Any]) -> dict[str, Any]:
    """A card with whom one may act for now: names and nothing else; nothing where there is nobody. Two statements."""
    request = context.get("request")
    if request is None or acting_of(request):
        return {"ties": []}
    return {"ties": helped_by(request, clock.now()), "csrf_token": context.get("csrf_token")}
