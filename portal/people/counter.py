"""窗口开通: the document in the reader, a person before one's eyes, and what their account needs.

Number and Enter, look at the card, confirm; then slip, card, name. Nothing of it depends on JavaScript.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from segno import make_qr

from appointments.claims import claimed_bookings, settle
from facilities.models import Facility
from facilities.roles import HELPERS
from foundation import clock
from health_education.activities import claims as activity_claims
from portal.people.counter_forms import CardForm, NameForm
from portal.people.doors import need, origin_of, workplaces
from residents import actions, documents, openings, presence
from residents.access import record_event, viewer_of
from residents.acting import Acting, act_for, acting_of, stop_acting
from residents.authorities.recognition import same_name
from residents.documents import Document
from residents.models import Identifier, Opening, Resident, Verification
from residents.presenters import masked_number, masked_phone
from residents.registration import codes, counter, pending

ERRAND = "counter"
MINUTES = timedelta(minutes=15)
MAY = "residents.view_presencecode"
page = require_http_methods(["GET", "HEAD", "POST"])


@page
@sensitive_post_parameters()
def card(request: HttpRequest) -> HttpResponse:
    """The box that the reader types into."""
    need(request, MAY)
    form = CardForm(request.POST or None, places=workplaces(*HELPERS))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        facts = {"number": said["card"], "name": said["name"], "manual": said["manual"]}
        pending.keep(request, ERRAND, {**facts, "place": str(said["facility"].pk)}, clock.now() + MINUTES)
        return redirect("staff:counter_check")
    return render(request, "portal/counter/card.html", {"form": form})


@page
def check(request: HttpRequest) -> HttpResponse:
    """Do card and person agree? Only then is anybody looked up, and the person hears of it."""
    need(request, MAY)
    facts, document = _read(request)
    if facts is None or document is None or not _is_compared(request, document):
        return _again(request)
    if request.method == "POST":
        return _open(request, facts, document)
    place = Facility.objects.get(pk=facts["place"])
    context = {"document": document, "name": facts["name"], "manual": facts["manual"], "place": place}
    context["card"] = _card(document)
    return render(request, "portal/counter/check.html", context)


@page
def new(request: HttpRequest) -> HttpResponse:
    """Nobody has this number: a person is made from the card."""
    need(request, MAY)
    facts, document = _read(request)
    if facts is None or document is None or not facts.get("agrees") or not _is_compared(request, document):
        return _again(request)
    form = NameForm(request.POST or None, initial={"name": facts["name"]})
    form.fields["name"].widget.attrs["autofocus"] = True
    if request.method == "POST" and form.is_valid():
        counter.create(document=document, name=form.cleaned_data["name"], facility_id=UUID(facts["place"]))
        answer = _open(request, {**facts, "name": form.cleaned_data["name"]}, document)
        if acting_of(request):
            record_event(viewer=viewer_of(request), action="residents.registered_at_counter", now=clock.now())
        return answer
    return render(request, "portal/counter/new.html", {"form": form, "document": document, "card": _card(document)})


@require_safe
def person(request: HttpRequest) -> HttpResponse:
    """Who stands here, whether they have an account, who else registered with the number, and what can be done."""
    need(request, MAY)
    acting = at_counter(request)
    if acting is None:
        return _again(request)
    return render(request, "portal/counter/person.html", _facts(request, acting, clock.now()))


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Print a slip with an activation code; what opened the account until now ends. Or agree to a colleague's."""
    need(request, MAY)
    acting = at_counter(request)
    if acting is None:
        return _again(request)
    if "witness" in request.POST:
        return _witness(request, acting)
    now, known = clock.now(), counter.facts(acting.resident_id)
    if known and known.login and "agreed" not in request.POST:
        messages.error(request, _("请先告诉本人：原来的密码、手机和登录都会失效，再勾选。"))
        return redirect("staff:counter_person")
    by_card = not _card_facts(request, acting, now)["manual"]
    try:
        code, until = counter.issue_activation(acting.resident_id, by_card=by_card, now=now, origin=origin_of(request))
    except counter.NeedsColleague:
        messages.error(
            request,
            _(
                "没有读卡、手工输入号码的，要重新开通已有的账号，或者本人没有登记过手机，都需要两个人：请同事用自己的账号也在“窗口开通”核对一次这位居民的证件，"
                "点“我也核对过，同意同事打印”，您再打印。有读卡器的请用读卡器。"
            ),
        )
        return redirect("staff:counter_person")
    except counter.Refused:
        messages.error(request, _("现在不能打印激活码：本人未满14周岁、号码还没有接管，或者窗口办理已经结束。"))
        return redirect("staff:counter_person")
    address = settings.PUBLIC_URL.rstrip("/") + reverse("account_activate")
    context = {"code": codes.in_fours(code), "address": address, "qr": _qr(address), "level": 3 if by_card else 2}
    return _print(request, "portal/counter/slip.html", acting, until, context)


