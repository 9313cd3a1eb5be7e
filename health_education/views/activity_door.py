"""At the door, for staff: the code on the big screen, and the slips of those who have no phone."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from health_education.activities import codes, desk, tickets, words
from health_education.activities.refusals import NotNow
from health_education.models import Activity, SignUp
from health_education.views.activity_desk import CHANGE, VIEW, may_list, own, page
from health_education.views.doors import need, record

AFTER = 1  # seconds after the change, so that no clock shows the old code again


@dataclass(frozen=True)
class Scanned:
    """What came of a slip, in words, and the colour of the notice."""

    words: str
    tone: str


@require_safe
def screen(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """The code and nobody's name, for everybody in the hall; it comes anew when the code changes, without a script."""
    need(request, VIEW)
    found, now = own(activity_id), clock.now()
    on = codes.is_on(found, now)
    code = codes.code_of(found, now) if on else ""
    picture = codes.picture_of(codes.address_of(code)) if on else ""
    context = {"activity": found, "when": words.when_text(found, now), "code": code, "picture": picture}
    context["came"], context["until"] = found.attended, now + timedelta(seconds=codes.seconds_left(now))
    response = render(request, "health_education/desk/screen.html", context)
    if on:
        response.headers["Refresh"] = str(codes.seconds_left(now) + AFTER)
    return response


@require_POST
def scan(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """A slip was read into the box of the activity's page; the answer is that page, ready for the next."""
    found = _doorkeeper(request, activity_id)
    signup = tickets.find(found, request.POST.get("slip", ""))
    return page(request, found, scanned=_mark(request, found, signup))


@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, activity_id: UUID, code: str) -> HttpResponse:
    """What the code of a slip leads to on a staff member's phone: whose it is, and one button."""
    found = _doorkeeper(request, activity_id)
    signup = tickets.find(found, code)
    if signup is None:
        raise Http404
    said = _mark(request, found, signup) if request.method == "POST" else None
    if said is None:
        record(request, "staff.listed", SignUp, found.facility_id)
    context = {"activity": found, "when": words.when_text(found, clock.now()), "signup": signup, "scanned": said}
    return render(request, "health_education/desk/ticket.html", context)


def _doorkeeper(request: HttpRequest, activity_id: UUID) -> Activity:
    """The activity, for whoever may see the names of those who come; raises PermissionDenied for others."""
    need(request, CHANGE)
    found = own(activity_id)
    if not may_list(request, found):
        raise PermissionDenied
    return found


def _mark(request: HttpRequest, found: Activity, signup: SignUp | None) -> Scanned:
    if signup is None:
        return Scanned(_("没有找到这张签到条：可能是别的活动的，或者报名已经取消。请在名单上找人打勾。"), "bad")
    try:
        came = desk.scan(activity=found, signup=signup, by=need(request, CHANGE), now=clock.now())
    except NotNow as refusal:
        return Scanned(str(refusal), "warn")
    name = {"name": signup.resident_name}
    if not came:
        return Scanned(_("%(name)s 已经签过到了。") % name, "info")
    return Scanned(_("%(name)s 签到成功。") % name, "good")
