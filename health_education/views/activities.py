"""Activities for residents: the calendar, one of them, signing up, and coming."""

from http import HTTPStatus
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation import clock
from foundation.middleware import own_transaction
from health_education.activities import calendar, codes, door, pages, signing, tickets, words
from health_education.activities.refusals import Refusal
from health_education.models import Activity, SignUp
from residents.access import Viewer, record_event, viewer_of
from residents.family.scope import granted, name_of


@login_not_required
@require_safe
def activities(request: HttpRequest) -> HttpResponse:
    """What is ahead, by month and township."""
    asked = {name: request.GET.get(name, "") for name in ("month", "town")}
    context = pages.calendar(asked["month"], asked["town"], request.GET.get("page"), clock.now())
    return render(request, "health_education/activities/activities.html", context)


@login_not_required
@require_safe
def activity(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """One activity: what, when, where, and the person's own sign-up."""
    found, viewer = _shown(activity_id), _viewer_or_none(request)
    context = pages.one(found, pages.signup_of(found, viewer), clock.now())
    name = name_of(viewer) if viewer and not viewer.is_self else ""
    return render(request, "health_education/activities/activity.html", {**context, "viewer": viewer, "name": name})


@login_not_required
@require_safe
def calendar_file(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """The activity as a calendar file for the phone."""
    content = calendar.file_of(_shown(activity_id), clock.now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="activity.ics"'
    return response


@granted("booking")
@own_transaction
@require_POST
def join(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Sign up. A refusal says why on the activity's own page."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        found = _shown(activity_id)
    try:
        signing.sign_up(activity=found, viewer=viewer, form_key=_key(request), now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("报名成功，请按时来。前一天会提醒您。"))
    return redirect("health_education:activity", activity_id)


@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Asks once, then gives the place back."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        mine = SignUp.objects.visible_to(viewer).live().select_related("activity__facility")
        signup = get_object_or_404(mine, activity=activity_id)
        if request.method != "POST":
            context = {"signup": signup, "activity": signup.activity, "when": words.when_text(signup.activity, now)}
            return render(request, "health_education/activities/leave.html", context)
    try:
        signing.leave(signup=signup, viewer=viewer, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("报名已取消，名额已退回。"))
    return redirect("health_education:activity", activity_id)


@granted("booking")
@require_safe
def my_activities(request: HttpRequest) -> HttpResponse:
    """What the person signed up for or went to."""
    viewer, now = viewer_of(request), clock.now()
    signups = SignUp.objects.visible_to(viewer).select_related("activity__facility").order_by("-activity__starts_at")
    record_event(viewer=viewer, action="health_education.read_signups", now=now)
    return render(request, "health_education/activities/mine.html", pages.mine(signups[:100], now))


@granted("booking")
@require_safe
def slip(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """The person's slip for the door, to print or to show on a phone: staff scan it."""
    viewer, now = viewer_of(request), clock.now()
    mine = SignUp.objects.visible_to(viewer).live().filter(walked_in=False).select_related("activity__facility")
    signup = get_object_or_404(mine, activity=activity_id, activity__state=Activity.State.PUBLISHED)
    context = {
        "activity": signup.activity,
        "when": words.when_text(signup.activity, now),
        "name": tickets.name_on_paper(signup.resident_name),
        "code": tickets.in_groups(tickets.code_of(signup)),
        "picture": tickets.picture_of(signup),
    }
    return render(request, "health_education/activities/slip.html", context)


@granted("booking")
@require_safe
def here(request: HttpRequest) -> HttpResponse:
    """Where the code at the door is typed in, for phones that do not scan."""
    viewer_of(request)
    if typed := codes.tidy(request.GET.get("code", "")):
        try:
            if door.read_code(request, typed, clock.now()):
                return redirect("health_education:here_code", typed)
        except door.TooManyTries:
            return _closed(request, 429)
        messages.error(request, _("没有这个签到码，或者它已经换了。请再看屏幕上现在的签到码，或者问工作人员。"))
    return render(request, "health_education/activities/here.html", {"code": ""})


@login_not_required
@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def here_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code leads to: the activity, and one button that says "I am here".

    The code is looked at before anybody signs in, as it will have changed when they are back.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            found = door.read_before(request, code, now) or door.read_code(request, code, now)
    except door.TooManyTries:
        return _closed(request, 429)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    viewer = viewer_of(request)
    if found is None:
        return _closed(request, 404)
    if request.method != "POST":
        with transaction.atomic():
            context = {"activity": found, "when": words.when_text(found, now), "name": name_of(viewer)}
            return render(request, "health_education/activities/here_confirm.html", context)
    try:
        answer = signing.attend(activity=found, viewer=viewer, now=now)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        said = {signing.ATTENDED: _("签到成功，欢迎您来。"), signing.ALREADY: _("已经签过到了，不用再签。")}
        messages.success(request, said.get(answer) or _("活动现在不能签到。"))
    return redirect("health_education:activity", found.pk)


def _closed(request: HttpRequest, status: int) -> HttpResponse:
    with transaction.atomic():
        context = {"too_many": status == HTTPStatus.TOO_MANY_REQUESTS}
        return render(request, "health_education/activities/here_closed.html", context, status=status)


def _shown(activity_id: UUID) -> Activity:
    return get_object_or_404(Activity.objects.shown(), pk=activity_id)


def _viewer_or_none(request: HttpRequest) -> Viewer | None:
    try:
        return viewer_of(request)
    except PermissionDenied:
        return None


def _key(request: HttpRequest) -> UUID:
    """The form's key; a form without a proper one is a new form."""
    try:
        return UUID(request.POST.get("form_key", ""))
    except ValueError:
        return uuid4()
