"""What the views of this room share: who may read, and how an answer leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from foundation import clock
from records import access, openness
from records.kept import leaves
from records.kept.door import Door, door_of
from residents.access import Viewer, viewer_of

Rest = ParamSpec("Rest")
ResidentView = Callable[Concatenate[HttpRequest, Viewer, Rest], HttpResponse]
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]


@dataclass(frozen=True)
class Kept:
    """A page that may be kept: its template, and what is worked out at every look whether it is kept or not.

    `covered`: from which facilities there is something. `since`: when the reader's visit before this one ended.
    """

    template: str
    covered: bool = False
    since: Callable[[Viewer, datetime], datetime | None] | None = None


def for_resident(
    *categories: str,
    kept: Kept | None = None,
) -> Callable[[ResidentView[Rest]], Callable[Concatenate[HttpRequest, Rest], HttpResponse]]:
    """Hand the view its viewer, where the session may read any of `categories` ("records", "results") of that person.

    Else: to the consent that is missing, or a page that says how to prove one's identity or whom to ask. A page that is
    `kept` is shown again as long as it stands.
    """

    def decorate(view: ResidentView[Rest]) -> View[Rest]:
        @wraps(view)
        def run(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            viewer = viewer_of(request)
            door = door_of(viewer) if kept and _is_plain(request, viewer) else None
            closed = None if door and door.opens(categories) else why_closed(viewer, categories)
            if closed is openness.Closed.PROOF:
                return redirect(reverse("account_reauthenticate", query={"next": request.path}))
            if closed is openness.Closed.CONSENT:
                return redirect(reverse("residents:give_consents", query={"next": request.path}))
            if closed:
                return render(request, "records/closed.html", {"closed": closed}, status=403)
            if kept is None or door is None or door.stamp is None:
                return view(request, viewer, *args, **kwargs)
            return _kept_or_made(request, viewer, kept, door, lambda: view(request, viewer, *args, **kwargs))

        return run

    return decorate


def _is_plain(request: HttpRequest, viewer: Viewer) -> bool:
    """Whether somebody looks at the first page of what is their own: such a page may be kept."""
    own = viewer.is_self and viewer.opening_id is None
    return own and request.method == "GET" and not request.GET and not HtmxDetails(request)


def _kept_or_made(
    request: HttpRequest, viewer: Viewer, kept: Kept, door: Door, make: Callable[[], HttpResponse]
) -> HttpResponse:
    """The page again while it stands, with what is worked out at every look; else made, and kept where it may be."""
    now = clock.now()
    since = kept.since(viewer, now) if kept.since else None
    leaf = leaves.opened(request, viewer, door, now, since)
    if leaf.stands:
        return render(request, kept.template, {"coverage": access.coverage()} if kept.covered else {})
    response = make()
    if response.status_code == 200:
        leaves.keep(leaf, get_token(request), now)
    return response


def why_closed(viewer: Viewer, categories: Sequence[str]) -> openness.Closed | None:
    """None where any of the categories is open; else why the first is not."""
    reasons = []
    for category in categories:
        reasons.append(openness.closed_to(viewer, category))
        if reasons[-1] is None:
            return None
    return reasons[0]


def kept_nowhere(response: HttpResponse) -> HttpResponse:
    """The answer, for no cache."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def whole_or_part(request: HttpRequest, template: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """The page; for htmx only the part of it that changes, unless it restores its history."""
    htmx = HtmxDetails(request)
    wanted = f"#{part}" if htmx and not htmx.history_restore_request else ""
    response = render(request, template + wanted, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
