"""Showing once more who one is, with the password or a code by SMS; the second factors' pages are beside theirs."""

from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView, ReauthenticateView
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from foundation import clock
from residents import code_proof, documents
from residents.forms import say_plainly
from residents.messages_port import voice
from residents.models import Account
from residents.registration import second_secret


class ProveByPasswordView(ReauthenticateView):
    """The password once more."""


class CodeForm(forms.Form):
    """The six digits that arrived; where the phone is not one person's alone, the PIN or password as well."""

    code = forms.CharField(max_length=20)
    secret = forms.CharField(
        label=_("服务密码或登录密码"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("请输入服务密码或登录密码。")},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.account = request, cast(Account, request.user)
        say_plainly(self.fields["code"], _("验证码"), _("请输入短信里的6位验证码。"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}
        if not code_proof.needs_secret(self.account, clock.now()):
            del self.fields["secret"]

    def clean_code(self) -> str:
        code = documents.tidy(self.cleaned_data["code"])
        if not code_proof.take(self.request, self.account, code):
            raise ValidationError(_("验证码不正确、已过期或已用过。请看清短信，或重新获取。"))
        return code

    def clean_secret(self) -> str:
        # A code is used up by now: whoever guesses here needs another one for each guess.
        secret: str = self.cleaned_data["secret"]
        if "code" in self.cleaned_data and not second_secret.is_secret(self.account, secret):
            raise ValidationError(_("服务密码或登录密码不正确，请重新获取验证码再试。"))
        return secret


class ProveByCodeView(BaseReauthenticateView):
    """A code to one's own phone: asked for by one button, typed into the page that follows."""

    template_name = "account/reauthenticate_by_code.html"
    form_class = CodeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        given: dict[str, Any] = super().get_form_kwargs()
        return given | {"request": self.request}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "send" not in request.POST:
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        try:
            code_proof.send(
                request, cast(Account, request.user), by_voice=request.POST["send"] == "voice" and voice().available
            )
        except ValidationError as refusal:
            page: HttpResponse = self.render_to_response(
                self.get_context_data(form=CodeForm(request=request), refusal=refusal)
            )
            return page
        return redirect(request.get_full_path())

    def form_valid(self, form: forms.Form) -> HttpResponse:
        record_authentication(self.request, self.request.user, "code", reauthenticated=True)
        answer: HttpResponse = super().form_valid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"waits": code_proof.waits(self.request, clock.now()), "by_voice": voice().available}
