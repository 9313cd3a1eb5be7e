"""What is typed at the door, and the small forms of 我的. Shapes only; nothing here changes a row."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ChangePasswordForm,
    ConfirmLoginCodeForm,
    LoginForm,
    ReauthenticateForm,
    RequestLoginCodeForm,
    SetPasswordForm,
)
from allauth.core import context
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation import clock
from residents import devices, documents, idle, lockout, sign_in
from residents.models import Account
from residents.models.account import random_username
from residents.redirects import is_own_path

LONGEST_TYPED = 60  # 18 characters, and room for the blanks people put between them
PASSWORD_HINT = _("8个字符以上，一句您记得住的话也可以。不要用生日、手机号、证件号码或woaini1314这类常见密码。")


def document_field() -> forms.CharField:
    """The number of an identity document, forgiving about blanks and full-width digits."""
    return forms.CharField(
        label=_("证件号码"),
        help_text=_("居民身份证、港澳台居民居住证或外国人永久居留身份证上的18位号码"),
        max_length=LONGEST_TYPED,
        error_messages={
            "required": _("请输入证件号码。"),
            "max_length": _("证件号码应为18位，请核对。"),
        },
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


def read_document(typed: str) -> documents.Document:
    """The document typed; raises ValidationError naming the part that is wrong."""
    return documents.read(typed, timezone.localdate(clock.now()))


class SignInForm(LoginForm):
    """Document number and password. What allauth gets to see is the random username behind the number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = document_field()
        say_plainly(self.fields["password"], _("密码"), _("请输入密码。"))

    def clean_login(self) -> str:
        document = read_document(self.cleaned_data["login"])
        self.request.sign_in_key = document.index.hex()
        return sign_in.username_for(document)


class StaffSignInForm(LoginForm):
    """Username and password of a staff account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["login"]
        say_plainly(name, _("用户名"), _("请输入用户名。"))
        say_plainly(self.fields["password"], _("密码"), _("请输入密码。"))

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.user is not None and not self.user.is_staff:
            raise get_adapter().validation_error("username_password_mismatch")
        return cleaned


class SignInCodeForm(RequestLoginCodeForm):
    """Document number, for a code by SMS."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.clear()
        self.fields["number"] = document_field()
        self._user: Account | None = None

    def clean_number(self) -> None:
        document = read_document(self.cleaned_data["number"])
        account = sign_in.account_of(document)
        address, now = get_adapter().get_client_ip(context.request), clock.now()
        ticket = lockout.code_ticket(
            number=document.index.hex(),
            address=address,
            shared=idle.is_shared(address, now),
            device=devices.known_key(context.request, account.username if account else random_username()),
            now=now,
        )
        get_adapter().admit(ticket, "too_many_codes")
        self._user = sign_in.reachable(account)

    def clean(self) -> dict[str, Any]:
        # allauth keeps this word in the session where it would keep the phone.
        return {"phone": "registered"}


class ConfirmCodeForm(ConfirmLoginCodeForm):
    """The six digits that arrived."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        say_plainly(code, _("验证码"), _("请输入短信里的6位验证码。"))
        code.help_text = _("短信里的6位数字，5分钟内有效")
        code.widget.attrs |= {"inputmode": "numeric", "maxlength": "12"}

    def clean_code(self) -> str:
        self.cleaned_data["code"] = documents.tidy(self.cleaned_data["code"])
        return str(super().clean_code())


class ProvePasswordForm(ReauthenticateForm):
    """The present password, to show once more who one is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self.fields["password"], _("密码"), _("请输入密码。"))


class OwnPasswordForm(ChangePasswordForm):
    """A new password, with the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self.fields["oldpassword"], _("现在的密码"), _("请输入现在的密码。"))
        _name_new_passwords(self)

    def clean_oldpassword(self) -> str:
        # Counted like the same word at the door: an open page must not be a place to guess it.
        typed: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, typed):
            raise get_adapter().validation_error("enter_current_password")
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # A first password is known to whoever gave it out.
        if cleaned.get("password1") and cleaned.get("password1") == cleaned.get("oldpassword"):
            self.add_error("password1", forms.ValidationError(_("新密码不能和现在的一样，请换一个。"), code="same"))
        return cleaned


class FirstPasswordForm(SetPasswordForm):
    """A first password, for an account entered by code so far."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_new_passwords(self)


class DisplayForm(forms.Form):
    """Which look, and where to go back to."""

    mode = forms.ChoiceField(choices=Account.DisplayMode.choices)
    next = forms.CharField(required=False)

    def clean_next(self) -> str:
        wanted: str = self.cleaned_data["next"]
        return wanted if is_own_path(wanted) else ""


def _name_new_passwords(form: forms.Form) -> None:
    say_plainly(form.fields["password1"], _("新密码"), _("请输入新密码。"))
    form.fields["password1"].help_text = PASSWORD_HINT
    say_plainly(form.fields["password2"], _("再输入一次新密码"), _("请再输入一次新密码。"))


def say_plainly(field: forms.Field, label: Any, missing: Any) -> None:
    """Our words on one of allauth's fields: a label above it, no placeholder, and what is missing when it is empty."""
    field.label = label
    field.help_text = ""
    field.error_messages["required"] = missing
    field.widget.attrs.pop("placeholder", None)
