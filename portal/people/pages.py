"""Which of a person's pages a staff member may turn to while acting for the person.

Row-level security decides which rows there are; this decides which pages make sense: nobody's inbox, consents or
access log are read by whoever came to help, and a helper keeps to the tasks that were agreed on.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from foundation.api import problems
from foundation.middleware import Handler
from portal.api.pages import page_for
from residents.acting import ACTING, Acting, acting_of, may_see
from residents.models import Opening

# Of the pages under 我的, those that are about the session and not about the person.
ABOUT_THE_SESSION = frozenset({"residents:stop_acting", "residents:display", "residents:stay"})
# Whose document is in the reader may have consents and family matters settled at the counter.
AT_THE_COUNTER = frozenset(
    f"residents:{page}"
    for page in (
        *("consents", "give_consents", "withdraw_consent"),
        *("family", "apply_as_guardian", "agree_to_guardian", "keep_helping", "end_delegation"),
    )
)

BOOKING = frozenset({"book", "cancel"})
RESULTS = frozenset({"print", "explain"})
TASKS: dict[str, frozenset[str]] = {
    "appointments:confirm": frozenset({"book"}),
    "appointments:cancel": frozenset({"cancel"}),
    "appointments:bookings": BOOKING,
    "appointments:booking": BOOKING,
    "appointments:calendar": BOOKING,
    "records:reports": RESULTS,
    "records:report": RESULTS,
    "records:trend": RESULTS,
    "records:report_pdf": frozenset({"print"}),
    "records:report_pages": frozenset({"print"}),
    "records:taken_page": frozenset({"print"}),
    "records:report_earlier": RESULTS,
    "records:report_original": frozenset({"print"}),
    "records:images": RESULTS,
    "records:image": RESULTS,
    "records:image_viewer": RESULTS,
    "records:home": frozenset({"explain"}),
    "records:condition": frozenset({"explain"}),
    "records:section": frozenset({"explain"}),
    "records:thing": frozenset({"explain"}),
    **{
        f"records:{page}": frozenset({"explain"})
        for page in ("check_up", "follow_ups", "follow_up", "document", "growth", "vaccinations")
    },
    **{
        f"records:{page}": frozenset({"explain"})
        for page in (
            *("own", "own_new", "own_entries", "own_entry", "own_correct", "own_strike", "own_export"),
            *("own_photos", "own_photo_new", "own_photo", "own_page", "own_photo_strike"),
        )
    },
    "records:search": frozenset({"explain"}),
    "records:items": RESULTS,
}
NO_PERSON = frozenset(
    f"records:{page}"
    for page in (
        *("verify", "verify_form", "verify_file", "sources", "taken_once"),
        *("shared", "shared_link", "shared_open", "shared_pdf", "shared_original", "shared_leave"),
        *("health_link_viewer", "health_link", "health_link_file"),
    )
)


class Refusal(Enum):
    """Why a page is not for this opening."""

    FORBIDDEN = "forbidden"  # nobody who helps turns to it
    NOT_AGREED = "not agreed"  # not one of the tasks


def staff_pages(request: HttpRequest) -> dict[str, Any]:
    """`staff_pages`, for the navigation; asked only where a staff member's page shows it."""
    return {"staff_pages": SimpleLazyObject(lambda: pages_for(request))}


def pages_for(request: HttpRequest) -> frozenset[str]:
    """What the navigation offers a staff member who acts for somebody: records, results, bookings."""
    if not getattr(request.user, "is_staff", False):
        return frozenset()
    acting = acting_of(request)
    if acting is None or not acting.by_staff:
        return frozenset()
    seen = {category for category in ("records", "results", "booking") if may_see(acting.resident_id, category)}
    return frozenset({"bookings" if category == "booking" else category for category in seen})


class ActingPagesMiddleware:
    """Keeps staff who act for a person to the pages the opening is for; residents pass untouched."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse, or send back to the list of tasks, what this opening is not for."""
        match = request.resolver_match
        if match is None or not getattr(request.user, "is_staff", False) or not request.session.get(ACTING):
            return None
        acting = acting_of(request)
        if acting is None or not acting.by_staff:
            return None
        refused = _refused(acting, page_for(match.view_name, request.method))
        if refused and match.namespace == "api":
            return problems.answer("staff", request)
        if refused is Refusal.FORBIDDEN:
            raise PermissionDenied
        if refused is None:
            return None
        messages.warning(request, _("这次帮办没有包含这一项。要办的话，请结束后重新开始，并问清居民要办什么。"))
        return redirect("staff:assisting")


def _refused(acting: Acting, page: str) -> Refusal | None:
    """Why staff who act for somebody may not turn to a page; None where they may."""
    room = page.rpartition(":")[0]
    settled_here = AT_THE_COUNTER if acting.capacity == Opening.Kind.COUNTER else frozenset()
    if room == "residents" and page not in ABOUT_THE_SESSION | settled_here:
        return Refusal.FORBIDDEN
    if acting.capacity != Opening.Kind.ASSISTED or page in NO_PERSON:
        return None
    wanted = TASKS.get(page, frozenset() if room == "records" else frozenset(acting.tasks))
    return None if wanted & set(acting.tasks) else Refusal.NOT_AGREED