def _witness(request: HttpRequest, acting: Acting) -> HttpResponse:
    """A colleague prints without a card read: this one compared card and person too."""
    if not counter.witness(acting.resident_id, origin_of(request)):
        return _again(request)
    messages.success(request, _("已记下：您也核对过本人和证件。请停在这一页，等同事打印好再点“办完了”。"))
    return redirect("staff:counter_person")


@require_POST
def assist_card(request: HttpRequest) -> HttpResponse:
    """Print a 帮办卡 for somebody without a smartphone; an earlier one is void."""
    need(request, MAY)
    acting = at_counter(request)
    if acting is None or acting.facility_id is None:
        return _again(request)
    now = clock.now()
    try:
        code, until = counter.issue_card(acting.resident_id, facility_id=acting.facility_id, now=now)
    except counter.Refused:
        return _again(request)
    record_event(viewer=viewer_of(request), action="residents.issued_card", now=now)
    context = {"code": presence.grouped(code), "qr": _qr(code)}
    return _print(request, "portal/counter/assist_card.html", acting, until, context)


@require_POST
def take_over(request: HttpRequest) -> HttpResponse:
    """The number belongs to whoever has the document: close the claim, keep or give up what it had booked."""
    need(request, MAY)
    acting = at_counter(request)
    if acting is None:
        return _again(request)
    with transaction.atomic():
        for booking in claimed_bookings(acting.resident_id):
            settle(acting.resident_id, booking.id, keep=request.POST.get(f"booking-{booking.id}") == "keep")
        for signup in activity_claims.claimed_signups(acting.resident_id):
            keep = request.POST.get(f"signup-{signup.id}") == "keep"
            activity_claims.settle(acting.resident_id, signup.id, keep=keep)
        counter.take_number_over(acting.resident_id, origin_of(request))
    messages.success(request, _("号码已接管：网上登记的账号已停用，它的爽约记录不算在本人头上。"))
    return redirect("staff:counter_person")


@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    """The name on the card takes the place of the one on file."""
    need(request, MAY)
    acting = at_counter(request)
    if acting is None:
        return _again(request)
    form = NameForm(request.POST)
    if form.is_valid() and counter.rename(acting.resident_id, form.cleaned_data["name"], origin_of(request)):
        messages.success(request, _("姓名已按证件更改。请再打印激活码，让本人重新设密码。"))
    else:
        messages.error(request, _("请按证件输入姓名。"))
    return redirect("staff:counter_person")


@require_POST
def alive(request: HttpRequest) -> HttpResponse:
    """The person stands here: ask that a death entered by mistake be taken back; a manager who did not ask decides."""
    need(request, MAY)
    acting = at_counter(request)
    if acting is None:
        return _again(request)
    if counter.undo_death(acting.resident_id, origin_of(request)):
        messages.success(request, _("已提交。请另一位机构负责人在“登记去世”里复核，复核后再打印激活码。"))
    else:
        messages.error(request, _("更正已经提交过了，正在等负责人复核。"))
    return redirect("staff:counter_person")


