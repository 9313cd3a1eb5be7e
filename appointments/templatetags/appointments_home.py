"""This room's part of the home page."""

from typing import Any

from django import template
from django.core.exceptions import PermissionDenied

from appointments import access, presenters
from foundation import clock
from residents.access import viewer_of

register = template.Library()


@register.inclusion_tag("appointments/next_booking.html", takes_context=True)
def next_booking(context: dict[str, Any]) -> dict[str, Any]:
    """When and where the next visit is; nothing for staff, for signed-out visitors and without a visit. One query."""
    try:
        viewer = viewer_of(context["request"])
    except PermissionDenied:
        return {"booking": None}
    now = clock.now()
    booking = access.next_booking(viewer, now)
    return {"booking": booking, "when": presenters.visit_text(booking.slot, now) if booking else ""}
