"""Pages of moving a booking (改期): another time, both side by side, one tap. A refusal keeps the old one."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appointments import access, actions, limits, moving_pages
from appointments.finding_forms import WhichForm
from appointments.forms import MoveForm
from appointments.models import Booking, Slot
from appointments.refusals import Refusal
from foundation import clock
from foundation.middleware import own_transaction
from residents.access import viewer_of
from residents.family.scope import granted


@granted("booking")
@require_safe
def move(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Which other time: of the same doctor, or of anybody in the department."""
    viewer, now = viewer_of(request), clock.now()
    found = access.booking_for(viewer, booking_id, now)
    try:
        actions.refuse_to_give_up(found, now)
    except Refusal as refusal:
        return render(
            request, "appointments/move_refused.html", moving_pages.refused(found, None, refusal, viewer, now)
        )
    anybody = request.GET.get("doctor") == "any"
    which = WhichForm(request.GET).which()
    context = moving_pages.choose(found, which, anybody, now, access.channel_seen(request, now))
    return render(request, "appointments/move.html", context)


@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def move_to(request: HttpRequest, booking_id: UUID, slot_id: UUID) -> HttpResponse:
    """The old time beside the new one; then the exchange."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        found = access.booking_for(viewer, booking_id, now)
        to = _time_for(found, slot_id)
    form = MoveForm(request.POST or None)
    try:
        if request.method == "POST" and form.is_valid():
            key = form.cleaned_data["form_key"]
            if not request.user.is_staff:
                limits.count_try(viewer, now)
            new = actions.move(booking=found, to=to, viewer=viewer, form_key=key, now=now)
            messages.success(request, _("已改期，原来的号已退回。"))
            return redirect("appointments:booking", new.pk)
        with transaction.atomic():
            return _ask(request, found, to, now)
    except Refusal as refusal:
        with transaction.atomic():
            context = moving_pages.refused(found, to, refusal, viewer, now)
            return render(request, "appointments/move_refused.html", context)


def _ask(request: HttpRequest, found: Booking, to: Slot, now: datetime) -> HttpResponse:
    actions.check_move(booking=found, to=to, viewer=viewer_of(request), now=now)
    return render(request, "appointments/move_confirm.html", moving_pages.confirm(found, to, now))


def _time_for(booking: Booking, slot_id: UUID) -> Slot:
    """A time of the same department; another department is another booking."""
    to = get_object_or_404(Slot.objects.with_everything(), pk=slot_id)
    if to.session.department_id != booking.department_id:
        raise Http404
    return to
