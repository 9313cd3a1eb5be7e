"""Whom the desk has to ring up: people who answered "0" to a reminder, by a due date, with a mark once it is done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from appointments import presenters
from appointments.desk.doors import WRITERS, need, places, record, record_about
from appointments.models import CallBack
from foundation import clock

SEE, DO = "appointments.view_callback", "appointments.change_callback"
LISTED = 200
page = require_http_methods(["GET", "HEAD", "POST"])


@page
def calls(request: HttpRequest) -> HttpResponse:
    """The calls that are owed, the most urgent first; with the button, that one was made."""
    need(request, SEE)
    now, here = clock.now(), places(*WRITERS)
    if request.method == "POST":
        need(request, DO)
        return _done(request, [facility.pk for facility in here], now)
    owed = CallBack.objects.filter(facility__in=here, done_at=None).order_by("due_at", "id")
    found = list(owed.select_related("booking__slot", "booking__session__department", "facility")[:LISTED])
    for facility in here:
        record(request, "staff.listed", CallBack, facility.pk)
    return render(request, "appointments/desk/calls.html", {"rows": [_row(owed, now) for owed in found]})


def _done(request: HttpRequest, here: list[UUID], now: datetime) -> HttpResponse:
    """A call that somebody else has just made stays theirs."""
    try:
        key = UUID(request.POST.get("call", ""))
    except ValueError:
        raise Http404 from None
    made = CallBack.objects.filter(pk=key, facility__in=here).select_related("booking").first()
    if made is None:
        raise Http404
    if CallBack.objects.filter(pk=key, done_at=None).update(done_at=now):
        record_about(request, "appointments.called_back", made.booking, now)
        messages.success(request, _("已登记：电话打过了。"))
    else:
        messages.info(request, _("这个电话已经有人打过了。"))
    return redirect("staff:calls")


def _row(owed: CallBack, now: datetime) -> dict[str, Any]:
    return {
        "call": owed,
        "booking": owed.booking,
        "when": presenters.visit_text(owed.booking.slot, now),
        "due": presenters.moment_text(owed.due_at, now),
        "late": owed.due_at <= now,
    }
