"""One transaction a request, opened with the session's token; and pages that no cache may keep."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from foundation import tally
from foundation.rowsecurity import seeing

View = TypeVar("View", bound=Callable[..., Any])
Handler = Callable[[HttpRequest], HttpResponse]

TOKEN = "row_security_token"
FAILED = "view_failed"  # on a request whose view raised


def own_transaction(view: View) -> View:
    """Mark a view that opens its own short transactions (booking, sign-in, files, streams)."""
    vars(view)["own_transaction"] = True
    return view


class ReferenceMiddleware:
    """Give each request a short reference that error pages show and logs carry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        vars(request)["reference"] = secrets.token_hex(4).upper()
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def reference_of(request: HttpRequest) -> str:
    """The short reference of a request; empty for one that came past no middleware, as in some tests."""
    return str(getattr(request, "reference", ""))


class ReferenceFilter(logging.Filter):
    """Put the request's reference on its log lines, so that a person's number leads to the fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = getattr(getattr(record, "request", None), "reference", "-")
        return True


class RowSecurityMiddleware:
    """Last in the list: everything after it, rendering included, runs inside one transaction with the token set.

    `ATOMIC_REQUESTS` would end before a TemplateResponse renders, and the admin's lists would be silently empty.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with seeing(request.session.get(TOKEN)), tally.counting() as reads:
            if _opts_out(request):
                response = self.get_response(request)
                reads.keep(request, response)
                return response
            with self.transaction_of(request) as answer:
                answer.append(self.get_response(request))
                reads.keep(request, answer[0])
                return answer[0]

    @contextmanager
    def transaction_of(self, request: HttpRequest) -> Iterator[list[HttpResponse]]:
        """Commit what the view did, unless it raised or answered 5xx."""
        answer: list[HttpResponse] = []
        with transaction.atomic():
            yield answer
            if FAILED in vars(request) or answer[0].status_code >= 500:
                transaction.set_rollback(True)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note that the view raised, whatever page is made of it."""
        vars(request)[FAILED] = True


def _opts_out(request: HttpRequest) -> bool:
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return True
    return getattr(view, "own_transaction", False)
