"""A form filled in for one person is never carried out for another.

A session acts for one person at a time, and a browser has many tabs: what was confirmed on a page about the mother must
not be booked, signed or printed for whoever was chosen meanwhile. Forms about a person carry whom their page was about
(templates/components/whom.html).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.middleware import Handler
from residents.acting import acting_of

FIELD, ONESELF = "whom", "self"
View = TypeVar("View", bound=Callable[..., Any])


def about_nobody(view: View) -> View:
    """Mark a view whose forms are about no person, so that its body is not read before it has set up how."""
    vars(view)["about_nobody"] = True
    return view


def whom(request: HttpRequest) -> str:
    """Whom the session's pages are about now, as forms carry it."""
    acting = acting_of(request)
    return str(acting.resident_id) if acting else ONESELF


class SamePersonMiddleware:
    """Refuses a form whose page was about somebody else than the session acts for now; nothing is done."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Say for whom the page was not, and offer to begin again."""
        if (
            request.method != "POST"
            or getattr(view, "about_nobody", False)
            or request.POST.get(FIELD) in {None, whom(request)}
        ):
            return None
        with transaction.atomic():
            return render(request, "residents/another_person.html", {"acting_now": acting_of(request)}, status=409)
