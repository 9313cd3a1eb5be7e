"""帮办: the resident is present and says so with a card or a code; the helper does what was asked, for some minutes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from appointments.models import Booking
from facilities.roles import HELPERS
from foundation import clock
from foundation.dated import setting
from portal.people.assist_forms import SendCodeForm
from portal.people.doors import enter, need, origin_of, workplaces
from portal.people.forms import TASKS, AssistForm
from residents import helper_codes, lockout, openings
from residents.access import record_event, viewer_of
from residents.acting import Acting, acting_of
from residents.messages_port import sms, voice
from residents.models import AccessEvent, Account, Opening
from residents.presenters import Words, action_words
from residents.wording import moment

SENT = gettext_lazy(
    "如果这位居民登记过自己的手机，帮办码几秒钟后就到。请居民念给您听。没有收到的，请用帮办卡，或到窗口核对证件办理。"
)
# Pages on the way to an act; the person's own access log names them all.
UNSAID = frozenset({"appointments.read_bookings", "appointments.read_booking", "residents.printed_slip"})


@dataclass(frozen=True)
class Act:
    """One thing that was done."""

    at: datetime
    what: Words


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def assist(request: HttpRequest) -> HttpResponse:
    """Card or code, and what is to be done; a code that does not fit is written down and soon has to wait."""
    helper = need(request, "residents.view_presencecode")
    places = workplaces(*HELPERS)
    if "send" in request.POST:
        return _send_code(request, helper, places)
    form = AssistForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            opened = openings.open_assisted(
                code=form.cleaned_data["code"],
                facility_id=form.cleaned_data["facility"].pk,
                tasks=form.cleaned_data["tasks"],
                origin=origin_of(request),
            )
        except openings.NotOpened as refusal:
            form.add_error("code", str(refusal))
        else:
            return enter(request, opened)
    return _page(request, form, SendCodeForm(places=places))


def _page(request: HttpRequest, form: AssistForm, sending: SendCodeForm) -> HttpResponse:
    context = {
        "form": form,
        "minutes": setting("access.assisted_minutes", clock.now()),
        "sending": sending if sms().available else None,
        "by_voice": voice().available,
    }
    return render(request, "portal/people/assist.html", context)


def _send_code(request: HttpRequest, helper: Account, places: list[UUID]) -> HttpResponse:
    """Send a code to the phone of the resident at the desk; the answer is the same whether or not there is one."""
    form = SendCodeForm(request.POST, places=places)
    if not form.is_valid() or form.document is None or not sms().available:
        return _page(request, AssistForm(places=places), form)
    try:
        helper_codes.send(
            document=form.document,
            facility_id=form.cleaned_data["facility"].pk,
            helper=helper.pk,
            by_voice=request.POST["send"] == "voice" and voice().available,
            now=clock.now(),
            origin=origin_of(request),
        )
    except lockout.Locked as locked:
        later = {"time": moment(locked.until)}
        form.add_error("number", _("帮办码要得太频繁了，请在%(time)s后再试，或请居民用帮办卡。") % later)
        return _page(request, AssistForm(places=places), form)
    messages.success(request, SENT)
    return redirect("staff:assist")


@require_safe
def assisting(request: HttpRequest) -> HttpResponse:
    """What can be done now for the person who is present: only the tasks that were agreed on."""
    acting = acting_of(request)
    if acting is None or acting.capacity != Opening.Kind.ASSISTED:
        messages.info(request, _("现在没有正在进行的帮办。"))
        return redirect("staff:assist")
    tasks = [(task, label) for task, label in TASKS if task in acting.tasks]
    return render(request, "portal/people/assisting.html", {"tasks": tasks, "acts": acts_of(request, acting)})


@require_safe
def slip(request: HttpRequest) -> HttpResponse:
    """The printed slip: every act of this opening, and the queue numbers. Gone when the opening is over."""
    acting = acting_of(request)
    if acting is None or acting.opening_id is None:
        messages.info(request, _("帮办已经结束，凭条不能再打开；居民可以在访问记录里看到每一步。"))
        return redirect("staff:assist")
    now = clock.now()
    opening = get_object_or_404(Opening.objects.select_related("facility"), pk=acting.opening_id)
    record_event(viewer=viewer_of(request), action="residents.printed_slip", now=now, subject=opening)
    context = {
        "opening": opening,
        "acts": acts_of(request, acting),
        "bookings": booked_in(opening),
        "now": now,
    }
    return render(request, "portal/people/slip.html", context)


def acts_of(request: HttpRequest, acting: Acting) -> list[Act]:
    """What was done in this opening, from the access log itself; the events are the helper's own."""
    account = request.user
    if not isinstance(account, Account):
        raise PermissionDenied
    own = AccessEvent.objects.filter(actor_id=account.pk, opening_id=acting.opening_id).order_by("at", "id")
    return [Act(event.at, action_words(event.action)) for event in own if event.action not in UNSAID]


def booked_in(opening: Opening) -> list[Booking]:
    """The bookings made or cancelled in this opening, as they are now."""
    done = AccessEvent.objects.filter(
        opening_id=opening.pk, action__in=["appointments.booked", "appointments.cancelled"]
    )
    keys: set[UUID] = {UUID(event.subject_id) for event in done}
    mine = Booking.objects.filter(pk__in=keys, resident_id=opening.resident_id)
    return list(mine.with_everything().order_by("slot__starts_at"))
