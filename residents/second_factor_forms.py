"""What is typed or signed for a second factor, on allauth's forms with our limits and words."""

import json
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from foundation import clock
from residents import documents, idle, lockout, second_factors
from residents.forms import say_plainly


def _admitted(account: Any) -> lockout.Ticket:
    """One try counted; raises ValidationError when there were too many."""
    adapter, now = account_adapter(), clock.now()
    address = adapter.get_client_ip(context.request)
    ticket = lockout.factor_ticket(
        account=str(account.pk), address=address, shared=idle.is_shared(address, now), now=now
    )
    admitted: lockout.Ticket = adapter.admit(ticket)
    return admitted


def _wrong() -> forms.ValidationError:
    return forms.ValidationError(second_factors.MFAAdapter.error_messages["incorrect_code"], "incorrect_code")


def _six_digits(field: forms.Field, label: Any) -> None:
    say_plainly(field, label, _("请输入验证码。"))
    field.widget.attrs |= {"inputmode": "numeric", "maxlength": "20", "autocomplete": "one-time-code"}


class _Decoder(json.JSONDecoder):
    """JSON that no authenticator writes (numbers without end, brackets without end) is wrong JSON, not a fault."""

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except (ValueError, RecursionError) as trouble:
            raise json.JSONDecodeError("no credential", "", 0) from trouble


class _Credential:
    """What a passkey signed, as the browser sends it; in any other shape it is no code that fits."""

    fields: dict[str, Any]
    shape: type[RegistrationResponse] | type[AuthenticationResponse] = AuthenticationResponse

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].decoder = _Decoder
        self.fields["credential"].validators.append(self._in_shape)

    def _in_shape(self, value: Any) -> None:
        try:
            self.shape.from_dict(value)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as trouble:
            raise _wrong() from trouble


class _OneTimeCode:
    """The code of an authenticator app, or a recovery code; each is taken once."""

    cleaned_data: dict[str, Any]
    fields: dict[str, Any]
    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _six_digits(self.fields["code"], _("动态码或恢复码"))

    def clean_code(self) -> str:
        code = documents.tidy(self.cleaned_data["code"])
        ticket = _admitted(self.user)
        factor = second_factors.matching(self.user, code)
        if factor is None:
            raise _wrong()
        ticket.give_back()
        self.authenticator = factor
        return code


class SecondStepForm(_OneTimeCode, AuthenticateForm):
    """After the password: the second step of signing in."""


class ProveCodeForm(_OneTimeCode, ReauthenticateForm):
    """Within a session: to show once more who one is."""


class SetUpAppForm(ActivateTOTPForm):
    """The first code of a new authenticator app shows that it was set up right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _six_digits(self.fields["code"], _("应用里显示的6位动态码"))

    def clean_code(self) -> str:
        code = documents.tidy(self.cleaned_data["code"])
        ticket = _admitted(self.user)
        self.counter = second_factors.counter_of(self.secret, code)
        if self.counter is None:
            raise _wrong()
        ticket.give_back()
        return code


class SecondStepPasskeyForm(_Credential, AuthenticateWebAuthnForm):
    """After the password: the second step of signing in, by passkey."""


class PasskeySignInForm(_Credential, LoginWebAuthnForm):
    """Signing in by passkey alone."""


class ProveByPasskeyForm(_Credential, ReauthenticateWebAuthnForm):
    """Within a session: to show once more who one is, by passkey."""


class AddPasskeyForm(_Credential, AddWebAuthnForm):
    """A passkey and the name by which its owner will know it; always one that signs in by itself."""

    shape = RegistrationResponse

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"] = forms.BooleanField(required=False, widget=forms.HiddenInput, initial=True)
        self.fields["name"].max_length = 60
        say_plainly(self.fields["name"], _("给它起个名字"), "")
        self.fields["name"].help_text = _("例如“我的手机”，以后好认。")
        self.fields["credential"].error_messages["required"] = _("没有收到通行密钥，请再试一次。")

    def clean_passwordless(self) -> bool:
        return True


class RenamePasskeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 60
        say_plainly(self.fields["name"], _("名字"), _("请输入名字。"))
