"""Pages that somebody who acts for another may open only if it is within what they were let do."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from residents.access import Viewer
from residents.acting import acting_of, may_see
from residents.family.forms import SHORT_WORDS
from residents.models import Resident

View = TypeVar("View", bound=Callable[..., Any])


def granted(category: str) -> Callable[[View], View]:
    """Let a view run for oneself, and for another only where `category` is open now; else a page that says so.

    An empty list would look like "there is nothing". The outermost decorator of a view.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            acting = acting_of(request)
            if acting is None or may_see(acting.resident_id, category):
                answer: HttpResponseBase = view(request, *args, **kwargs)
                return answer
            with transaction.atomic():
                what = {"name": acting.name, "what": SHORT_WORDS[category], "by_staff": acting.by_staff}
                return render(request, "residents/family/not_granted.html", what, status=403)

        return cast(View, inner)

    return guard


def name_of(viewer: Viewer) -> str:
    """The name of the person looked at, who is not always who looks."""
    if viewer.is_self:
        return viewer.name
    return Resident.objects.only("name").get(pk=viewer.resident_id).name
