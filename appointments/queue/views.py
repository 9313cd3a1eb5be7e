"""The waiting room for staff: the screen of a room that calls people in; posters and boards, and where they hang."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments.desk import codes
from appointments.desk.doors import READERS, WRITERS, key_of, need, place, places, record
from appointments.desk.forms import PointForm, RoomForm
from appointments.models import Booking, Point, Queue, Ticket
from appointments.queue import calling, waiting, walls
from facilities.models import Department
from facilities.querysets import facilities_reached
from foundation import clock

CALL, HANG = "appointments.change_ticket", "appointments.view_point"
ROOM = "room"  # in the session: in which room this browser stands
page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """Which queues there are today."""
    need(request, "appointments.view_ticket")
    today = timezone.localdate(clock.now())
    here = [facility.pk for facility in places(*READERS)]
    found = Queue.objects.filter(facility__in=here, date=today).select_related(
        "facility", "department", "session__practitioner"
    )
    return render(request, "appointments/queue/queues.html", {"queues": found.order_by("facility", "period")})


@page
def room(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    """Call the next, once more, pass over: one button each, one key each. The screen says first in which room it is."""
    need(request, CALL)
    queue, now = _queue(queue_id), clock.now()
    stands = _room(request, queue)
    if request.method == "POST" and request.POST.get("deed") == "stand":
        form = RoomForm(request.POST)
        if form.is_valid():
            request.session[ROOM] = form.cleaned_data["room"]
            return redirect("staff:queue_room", queue.pk)
        return render(request, "appointments/queue/stand.html", {"queue": queue, "form": form})
    if not stands or "stand" in request.GET:
        form = RoomForm(initial={"room": stands})
        return render(request, "appointments/queue/stand.html", {"queue": queue, "form": form})
    if request.method == "POST":
        _do(request, queue, stands)
        return redirect("staff:queue_room", queue.pk)
    record(request, "staff.listed", Ticket, queue.facility_id)
    context = _screen(queue, stands, now) | {"refresh": waiting.next_refresh(request)}
    return render(request, "appointments/queue/room.html", context)


def _queue(queue_id: UUID) -> Queue:
    here = Queue.objects.filter(facility__in=facilities_reached(*READERS))
    return get_object_or_404(here.select_related("facility", "department", "session__practitioner"), pk=queue_id)


def _room(request: HttpRequest, queue: Queue) -> str:
    """Where this browser stands: a doctor's own room is known, of a shared queue somebody says so once."""
    return str(request.session.get(ROOM) or (queue.room if queue.session_id else ""))


def _screen(queue: Queue, stands: str, now: datetime) -> dict[str, Any]:
    tickets = list(Ticket.objects.live().filter(queue=queue).in_turn().select_related("booking__slot"))
    called = [one for one in tickets if one.state == Ticket.State.CALLED]
    return {
        "queue": queue,
        "room": stands,
        "current": next((one for one in called if one.room == stands), None),
        "elsewhere": [one for one in called if one.room != stands],
        "waiting": [one for one in tickets if one.state == Ticket.State.WAITING],
        "skipped": [one for one in tickets if one.state == Ticket.State.SKIPPED],
        "expected": _expected(queue),
        "now": now,
    }


def _expected(queue: Queue) -> int:
    """How many booked and have not come yet."""
    if not queue.session_id:
        return 0
    return Booking.objects.filter(session=queue.session_id, status=Booking.Status.BOOKED).count()


def _do(request: HttpRequest, queue: Queue, stands: str) -> None:
    ticket_id = key_of(request.POST.get("ticket", ""))
    try:
        if request.POST.get("deed") == "next":
            called = calling.call_next(queue=queue, room=stands, after=ticket_id)
            _say(request, queue, called)
        elif ticket_id is not None:
            _change(request.POST.get("deed", ""), queue, stands, ticket_id)
    except calling.Stale:
        messages.warning(request, _("没有叫号：另一块屏刚叫过，或者按了两次。下面是现在的情况。"))


def _say(request: HttpRequest, queue: Queue, called: Ticket | None) -> None:
    if called is None:
        messages.info(request, _("现在没有人在等。"))
        return
    record(request, "appointments.called", called, queue.facility_id)


def _change(deed: str, queue: Queue, stands: str, ticket_id: UUID) -> None:
    match deed:
        case "recall":
            calling.recall(queue=queue, room=stands, ticket_id=ticket_id)
        case "skip":
            calling.skip(queue=queue, ticket_id=ticket_id)
        case "finish":
            calling.finish(queue=queue, ticket_id=ticket_id)
        case "rejoin":
            calling.rejoin(queue=queue, ticket_id=ticket_id)


@page
def points(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """The posters and screens of a facility; hang up another."""
    account, now = need(request, HANG), clock.now()
    facility = place(facility_id, *WRITERS)
    departments = Department.objects.filter(facility=facility, is_active=True)
    form = PointForm(request.POST or None, departments=departments, initial={"kind": Point.Kind.POSTER})
    if request.method == "POST" and form.is_valid():
        hung = walls.hang(facility=facility, by=account.pk, now=now, **form.cleaned_data)
        record(request, "staff.added", hung, facility.pk)
        return redirect("staff:desk_point", hung.pk)
    found = Point.objects.filter(facility=facility, ended_at=None).select_related("department")
    return render(request, "appointments/queue/points.html", {"facility": facility, "points": found, "form": form})


@page
def point(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """The poster to print, or the address of a screen; taken down, its code opens nothing."""
    need(request, HANG)
    here = Point.objects.filter(facility__in=facilities_reached(*WRITERS), ended_at=None)
    found = get_object_or_404(here.select_related("facility", "department"), pk=point_id)
    if request.method == "POST":
        walls.take_down(found, clock.now())
        record(request, "staff.changed", found, found.facility_id, purpose="ended_at")
        messages.success(request, _("已停用，原来的码不能再用。"))
        return redirect("staff:desk_points", found.facility_id)
    address = walls.address_of(found)
    context = {"point": found, "address": address, "picture": codes.picture_of(address)}
    template = "poster" if found.kind == Point.Kind.POSTER else "screen"
    return render(request, f"appointments/queue/{template}.html", context)
