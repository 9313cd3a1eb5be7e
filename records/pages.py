"""What the views of this room share: who may read, and how an answer leaves."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from records import openness
from residents.access import Viewer, viewer_of

Rest = ParamSpec("Rest")
ResidentView = Callable[Concatenate[HttpRequest, Viewer, Rest], HttpResponse]
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]


def for_resident(
    *categories: str,
) -> Callable[[ResidentView[Rest]], Callable[Concatenate[HttpRequest, Rest], HttpResponse]]:
    """Hand the view its viewer, where the session may read any of `categories` ("records", "results") of that person.

    Else: to the consent that is missing, or a page that says how to prove one's identity or whom to ask.
    """

    def decorate(view: ResidentView[Rest]) -> View[Rest]:
        @wraps(view)
        def run(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            viewer = viewer_of(request)
            closed = why_closed(viewer, categories)
            if closed is openness.Closed.PROOF:
                return redirect(reverse("account_reauthenticate", query={"next": request.path}))
            if closed is openness.Closed.CONSENT:
                return redirect(reverse("residents:give_consents", query={"next": request.path}))
            if closed:
                return render(request, "records/closed.html", {"closed": closed}, status=403)
            return view(request, viewer, *args, **kwargs)

        return run

    return decorate


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
