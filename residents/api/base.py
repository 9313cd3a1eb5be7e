"""Addresses of the JSON interface about a person: whom the session acts for, and whether that was allowed."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.request import Request

from foundation.api.problems import Refused
from foundation.api.views import ApiView
from residents.access import Viewer, viewer_of
from residents.acting import acting_of, may_see
from residents.same_person import whom

WHOM = "Portal-Whom"
SAFE = ("GET", "HEAD")


class PersonView(ApiView):
    """Has a `viewer`: whoever the session acts for, else oneself, as on the pages.

    `granted`: what somebody who acts for another must have been let do; empty where it does not matter.
    """

    granted: ClassVar[Sequence[str]] = ()
    viewer: Viewer

    @property
    def page(self) -> HttpRequest:
        """The request as Django knows it."""
        found: HttpRequest = self.request._request
        return found

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, about whom, and whether they may; raises Refused."""
        super().initial(request, *args, **kwargs)
        self.viewer = viewer_of(request._request)
        meant = request.headers.get(WHOM)
        if request.method not in SAFE and meant not in {None, whom(request._request)}:
            raise Refused("another_person")
        acting = acting_of(request._request)
        if acting and self.granted and not any(may_see(acting.resident_id, one) for one in self.granted):
            raise Refused("staff" if acting.by_staff else "not_granted")
