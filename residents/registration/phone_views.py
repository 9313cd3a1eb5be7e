"""A new phone, a PIN, and the question after a code where the phone alone is not enough."""

from datetime import datetime

from allauth.account.stages import LoginStageController
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from foundation import clock
from foundation.middleware import own_transaction
from residents import actions
from residents.access import address_of, own_viewer_of
from residents.idle import is_shared as is_shared_line
from residents.lockout import factor_ticket
from residents.messages import send_code
from residents.messages_port import sms
from residents.models import Account, Resident
from residents.proving import needs_recent_proof
from residents.registration import changing, limits, pending, second_secret
from residents.registration.forms import CodeForm, PhoneForm, PinForm, SecretForm
from residents.registration.views import admitted, is_code, new_code, page, start_again, tried

ERRAND = "phone_change"


@own_transaction
@page
@needs_recent_proof()
def change(request: HttpRequest) -> HttpResponse:
    """The new number; a code goes there, whoever else uses it."""
    own_viewer_of(request)
    if not sms().available:
        raise Http404
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now, phone = clock.now(), form.cleaned_data["phone"]
        if admitted(limits.phone_ticket(request, phone, now), form, "phone"):
            _send(request, phone, now)
            return redirect("residents:phone_confirm")
    return render(request, "residents/registration/phone.html", {"form": form})


@own_transaction
@page
@needs_recent_proof()
def confirm(request: HttpRequest) -> HttpResponse:
    """The code from the new phone; the old one hears of the change."""
    own_viewer_of(request)
    account, now = request.user, clock.now()
    facts = pending.kept(request, ERRAND, now)
    if facts is None or not isinstance(account, Account) or facts["account"] != str(account.pk):
        messages.warning(request, _("验证码已过期或已用过，请重新获取。"))
        return redirect("residents:phone")
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        if not tried(facts["nonce"], now):
            return start_again(request, ERRAND, "residents:phone")
        if form.is_valid():
            if is_code(form.cleaned_data["code"], facts):
                return _changed(request, account, facts["phone"], now)
            form.add_error("code", _("验证码不正确，请看清短信里的6位数字。"))
    return render(request, "residents/registration/phone_confirm.html", {"form": form})


@page
@needs_recent_proof()
def pin(request: HttpRequest) -> HttpResponse:
    """Set or change the PIN."""
    viewer, account = own_viewer_of(request), request.user
    assert isinstance(account, Account)
    born = Resident.objects.values_list("birth_date", flat=True).get(pk=viewer.resident_id)
    form = PinForm(request.POST or None, known=f"{born:%Y%m%d} {born:%y%m%d} {account.phone or ''}")
    if request.method == "POST" and form.is_valid():
        second_secret.set_pin(account, form.cleaned_data["pin"])
        actions.end_other_sessions(account=account, keep=request.session.session_key)
        address = address_of(request)
        actions.record_own_deed(
            account=account, action="residents.changed_pin", request=request, address=address, now=clock.now()
        )
        messages.success(request, _("服务密码已设好。用短信验证码登录时，系统可能会再问您这个密码。"))
        return redirect("residents:me")
    return render(request, "residents/registration/pin.html", {"form": form, "has_pin": bool(account.pin)})


@login_not_required
@own_transaction
@page
def second(request: HttpRequest) -> HttpResponse:
    """After the code: the PIN or the password, counted like any other word."""
    stage = LoginStageController.enter(request, second_secret.SecondSecretStage.key)
    account = stage.login.user if stage else None
    if stage is None or not isinstance(account, Account):
        return redirect("account_login")
    form, now = SecretForm(request.POST or None), clock.now()
    if request.method == "POST" and form.is_valid():
        address = address_of(request)
        ticket = factor_ticket(account=str(account.pk), address=address, shared=is_shared_line(address, now), now=now)
        if admitted(ticket, form):
            if second_secret.is_secret(account, form.cleaned_data["secret"]):
                ticket.give_back()
                second_secret.renew(account, now)
                answer: HttpResponse = stage.exit()
                return answer
            form.add_error("secret", _("服务密码或登录密码不正确。"))
    context = {"form": form, "possible": second_secret.has_secret(account)}
    return render(request, "account/second_secret.html", context)


def _send(request: HttpRequest, phone: str, now: datetime) -> None:
    code, facts = new_code({"phone": phone, "account": str(request.user.pk)})
    send_code(purpose="phone_change", phone=phone, code=code, now=now)
    pending.keep(request, ERRAND, facts, pending.in_minutes(now, limits.CODE_MINUTES))


def _changed(request: HttpRequest, account: Account, phone: str, now: datetime) -> HttpResponse:
    pending.drop(request, ERRAND)
    changing.change_phone(account=account, phone=phone, request=request, address=address_of(request), now=now)
    messages.success(request, _("手机号已更改。以后的短信发到新号码，旧号码会收到一条提醒。"))
    return redirect("residents:me" if second_secret.has_secret(account) else "residents:pin")
