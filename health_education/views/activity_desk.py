"""One activity for the staff who hold it: announce or call off, the list and the slips, what came of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from facilities.querysets import facilities_reached
from foundation import clock
from health_education.activities import codes, desk, words
from health_education.activities.forms import CallOffForm, HeldForm
from health_education.activities.refusals import Refusal
from health_education.models import Activity, SignUp
from health_education.views.doors import need, record

VIEW, CHANGE, LIST = (
    "health_education.view_activity",
    "health_education.change_activity",
    "health_education.view_signup",
)


@require_safe
def activity(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """The page of one activity of one's own facility."""
    need(request, VIEW)
    return page(request, own(activity_id))


@require_POST
def publish(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Announce it."""
    by, found = need(request, CHANGE), own(activity_id)
    try:
        desk.publish(activity=found, by=by, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已发布，居民现在看得到。"))
    return redirect("staff:activity", activity_id)


@require_POST
def call_off(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Cancel it, with a reason; who signed up is told."""
    by, found = need(request, CHANGE), own(activity_id)
    form = CallOffForm(request.POST)
    if not form.is_valid():
        return page(request, found, call_off_form=form)
    try:
        desk.call_off(activity=found, reason=form.cleaned_data["reason"], by=by, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("活动已取消，报名的人都会收到通知。"))
    return redirect("staff:activity", activity_id)


@require_POST
def tick(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Save the list: only lines whose box was changed on the page, so that who scans meanwhile stays."""
    need(request, LIST)
    by, found = need(request, CHANGE), own(activity_id)
    before, after = _keys(request, "was"), _keys(request, "came")
    listed = _keys(request, "listed")
    came, stayed_away = (after - before) & listed, (before - after) & listed
    try:
        changed = desk.tick(activity=found, came=came, stayed_away=stayed_away, by=by, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("名单已保存，改了 %(count)d 个人。") % {"count": changed})
    return redirect("staff:activity", activity_id)


@require_POST
def hold(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Write down that it took place."""
    by, found = need(request, CHANGE), own(activity_id)
    form = HeldForm(request.POST)
    if not form.is_valid():
        return page(request, found, held_form=form)
    facts = form.cleaned_data
    try:
        desk.hold(activity=found, walk_ins=facts["walk_ins"], note=facts["note"], by=by, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已登记举办，会计入年度完成情况。"))
    return redirect("staff:activity", activity_id)


def page(request: HttpRequest, found: Activity, **forms: Any) -> HttpResponse:
    """The page itself; `forms` are those that were refused, `scanned` what came of a slip."""
    now = clock.now()
    listed = _list(request, found)
    on, begun = codes.is_on(found, now), found.starts_at <= now
    published = found.state == Activity.State.PUBLISHED
    held = {"walk_ins": found.walk_ins, "note": found.held_note}
    context = {
        "activity": found,
        "when": words.when_text(found, now),
        "badge": words.badge_of(found, now),
        "places": words.places_text(found),
        "draft": found.state == Activity.State.DRAFT,
        "cancelled": found.state == Activity.State.CANCELLED,
        "on": on,
        "listed": listed,
        "came": sum(one.attended_at is not None for one in listed or []),
        "may_tick": desk.may_mark(found, now),
        "scanned": forms.get("scanned"),
        "call_off_form": forms.get("call_off_form", CallOffForm()) if not found.held_at else None,
        "held_form": forms.get("held_form", HeldForm(initial=held)) if published and begun else None,
    }
    return render(request, "health_education/desk/activity.html", context)


def _list(request: HttpRequest, found: Activity) -> list[SignUp] | None:
    """Who signed up or came, for whoever may see names; the look is written down."""
    if not may_list(request, found):
        return None
    listed = list(SignUp.objects.live().filter(activity=found).order_by("walked_in", "signed_at"))
    if listed:
        record(request, "staff.listed", SignUp, found.facility_id)
    return listed


def may_list(request: HttpRequest, found: Activity) -> bool:
    """Whether this account may see the names of those who come."""
    return request.user.has_perm(LIST) and found.facility_id in facilities_reached(*desk.LISTERS)


def own(activity_id: UUID) -> Activity:
    """An activity of a facility where this account may write; everybody else's is a 404 here."""
    own = Activity.objects.filter(facility__in=facilities_reached(*desk.WRITERS)).select_related("facility")
    return get_object_or_404(own, pk=activity_id)


def _keys(request: HttpRequest, name: str) -> set[UUID]:
    found = set()
    for typed in request.POST.getlist(name):
        try:
            found.add(UUID(typed))
        except ValueError:
            continue
    return found
