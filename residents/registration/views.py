"""Registering on line: who, a code to the phone, a password. Every page is the same whoever it is about."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.keys import uuid7
from foundation.middleware import own_transaction, reference_of
from residents import documents
from residents.access import address_of
from residents.lockout import Locked, Ticket
from residents.messages import send_code
from residents.messages_port import sms, voice
from residents.registration import codes, limits, pending, signing_up
from residents.registration.forms import ConfirmSignUpForm, SignUpForm
from residents.registration.signing_up import Registration
from residents.wording import moment

ERRAND = "registration"
page = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@own_transaction
@page
def sign_up(request: HttpRequest) -> HttpResponse:
    """Who one is, and a phone; the code goes to the phone that was typed, whatever is known about the number."""
    if not sms().available:
        return render(request, "account/signup_closed.html")
    form = SignUpForm(request.POST or None, by_voice=voice().available)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        if admitted(limits.phone_ticket(request, form.cleaned_data["phone"], now), form):
            _send(request, form, now)
            return redirect("account_signup_confirm")
    return render(request, "account/signup.html", {"form": form, "steps": _steps()})


@login_not_required
@own_transaction
@page
def confirm(request: HttpRequest) -> HttpResponse:
    """The code and a password; then always the same last page."""
    now = clock.now()
    facts = pending.kept(request, ERRAND, now)
    if facts is None:
        messages.warning(request, _("验证码已过期或已用过，请重新获取。"))
        return redirect("account_signup")
    form = ConfirmSignUpForm(request.POST or None, number=facts["number"], phone=facts["phone"])
    if request.method == "POST":
        if not tried(facts["nonce"], now):
            return start_again(request, ERRAND, "account_signup")
        right = is_code(documents.tidy(request.POST.get("code", "")), facts)
        if form.is_valid() and right:
            _register(request, facts, form.cleaned_data["password1"], now)
            return redirect("account_signup_done")
        if right:  # the five minutes are those of the code; choosing a password may take longer
            pending.keep(request, ERRAND, facts, pending.in_minutes(now, limits.ERRAND_MINUTES))
        elif "code" not in form.errors:
            form.add_error("code", _("验证码不正确，请看清短信里的6位数字。"))
    return render(request, "account/signup_confirm.html", {"form": form, "steps": _steps()})


@login_not_required
@own_transaction
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The same for everybody: taken down; sign in, or come to a counter."""
    return render(request, "account/signup_done.html")


def start_again(request: HttpRequest, errand: str, address: str) -> HttpResponse:
    """After five wrong codes: the right one is void as well."""
    pending.drop(request, errand)
    messages.error(request, _("验证码输错5次，已作废，请重新获取。"))
    return redirect(address)


def admitted(ticket: Ticket, form: Form, field: str | None = None) -> bool:
    """Take a ticket; False when there were too many tries, which the form then says, at `field` if it is given."""
    try:
        ticket.take()
    except Locked as locked:
        wait = _("操作太频繁了，请在%(time)s后再试。") % {"time": moment(locked.until)}
        form.add_error(field, ValidationError(wait, code="locked"))
        return False
    return True


def tried(nonce: str, now: datetime) -> bool:
    """Count a try with a code; False when there were too many."""
    try:
        limits.code_ticket(nonce, now).take()
    except Locked:
        return False
    return True


def is_code(typed: str, facts: pending.Kept) -> bool:
    """Whether the code is the one that was sent."""
    expected: str = facts["hash"]
    return codes.code_hash(typed, facts["nonce"]) == expected


def new_code(facts: pending.Kept) -> tuple[str, pending.Kept]:
    """A code for a phone, and what to keep of it."""
    code, nonce = codes.six_digits(), uuid7().hex
    return code, {**facts, "nonce": nonce, "hash": codes.code_hash(code, nonce)}


def _send(request: HttpRequest, form: SignUpForm, now: datetime) -> None:
    typed = form.cleaned_data
    said = {"name": typed["name"], "number": typed["number"], "phone": typed["phone"]}
    code, facts = new_code(said)
    send_code(purpose="registration", phone=typed["phone"], code=code, now=now, voice=typed.get("voice", False))
    pending.keep(request, ERRAND, facts, pending.in_minutes(now, limits.CODE_MINUTES))


def _register(request: HttpRequest, facts: pending.Kept, password: str, now: datetime) -> None:
    pending.drop(request, ERRAND)
    document = documents.read(facts["number"], timezone.localdate(now))
    registration = Registration(document=document, name=facts["name"], phone=facts["phone"])
    signing_up.register(registration, password, address_of(request), reference_of(request))


def _steps() -> list[str]:
    return [_("填写信息"), _("验证手机、设密码"), _("登记完成")]
