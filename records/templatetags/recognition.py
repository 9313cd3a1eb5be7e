"""What may be said of results elsewhere (互认): beside a list, on a report, before booking and at the desk."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import template
from django.core.exceptions import PermissionDenied
from django.template import Context

from foundation import clock, tally
from records.around import Around
from records.models import Report
from records.opened import OpenedReport
from records.recognition import listing
from records.recognition.rules import Standing, standing_of
from records.sharing import shares
from residents.access import Viewer, record_event, viewer_of

register = template.Library()


@register.simple_tag(takes_context=True)
def recognised_among(context: Context, rows: Iterable[Any]) -> dict[UUID, Standing]:
    """What may be said of the reports of a list, by their ids; whoever shows the list logs the look. One statement."""
    viewer = _viewer(context)
    keys = [row.id for row in rows]
    return listing.standings(viewer.resident_id, keys, clock.now()) if viewer and keys else {}


@register.filter
def standing(found: dict[UUID, Standing], key: UUID) -> Standing | None:
    """What may be said of one of them."""
    return found.get(key)


@register.inclusion_tag("records/sharing/_report.html", takes_context=True)
def recognition_of(context: Context, opened: OpenedReport) -> dict[str, Any]:
    """On a report's page: until when it counts elsewhere, and how to show it there.

    Two statements, none where the page has read what stands around the report.
    """
    viewer, now = _viewer(context), clock.now()
    if viewer is None:
        return {}
    read: Around | None = context.get("around")
    return {
        "report": opened.report,
        "standing": standing_of(opened, read.book if read else listing.book_for([opened], now), now),
        "may_share": read.may_share if read else shares.may_share(viewer),
    }


@register.inclusion_tag("records/sharing/_link.html", takes_context=True)
def share_link(context: Context) -> dict[str, Any]:
    """Above the list of results: where they are made ready for another hospital. Nothing for staff. No statement."""
    viewer = _viewer(context)
    return {"offered": viewer is not None and viewer.opening_id is None}


@register.inclusion_tag("records/sharing/_recent.html", takes_context=True)
def recognised_lately(context: Context) -> dict[str, Any]:
    """Before booking and at the desk: results that are still good, so that no test is done twice.

    Only what this session may read of the person; nothing, and no line in the log, where there is none of it.
    """
    viewer, now = _viewer(context), clock.now()
    if viewer is None:
        return {"reports": []}
    with tally.unseen("counted below, beside its line in the log, where something is shown"):
        reports = listing.recent(viewer.resident_id, now)
    if reports:
        Report.objects.visible_to(viewer).filter(pk=reports[0].id).exists()  # so that the look that is shown is counted
        record_event(viewer=viewer, action=listing.READ_RECENT, now=now)
    return {"reports": reports, "viewer": viewer}


def _viewer(context: Context) -> Viewer | None:
    request = context.get("request")
    if request is None:
        return None
    try:
        return viewer_of(request)
    except PermissionDenied:
        return None
