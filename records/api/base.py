"""Addresses about health data: open where the record's pages are, and closed with the same reasons."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework.request import Request

from foundation.api.problems import Refused
from records.openness import Closed
from records.pages import why_closed
from residents.api.base import PersonView

REASONS = {Closed.PROOF: "proof", Closed.CONSENT: "consent", Closed.LEVEL: "identity", Closed.SCOPE: "not_granted"}
OPEN = ("proof", "identity", "consent", "not_granted")


class RecordView(PersonView):
    """Handed out where the session may read any of `categories` ("records", "results") of that person."""

    categories: ClassVar[Sequence[str]] = ("records",)
    refusals: ClassVar = {"get": OPEN, "post": OPEN}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises Refused with the reason why the record stays shut."""
        super().initial(request, *args, **kwargs)
        closed = why_closed(self.viewer, self.categories)
        if closed:
            raise Refused(REASONS[closed])
