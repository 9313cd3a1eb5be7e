"""A secret as it is typed in: looked at while it is in memory, so that a mistake is said before it is sealed."""

import json
import re
from abc import abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.credentials import Given, Purpose
from records.exchange.pacs.viewers import SHORTEST_SECRET

LONGEST = 20_000
_TOKEN = re.compile(r"[\x21-\x7e]{8,4000}")
AREA = forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off", "class": "mono"})
HIDDEN = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})


class SecretForm(forms.Form):
    """What the forms of all purposes share: the moment, and what comes out of them."""

    purpose: ClassVar[str]

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        super().__init__(data, auto_id=f"id_{self.purpose}_%s")
        self.now = now

    @abstractmethod
    def given(self) -> Given:
        """The secret of a form that is valid."""


class TokenForm(SecretForm):
    purpose = Purpose.TOKEN

    token = forms.CharField(
        label=gettext_lazy("访问令牌"),
        widget=HIDDEN,
        max_length=4000,
        help_text=gettext_lazy("机构发给门户的令牌，不带“Bearer”。"),
    )

    def clean_token(self) -> str:
        """Printable ASCII in one piece, without the word that comes before it."""
        token = str(self.cleaned_data["token"]).strip()
        token = token[7:].strip() if token.lower().startswith("bearer ") else token
        if not _TOKEN.fullmatch(token):
            raise ValidationError(_("令牌应是 8 个以上的字母、数字和符号，中间没有空格。请重新复制。"))
        return token

    def given(self) -> Given:
        return Given(self.purpose, self.cleaned_data["token"])


class LoginForm(SecretForm):
    purpose = Purpose.LOGIN

    user = forms.CharField(
        label=gettext_lazy("用户名"), max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )
    password = forms.CharField(label=gettext_lazy("密码"), max_length=400, strip=False, widget=HIDDEN)

    def clean_user(self) -> str:
        """A colon would end the name (RFC 7617)."""
        user = str(self.cleaned_data["user"])
        if ":" in user:
            raise ValidationError(_("用户名里不能有冒号。"))
        return user

    def given(self) -> Given:
        said = self.cleaned_data
        return Given(self.purpose, json.dumps([said["user"], said["password"]], ensure_ascii=False))


class PasswordForm(SecretForm):
    purpose = Purpose.PASSWORD

    password = forms.CharField(
        label=gettext_lazy("数据库密码"),
        max_length=400,
        strip=False,
        widget=HIDDEN,
        help_text=gettext_lazy("只读登录的密码；用户名写在接口地址里。"),
    )

    def given(self) -> Given:
        return Given(self.purpose, self.cleaned_data["password"])


class CertificateForm(SecretForm):
    purpose = Purpose.CERTIFICATE

    certificate = forms.CharField(
        label=gettext_lazy("客户端证书（PEM）"),
        widget=AREA,
        max_length=LONGEST,
        help_text=gettext_lazy("以 -----BEGIN CERTIFICATE----- 开头，可以带中间证书。"),
    )
    key = forms.CharField(
        label=gettext_lazy("私钥（PEM）"),
        widget=AREA,
        max_length=LONGEST,
        help_text=gettext_lazy("没有口令的私钥。保存后加密，任何人都不能再看到。"),
    )

    def clean_certificate(self) -> str:
        """Certificates that are in force."""
        return _certificates(self.cleaned_data["certificate"], self.now)

    def clean(self) -> dict[str, Any]:
        """The key belongs to the certificate."""
        cleaned = super().clean() or self.cleaned_data
        if "certificate" not in cleaned or "key" not in cleaned:
            return cleaned
        shown = x509.load_pem_x509_certificates(cleaned["certificate"].encode())[0].public_key()
        if _public(self._key(cleaned["key"])) != _public(shown):
            self.add_error("key", _("这把私钥和证书不是一对。请核对两个文件。"))
        return cleaned

    def _key(self, text: str) -> Any:
        try:
            return load_pem_private_key(text.encode(), None).public_key()
        except TypeError:
            self.add_error("key", _("私钥有口令。请先去掉口令（openssl pkey -in 私钥文件）再粘贴。"))
        except ValueError:
            self.add_error("key", _("这不是 PEM 格式的私钥。请连同 BEGIN 和 END 两行一起粘贴。"))
        return None

    def given(self) -> Given:
        said = self.cleaned_data
        return Given(self.purpose, f"{said['certificate']}\n{said['key'].strip()}\n", _until(said["certificate"]))


class AuthorityForm(SecretForm):
    purpose = Purpose.AUTHORITY

    authority = forms.CharField(
        label=gettext_lazy("CA 证书（PEM）"),
        widget=AREA,
        max_length=LONGEST,
        help_text=gettext_lazy("机构的服务器证书不是公共机构签发时填写：签发它的 CA，或自签名的服务器证书本身。"),
    )

    def clean_authority(self) -> str:
        """Certificates that are in force."""
        return _certificates(self.cleaned_data["authority"], self.now)

    def given(self) -> Given:
        return Given(self.purpose, self.cleaned_data["authority"], _until(self.cleaned_data["authority"]))


class ViewerForm(SecretForm):
    purpose = Purpose.VIEWER

    viewer = forms.RegexField(
        r"^[\x21-\x7e]*$",
        label=gettext_lazy("签名密钥"),
        widget=HIDDEN,
        min_length=SHORTEST_SECRET,
        max_length=400,
        error_messages={"invalid": gettext_lazy("密钥应是字母、数字和符号，中间没有空格。请重新复制。")},
        help_text=gettext_lazy("与影像浏览器共用，不少于 32 个字符。没有影像浏览器就不填。"),
    )

    def given(self) -> Given:
        return Given(self.purpose, self.cleaned_data["viewer"])


def _certificates(text: str, now: datetime) -> str:
    """The text of certificates; raises ValidationError for what is none, or is not in force."""
    try:
        found = x509.load_pem_x509_certificates(text.strip().encode())
    except ValueError:
        raise ValidationError(_("这不是 PEM 格式的证书。请连同 BEGIN 和 END 两行一起粘贴。")) from None
    if any(one.not_valid_after_utc <= now for one in found):
        raise ValidationError(_("证书已过期。请向机构索取新的证书。"))
    if any(one.not_valid_before_utc > now for one in found):
        raise ValidationError(_("证书还没有生效。请核对日期。"))
    return text.strip()


def _until(text: str) -> datetime:
    """Until when all of the certificates are in force."""
    return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(text.encode()))


def _public(key: Any) -> bytes:
    return b"" if key is None else bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


FORMS: dict[str, type[SecretForm]] = {
    form.purpose: form for form in (TokenForm, LoginForm, PasswordForm, CertificateForm, AuthorityForm, ViewerForm)
}
