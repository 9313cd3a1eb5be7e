"""What waits for a clinician's comment, above the list of results; and what a clinician said, on a report."""

from typing import Any

from django import template
from django.template import Context

from records import awaiting
from records.around import Around
from records.models import Report
from residents.access import viewer_of

register = template.Library()


@register.inclusion_tag("records/_awaited.html", takes_context=True)
def awaited(context: Context) -> dict[str, Any]:
    """One's own reports that wait, without content; nothing for whoever acts for another. One statement."""
    return {"waiting": awaiting.waiting_of(viewer_of(context["request"])), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("records/_comment.html", takes_context=True)
def comment_on(context: Context, report: Report) -> dict[str, Any]:
    """What a clinician said of a report. One statement, none where the page has read what stands around it."""
    read: Around | None = context.get("around")
    return {"said": read.comment if read else awaiting.comment_on(report)}


@register.inclusion_tag("records/_special_link.html", takes_context=True)
def special_link(context: Context) -> dict[str, Any]:
    """The way to what is of special sensitivity, for whoever looks at their own; it says nothing. No statement."""
    return {"offered": viewer_of(context["request"]).is_self}
