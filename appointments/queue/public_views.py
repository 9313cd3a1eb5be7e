"""The waiting room for everybody: checking in before a poster, and the screen on the wall."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments import presenters
from appointments.access import booking_for
from appointments.models import Booking, Point
from appointments.queue import walls
from appointments.terms import terms_for
from foundation import clock
from foundation.dated import setting
from residents.access import record_event, viewer_of
from residents.family.scope import granted

FASTEST, SLOWEST = 2, 60


@granted("booking")
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, poster: str) -> HttpResponse:
    """Today's visits at the place of the poster that was scanned, each with one button."""
    viewer, now = viewer_of(request), clock.now()
    wall = walls.wall_of(poster, Point.Kind.POSTER)
    if wall is None:
        raise Http404
    if request.method == "POST":
        return _arrive(request, poster)
    due = walls.due_here(viewer, wall, timezone.localdate(now))
    record_event(viewer=viewer, action="appointments.read_bookings", now=now, facility_id=wall.facility_id)
    rows = [_row(booking) for booking in due]
    return render(request, "appointments/queue/check_in.html", {"wall": wall, "rows": rows})


def _row(booking: Booking) -> dict[str, object]:
    terms = terms_for(booking.facility_id, booking.department_id, booking.slot.starts_at, booking.session.kind)
    return {
        "booking": booking,
        "when": presenters.slot_text(booking.slot),
        "doctor": presenters.doctor_text(booking.session.practitioner),
        "is_in": booking.status == Booking.Status.CHECKED_IN,
        "early": terms.check_in_minutes_before,
        "late": terms.check_in_minutes_after,
    }


def _arrive(request: HttpRequest, poster: str) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    try:
        key = UUID(request.POST.get("booking", ""))
    except ValueError:
        raise Http404 from None
    booking = get_object_or_404(Booking.objects.visible_to(viewer), pk=key)
    came = walls.check_in(booking, poster)
    if came == "unknown":
        raise Http404
    if came == "done":
        record_event(
            viewer=viewer, action="appointments.checked_in", now=now, subject=booking, facility_id=booking.facility_id
        )
        messages.success(request, _("签到成功，请在候诊区等叫号。"))
    if came in {"done", "again"}:
        return redirect("appointments:booking", booking.pk)
    terms = terms_for(booking.facility_id, booking.department_id, now, booking_for(viewer, key, now).session.kind)
    words = {
        "early": _("还没到签到时间：就诊时间前 %(early)d 分钟起可以签到。"),
        "late": _("已经迟到超过 %(late)d 分钟，请到窗口签到，由窗口重新排队。"),
        "not_today": _("约的不是今天，请在就诊当天签到。"),
        "over": _("这个预约已经取消或看完，不能签到。"),
    }[came]
    minutes = {"early": terms.check_in_minutes_before, "late": terms.check_in_minutes_after}
    messages.warning(request, words % minutes)
    return redirect("appointments:check_in", poster)


@login_not_required
@require_safe
def board(request: HttpRequest, key: str) -> HttpResponse:
    """Who is called where and who is next: tickets and the ends of names, for whoever sits in the room."""
    wall = walls.wall_of(key, Point.Kind.BOARD)
    if wall is None:
        raise Http404
    now = clock.now()
    seconds = min(max(int(setting(walls.REFRESH, now)), FASTEST), SLOWEST)
    context = {"wall": wall, "lanes": walls.lanes_of(key), "now": now, "seconds": seconds, "key": key}
    return render(request, "appointments/queue/board.html", context)
