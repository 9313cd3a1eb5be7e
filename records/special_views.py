"""特别保密的内容: for the person alone, after proving once more who they are; the pages close themselves."""

from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.dated import setting
from records import special
from records.models import Report
from records.pages import ResidentView, Rest, for_resident, kept_nowhere
from records.presenters import facts
from records.presenters.words import FLAGS
from residents.access import Viewer
from residents.acting import PROOF_MINUTES
from residents.proving import needs_recent_proof
from residents.sessions import proofs_of


def of_ones_own(view: ResidentView[Rest]) -> ResidentView[Rest]:
    """Say why not to whoever acts for another, before anybody is asked for a proof."""

    @wraps(view)
    def run(request: HttpRequest, viewer: Viewer, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        special.only_oneself(viewer)
        return view(request, viewer, *args, **kwargs)

    return run


@require_safe
@for_resident("records", "results")
@of_ones_own
@needs_recent_proof()
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Everything of special sensitivity that is one's own."""
    now = clock.now()
    found = special.lines_of(viewer, now=now)
    return _page(request, "records/special.html", {"lines": found}, now)


@require_safe
@for_resident("records", "results")
@of_ones_own
@needs_recent_proof()
def entry(request: HttpRequest, viewer: Viewer, kind: str, entry_id: UUID) -> HttpResponse:
    """One of them."""
    now = clock.now()
    found = special.entry_for(viewer, kind, entry_id, now=now)
    is_report = isinstance(found.row, Report)
    context = {
        "entry": found,
        "report": found.row if is_report else None,
        "items": [(item, FLAGS.get(item.flag)) for item in found.items],
        "fact": None if is_report else facts.fact(found.row),
    }
    return _page(request, "records/special_entry.html", context, now)


def _page(request: HttpRequest, template: str, context: dict[str, Any], now: datetime) -> HttpResponse:
    """The page, kept by nobody, which leaves by itself when the proof is over."""
    proved_at = proofs_of(dict(request.session.items()))["proved_at"] or now
    left = proved_at + timedelta(minutes=setting(PROOF_MINUTES, now)) - now
    return kept_nowhere(render(request, template, context | {"seconds": max(int(left.total_seconds()), 1)}))
