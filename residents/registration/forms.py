"""What is typed while registering, activating, and about one's phone. Shapes only."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.dated import setting
from residents import documents, passwords
from residents.ages import age_on
from residents.forms import PASSWORD_HINT, document_field, read_document
from residents.phones import read_phone
from residents.registration import codes

CHILD = "delegation.consent_age"


def phone_field(label: Any, required: bool = True) -> forms.CharField:
    """A mobile number, forgiving about blanks and +86."""
    return forms.CharField(
        label=label,
        max_length=30,
        required=required,
        error_messages={"required": _("请输入手机号。")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )


class NewPassword(forms.Form):
    """A new password, twice."""

    password1 = forms.CharField(
        label=_("设一个密码"),
        help_text=PASSWORD_HINT,
        strip=False,
        max_length=128,
        error_messages={"required": _("请输入密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("再输入一次密码"),
        strip=False,
        max_length=128,
        error_messages={"required": _("请再输入一次密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, number: str = "", phone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.papers = (number, phone)

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password)
        # There is no account yet whose papers the validators could ask.
        passwords.refuse_parts(password, passwords.told_by(*self.papers))
        return password

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", ValidationError(_("两次输入的密码不一样，请重新输入。"), code="mismatch"))
        return cleaned


class SignUpForm(forms.Form):
    """Who somebody says they are, and a phone they hold."""

    name = forms.CharField(
        label=_("姓名"),
        help_text=_("与证件上的姓名一样"),
        max_length=50,
        error_messages={"required": _("请输入姓名。")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    number = document_field()
    phone = phone_field(_("手机号"))
    voice = forms.BooleanField(label=_("打电话念给我听（收不到或看不清短信时）"), required=False)

    def __init__(self, *args: Any, by_voice: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document: documents.Document | None = None
        if not by_voice:
            del self.fields["voice"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if len(name) < 2 or any(character.isdigit() for character in name):
            raise ValidationError(_("请输入证件上的姓名。"), code="name")
        return name

    def clean_number(self) -> str:
        self.document = read_document(self.cleaned_data["number"])
        now = clock.now()
        if age_on(self.document.birth_date, timezone.localdate(now)) < setting(CHILD, now):
            raise ValidationError(
                _("未满14周岁的孩子不能自己注册，请父母或其他监护人登录后添加，或到窗口办理。"),
                code="child",
            )
        return self.document.number

    def clean_phone(self) -> str:
        return read_phone(self.cleaned_data["phone"])


class CodeForm(forms.Form):
    """A code that arrived."""

    code = forms.CharField(
        label=_("验证码"),
        help_text=_("短信里的6位数字，5分钟内有效"),
        max_length=20,
        error_messages={"required": _("请输入短信里的6位验证码。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def clean_code(self) -> str:
        return documents.tidy(self.cleaned_data["code"])


class ConfirmSignUpForm(CodeForm, NewPassword):
    """The code that arrived, and a password."""

    field_order = ("code", "password1", "password2")


class ActivateForm(forms.Form):
    """The number of the document, and the code on the slip."""

    number = document_field()
    code = forms.CharField(
        label=_("激活码"),
        help_text=_("窗口给您的纸条上的8个字符，大小写都可以"),
        max_length=40,
        error_messages={"required": _("请输入激活码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document: documents.Document | None = None

    def clean_number(self) -> str:
        self.document = read_document(self.cleaned_data["number"])
        return self.document.number

    def clean_code(self) -> str:
        return codes.tidy(self.cleaned_data["code"])


class FirstSecretsForm(NewPassword):
    """A password for an account that is activated, and a phone if there is one."""

    phone = phone_field(_("手机号"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("有手机就填上，以后可以收预约提醒、用验证码登录。没有可以不填。")

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        return read_phone(typed) if typed.strip() else ""


class PhoneForm(forms.Form):
    """A new number."""

    phone = phone_field(_("新的手机号"))

    def clean_phone(self) -> str:
        return read_phone(self.cleaned_data["phone"])


class PinForm(forms.Form):
    """Six digits or more, twice."""

    pin = forms.CharField(
        label=_("服务密码"),
        help_text=_("6到12位数字，不要用生日、手机号、123456或6个一样的数字"),
        max_length=20,
        error_messages={"required": _("请输入6到12位数字。")},
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label=_("再输入一次"),
        max_length=20,
        error_messages={"required": _("请再输入一次。")},
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, known: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean_pin(self) -> str:
        pin = documents.tidy(self.cleaned_data["pin"])
        if not (pin.isascii() and pin.isdigit() and 6 <= len(pin) <= 12):
            raise ValidationError(_("服务密码应为6到12位数字。"), code="shape")
        if is_trivial(pin, self.known):
            raise ValidationError(_("这个服务密码太容易猜到，请换一个。"), code="trivial")
        return pin

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("pin") and documents.tidy(cleaned.get("again", "")) != cleaned["pin"]:
            self.add_error("again", ValidationError(_("两次输入的不一样，请重新输入。"), code="mismatch"))
        return cleaned


class SecretForm(forms.Form):
    """What is asked for after a code: the PIN or the password."""

    secret = forms.CharField(
        label=_("服务密码或登录密码"),
        strip=False,
        max_length=128,
        error_messages={"required": _("请输入服务密码或登录密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def is_trivial(pin: str, known: str) -> bool:
    """Whether a PIN is guessed first: one digit, a run, halves alike, or part of what is known of the person."""
    steps = {(int(b) - int(a)) % 10 for a, b in zip(pin, pin[1:], strict=False)}
    half = len(pin) // 2
    return (
        len(set(pin)) <= 2
        or steps in ({1}, {9})
        or pin[:half] == pin[half:]
        or any(pin[start : start + 6] in known for start in range(len(pin) - 5))
    )
