"""The page for the code that security hands over, in front of the pages that set up a first second factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from foundation import clock
from residents import enrolment, idle, lockout
from residents.models import Account
from residents.second_factors import has_second_factor

View = Callable[..., HttpResponse]


class HandedCodeForm(forms.Form):
    """The sixteen characters on the slip."""

    code = forms.CharField(
        label=_("登记码"),
        help_text=_("安全管理员当面交给您的纸条上的16位字符。"),
        max_length=40,
        error_messages={"required": _("请输入纸条上的登记码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_code(self) -> str:
        """The code, used up; each try is counted like one with a second factor."""
        account, now, adapter = self.request.user, clock.now(), get_adapter()
        assert isinstance(account, Account)
        address = adapter.get_client_ip(self.request)
        shared = idle.is_shared(address, now)
        adapter.admit(lockout.factor_ticket(account=str(account.pk), address=address, shared=shared, now=now))
        typed = str(self.cleaned_data["code"])
        if not enrolment.take(account, typed, now):
            raise forms.ValidationError(_("登记码不对、已经用过或者已过期。请找安全管理员重新打印一张。"), code="wrong")
        return typed


def needs_handed_code(view: View) -> View:
    """Let a staff member set up a first second factor only in a session that showed the code, where one is due."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = request.user
        if not isinstance(account, Account) or not enrolment.is_due(account):
            return view(request, *args, **kwargs)
        if request.session.get(enrolment.SHOWN) != str(account.pk):
            return redirect("mfa_enrol")
        answer = view(request, *args, **kwargs)
        if has_second_factor(account):
            request.session.pop(enrolment.SHOWN, None)
            enrolment.finish(account)
        return answer

    return inner


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def enrol(request: HttpRequest) -> HttpResponse:
    """Type the code; then the first second factor is set up, in this session."""
    account = request.user
    if not isinstance(account, Account) or not enrolment.is_due(account):
        return redirect("mfa_index")
    form = HandedCodeForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        request.session[enrolment.SHOWN] = str(account.pk)
        return redirect("mfa_index")
    return render(request, "mfa/enrol.html", {"form": form})
