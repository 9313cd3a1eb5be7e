"""Pages of those who wait for a place. Taking and joining open their own short transactions, like booking."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appointments import access, refusal_words, waiting, waiting_pages, waits
from appointments.forms import OfferForm, WaitForm
from appointments.models import Session
from appointments.refusals import Refusal
from appointments.waiting import WaitRefused
from foundation import clock
from foundation.middleware import own_transaction
from residents.access import viewer_of
from residents.family.scope import granted


@granted("booking")
@own_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """For what one waits: the doctor or the department, which days, which half-days."""
    viewer, now = viewer_of(request), clock.now()
    known = Session.objects.select_related("facility", "department", "practitioner").exclude(state__in=Session.UNSEEN)
    with transaction.atomic():
        session = get_object_or_404(known, pk=session_id)
        form = WaitForm(request.POST or None, session=session, last=waits.last_day(session, now), now=now)
    if request.method == "POST" and form.is_valid():
        try:
            entry = waiting.join(session=session, viewer=viewer, now=now, **form.wanted())
        except WaitRefused as refusal:
            form.add_error(None, refusal_words.wait_refused_text(refusal.reason, now))
        else:
            messages.success(request, _("已经排上队了。有号时会通知您，请留意短信和消息。"))
            return redirect("appointments:waiting", entry.pk)
    with transaction.atomic():
        return render(request, "appointments/join.html", waiting_pages.join(session, form, viewer, now))


@granted("booking")
@require_safe
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry: how many are before, what is offered, and the way out."""
    viewer, now = viewer_of(request), clock.now()
    found = access.waiting_for(viewer, entry_id, now)
    return render(request, "appointments/waiting.html", waiting_pages.entry(found, viewer, now))


@granted("booking")
@own_transaction
@require_POST
def take(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One tap: the place that is offered is booked."""
    viewer, now = viewer_of(request), clock.now()
    with transaction.atomic():
        found = waits.entry_for(viewer, entry_id)
    form = OfferForm(request.POST)
    if not form.is_valid() or form.cleaned_data["form_key"] is None:
        return redirect("appointments:waiting", entry_id)
    hold_id, form_key = form.cleaned_data["hold"], form.cleaned_data["form_key"]
    try:
        booking = waiting.take(entry=found, hold_id=hold_id, viewer=viewer, form_key=form_key, now=now)
    except Refusal as refusal:
        messages.error(request, " ".join(refusal_words.refusal_text(refusal, now)))
        return redirect("appointments:waiting", entry_id)
    messages.success(request, _("预约成功，请按时就诊。"))
    return redirect("appointments:booking", booking.pk)


@granted("booking")
@require_POST
def decline(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """The place goes to whoever is next; the person goes on waiting."""
    viewer, now = viewer_of(request), clock.now()
    found, form = waits.entry_for(viewer, entry_id), OfferForm(request.POST)
    declined = form.is_valid() and waiting.decline(
        entry=found, hold_id=form.cleaned_data["hold"], viewer=viewer, now=now
    )
    if declined:
        messages.success(request, _("这个号已让给下一位。您还在排队，等别的号。"))
    else:
        messages.info(request, _("这个号已经不再为您保留。"))
    return redirect("appointments:waiting", entry_id)


@granted("booking")
@require_POST
def leave(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Wait no more."""
    viewer, now = viewer_of(request), clock.now()
    waiting.leave(entry=waits.entry_for(viewer, entry_id), viewer=viewer, now=now)
    messages.success(request, _("已退出排队。"))
    return redirect("appointments:bookings")
