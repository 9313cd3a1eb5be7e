"""The one port through which messages leave: SMS, a spoken code, WeChat, e-mail.

Each way has an adapter, named by its dotted path in a setting (SMS_ADAPTER, VOICE_ADAPTER, WECHAT_ADAPTER,
MAIL_ADAPTER). Everybody else hands messages to `residents.messages`; only the outbox talks to adapters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from residents.message_texts import TEXTS, text_of
from residents.models import Channel

__all__ = ["TEXTS", "CannotSend", "Handed", "NoMail", "NoSms", "NoVoice", "NoWechat", "Report", "sms", "text_of"]


class CannotSend(Exception):
    """The message did not leave; the reason is in plain words and never holds the number or the text.

    `final`: another try is useless. `unsure`: it may have left all the same, and may have to be paid.
    """

    def __init__(self, reason: str, *, final: bool = False, unsure: bool = False) -> None:
        super().__init__(reason)
        self.final = final
        self.unsure = unsure


@dataclass(frozen=True)
class Handed:
    """What a provider says on taking a message: its own number for it, and as how many messages it counts."""

    provider_id: str = ""
    parts: int = 1


@dataclass(frozen=True)
class Report:
    """What a provider says later: whether a message arrived, and when."""

    provider_id: str
    delivered: bool
    at: datetime | None
    reason: str = ""


@dataclass(frozen=True)
class Reply:
    """What somebody answered by SMS; `provider_id` is the same however often the provider tells it."""

    provider_id: str
    phone: str = field(repr=False)
    text: str = field(repr=False)


class SmsAdapter(Protocol):
    """A way to send SMS. `key` is the same for each try of one message, so a provider can drop repetitions.

    An adapter that can tell what arrived also has `reports() -> Sequence[Report]`, and one that is asked for what
    people answered `replies() -> Sequence[Reply]`.
    """

    available: bool

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> Handed | None:
        """Hand one message over; raises CannotSend."""


class VoiceAdapter(Protocol):
    """A way to have a code spoken, for those who cannot read an SMS."""

    available: bool

    def call(self, *, phone: str, code: str, key: str) -> Handed | None:
        """Ring a number and say a code; raises CannotSend."""


class WechatAdapter(Protocol):
    """A way to tell somebody who bound the county's official account."""

    available: bool

    def send(self, *, openid: str, template: str, key: str) -> Handed | None:
        """Hand one message over; raises CannotSend."""


class MailAdapter(Protocol):
    """E-mail, to staff only."""

    available: bool

    def send(self, *, address: str, template: str, parameters: Mapping[str, str], key: str) -> Handed | None:
        """Hand one message over; raises CannotSend."""


class NoSms:
    """A portal without SMS: sign-in is by password only and notices stay in the inbox."""

    available = False

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        raise CannotSend("本门户没有开通短信。", final=True)


class NoVoice:
    """A portal whose codes cannot be spoken."""

    available = False

    def call(self, *, phone: str, code: str, key: str) -> None:
        raise CannotSend("本门户没有开通语音验证码。", final=True)


class NoWechat:
    """A portal without an official account."""

    available = False

    def send(self, *, openid: str, template: str, key: str) -> None:
        raise CannotSend("本门户没有开通微信提醒。", final=True)


class NoMail:
    """A portal that writes no e-mail."""

    available = False

    def send(self, *, address: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        raise CannotSend("本门户没有开通电子邮件。", final=True)


def sms() -> SmsAdapter:
    """The SMS adapter of this installation; raises ImproperlyConfigured when it cannot work as it is set up."""
    return cast(SmsAdapter, _load("SMS_ADAPTER", settings.SMS_ADAPTER, "send"))


def voice() -> VoiceAdapter:
    """The adapter that speaks codes."""
    return cast(VoiceAdapter, _load("VOICE_ADAPTER", settings.VOICE_ADAPTER, "call"))


def wechat() -> WechatAdapter:
    """The adapter of the official account."""
    return cast(WechatAdapter, _load("WECHAT_ADAPTER", settings.WECHAT_ADAPTER, "send"))


def mail() -> MailAdapter:
    """The adapter that writes to staff."""
    return cast(MailAdapter, _load("MAIL_ADAPTER", settings.MAIL_ADAPTER, "send"))


def check() -> None:
    """Load every adapter; raises ImproperlyConfigured with a sentence for the one that cannot work."""
    for adapter in (sms, voice, wechat, mail):
        adapter()


def hand_over(*, channel: str, to: str, template: str, parameters: Mapping[str, str], key: str) -> Handed:
    """Give one message to the adapter of its channel; raises CannotSend."""
    if channel == Channel.VOICE:
        handed = voice().call(phone=to, code=parameters.get("code", ""), key=key)
    elif channel == Channel.WECHAT:
        handed = wechat().send(openid=to, template=template, key=key)
    elif channel == Channel.EMAIL:
        handed = mail().send(address=to, template=template, parameters=parameters, key=key)
    else:
        handed = sms().send(phone=to, template=template, parameters=parameters, key=key)
    return handed or Handed()


def reports() -> Sequence[Report]:
    """What the SMS provider says arrived, the next page of it; nothing where it cannot tell. Raises CannotSend."""
    tell = cast(Callable[[], Sequence[Report]] | None, getattr(sms(), "reports", None))
    return tell() if tell else ()


def replies() -> Sequence[Reply]:
    """What people answered, the next page of it; nothing where the provider delivers it itself. Raises CannotSend."""
    tell = cast(Callable[[], Sequence[Reply]] | None, getattr(sms(), "replies", None))
    return tell() if tell else ()


@cache
def _load(variable: str, path: str, deed: str) -> object:
    try:
        make = cast(Callable[[], object], import_string(path))
    except (ImportError, RuntimeError) as error:  # RuntimeError: its tables are not part of this installation
        raise ImproperlyConfigured(f"环境变量 {variable} 指向的消息通道 {path} 不存在或不能在这里使用。") from error
    adapter = make()
    if not callable(getattr(adapter, deed, None)) or not isinstance(getattr(adapter, "available", None), bool):
        raise ImproperlyConfigured(f"环境变量 {variable} 指向的 {path} 不是这种消息的通道。")
    return adapter
