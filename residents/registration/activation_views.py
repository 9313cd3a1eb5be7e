"""Activating with a slip: number and code, a password, and a phone if there is one. Nobody is signed in by it."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.middleware import own_transaction, reference_of
from residents.access import address_of
from residents.messages import send_code
from residents.messages_port import sms
from residents.registration import activating, limits, pending
from residents.registration.activating import Activation
from residents.registration.forms import ActivateForm, CodeForm, FirstSecretsForm
from residents.registration.views import admitted, is_code, new_code, page, start_again, tried

ERRAND = "activation"
WRONG = gettext_lazy("证件号码或激活码不对，或者激活码已用过、已过期。请对着纸条核对；还不行就到窗口重新打印。")


@login_not_required
@own_transaction
@page
def activate(request: HttpRequest) -> HttpResponse:
    """Number and code; whatever does not fit gets one answer."""
    form = ActivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.document is not None:
        now = clock.now()
        if admitted(limits.activation_ticket(request, form.document.index, now), form):
            code = form.cleaned_data["code"]
            found = activating.fitting(form.document, code, address_of(request), reference_of(request))
            if found is not None:
                kept = {**found.facts(), "number": form.document.number}
                pending.keep(request, ERRAND, kept, pending.in_minutes(now, limits.ERRAND_MINUTES))
                return redirect("account_activate_secrets")
            form.add_error(None, WRONG)
    return render(request, "account/activate.html", {"form": form, "steps": steps()})


@login_not_required
@own_transaction
@page
def secrets(request: HttpRequest) -> HttpResponse:
    """A password, and a phone if there is one."""
    now = clock.now()
    facts = pending.kept(request, ERRAND, now)
    if facts is None:
        return _over(request)
    form = FirstSecretsForm(request.POST or None, number=facts["number"])
    if not sms().available:
        del form.fields["phone"]
    if request.method == "POST" and form.is_valid():
        hashed, phone = make_password(form.cleaned_data["password1"]), form.cleaned_data.get("phone", "")
        if not phone:
            return _finish(request, facts, hashed, "", now)
        if admitted(limits.phone_ticket(request, phone, now), form, "phone"):
            _send(request, {**facts, "hashed": hashed, "phone": phone}, now)
            return redirect("account_activate_phone")
    return render(request, "account/activate_secrets.html", {"form": form, "steps": steps()})


@login_not_required
@own_transaction
@page
def phone(request: HttpRequest) -> HttpResponse:
    """The code that arrived at the phone, or going on without a phone."""
    now = clock.now()
    facts = pending.kept(request, ERRAND, now)
    if facts is None or "hash" not in facts:
        return _over(request)
    if request.method == "POST" and "without" in request.POST:
        return _finish(request, facts, facts["hashed"], "", now)
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        if not tried(facts["nonce"], now):
            return start_again(request, ERRAND, "account_activate")
        if form.is_valid():
            if now.timestamp() < facts["code_until"] and is_code(form.cleaned_data["code"], facts):
                return _finish(request, facts, facts["hashed"], facts["phone"], now)
            form.add_error("code", _("验证码不正确，请看清短信里的6位数字。"))
    return render(request, "account/activate_phone.html", {"form": form, "steps": steps()})


def steps() -> list[str]:
    """The pages of the errand."""
    return [_("输入激活码"), _("设密码"), _("去登录")]


def _send(request: HttpRequest, said: pending.Kept, now: datetime) -> None:
    # The slip's errand lasts longer than the code that is sent on the way.
    code, facts = new_code({**said, "code_until": pending.in_minutes(now, limits.CODE_MINUTES).timestamp()})
    send_code(purpose="registration", phone=said["phone"], code=code, now=now)
    pending.keep(request, ERRAND, facts, pending.in_minutes(now, limits.ERRAND_MINUTES))


def _finish(request: HttpRequest, facts: pending.Kept, hashed: str, phone: str, now: datetime) -> HttpResponse:
    pending.drop(request, ERRAND)
    activation = Activation.of(facts)
    if not activating.activate(activation, hashed, phone, now, address_of(request), reference_of(request)):
        messages.error(request, _("激活码刚刚被用过或已作废，请到窗口重新打印。"))
        return redirect("account_activate")
    messages.success(request, _("账号已开通。请用证件号码和刚设的密码登录。"))
    return redirect("account_login")


def _over(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("时间过长，请重新输入激活码。激活码还能用。"))
    return redirect("account_activate")