@require_POST
def done(request: HttpRequest) -> HttpResponse:
    """Next, please."""
    need(request, MAY)
    if (acting := at_counter(request)) and acting.opening_id:
        actions.close_opening(acting.opening_id)
        stop_acting(request)
    pending.drop(request, ERRAND)
    return redirect("staff:counter")


def at_counter(request: HttpRequest) -> Acting | None:
    """The person this session has opened at the counter, while it lasts."""
    acting = acting_of(request)
    return acting if acting and acting.capacity == Opening.Kind.COUNTER else None


def _read(request: HttpRequest) -> tuple[pending.Kept | None, Document | None]:
    now = clock.now()
    facts = pending.kept(request, ERRAND, now)
    return facts, documents.read(facts["number"], timezone.localdate(now)) if facts else None


def _card(document: Document) -> str:
    """A mark of a document for the forms of its pages; it says nothing of the number."""
    return salted_hmac("counter.card", document.index.hex()).hexdigest()[:16]


def _is_compared(request: HttpRequest, document: Document) -> bool:
    """Whether a form comes from a page about this document: another tab may have read the next one meanwhile."""
    return request.POST.get("card", _card(document)) == _card(document)


def _again(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("窗口办理已经结束，请重新读卡。"))
    return redirect("staff:counter")


def _open(request: HttpRequest, facts: pending.Kept, document: Document) -> HttpResponse:
    pending.keep(request, ERRAND, {**facts, "agrees": True}, clock.now() + MINUTES)
    try:
        opened = openings.open_at_the_counter(
            document=document, facility_id=UUID(facts["place"]), origin=origin_of(request)
        )
    except openings.NotOpened:
        return redirect("staff:counter_new")
    pending.keep(request, ERRAND, {**facts, "opening": str(opened)}, clock.now() + MINUTES)
    act_for(request, Opening.objects.get(pk=opened).resident_id, opened)
    return redirect("staff:counter_person")


def _card_facts(request: HttpRequest, acting: Acting, now: datetime) -> pending.Kept:
    """What the reader said of the person who is open; a card read since for somebody else proves nothing of them."""
    facts = pending.kept(request, ERRAND, now)
    if facts is None or facts.get("opening") != str(acting.opening_id):
        return {"name": "", "manual": True}
    return facts


def _facts(request: HttpRequest, acting: Acting, now: datetime) -> dict[str, Any]:
    resident = Resident.objects.get(pk=acting.resident_id)
    kept = _card_facts(request, acting, now)
    known = counter.facts(acting.resident_id)
    papers = Identifier.objects.filter(resident_id=resident.pk, claimed=False).order_by("created_at")[:5]
    return {
        "resident": resident,
        "numbers": [(paper.get_kind_display(), masked_number(paper.value)) for paper in papers],
        "known": known,
        "level": Verification.Level(known.level).label if known and known.level else "",
        "phone": masked_phone(known.phone) if known and known.phone else "",
        "claims": counter.claims(acting.resident_id),
        "bookings": claimed_bookings(acting.resident_id),
        "signups": activity_claims.claimed_signups(acting.resident_id),
        "by_card": not kept["manual"],
        "takes_two": known is not None and counter.takes_two(known, resident, now),
        "other_name": kept["name"] if kept["name"] and not same_name(kept["name"], resident.name) else "",
        "name_form": NameForm(initial={"name": kept["name"]}),
    }


def short(name: str) -> str:
    """A name as it is printed on what may be lost: first and last character (domain facts, section B5)."""
    return name[:1] + "*" + (name[-1:] if len(name) > 2 else "")


def _print(request: HttpRequest, template: str, acting: Acting, until: datetime, more: dict[str, Any]) -> HttpResponse:
    place = get_object_or_404(Facility, pk=acting.facility_id)
    common = {"name": short(acting.name), "place": place, "until": until, "now": clock.now()}
    return render(request, template, common | more)


def _qr(text: str) -> str:
    return str(make_qr(text, error="m").svg_data_uri(scale=4, border=2))
