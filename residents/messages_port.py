"""The port through which a message leaves by SMS, and the texts that may pass it.

Each text is fixed and approved beforehand with the provider (domain facts, section E3): no link, no phone number, no
name and never anything about health. The adapter is named by its dotted path in the setting SMS_ADAPTER.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from residents.models import Delivery

TEXTS: dict[str, str] = {
    Delivery.Template.SIGN_IN_CODE: "登录验证码{code}，5分钟内有效，请勿告诉他人。",
    Delivery.Template.REPORT_READY: "您的检查检验报告已出，请登录门户查看。",
    Delivery.Template.BOOKED: "您的预约已登记，请登录门户查看时间和地点。",
    Delivery.Template.BOOKING_CANCELLED: "您的一个预约已取消，请登录门户查看。",
}


class CannotSend(Exception):
    """The message did not leave; the reason is in plain words and never holds the number or the text."""


class SmsAdapter(Protocol):
    """A way to send SMS. `key` is the same for each try of one message, so a provider can drop repetitions."""

    available: bool

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        """Hand one message over; raises CannotSend."""


class NoSms:
    """A portal without SMS: sign-in is by password only and notices stay in the inbox."""

    available = False

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        raise CannotSend("本门户没有开通短信。")


def sms() -> SmsAdapter:
    """The adapter of this installation; raises ImproperlyConfigured when it cannot work as it is set up."""
    return _load(settings.SMS_ADAPTER)


def text_of(template: str, parameters: Mapping[str, str]) -> str:
    """The words that arrive on the phone, signature in front."""
    return f"【{settings.COUNTY_NAME}卫生健康】" + TEXTS[template].format(**parameters)


@cache
def _load(path: str) -> SmsAdapter:
    try:
        make = cast(Callable[[], SmsAdapter], import_string(path))
    except (ImportError, RuntimeError) as error:  # RuntimeError: its tables are not part of this installation
        raise ImproperlyConfigured(f"环境变量 SMS_ADAPTER 指向的短信适配器 {path} 不存在或不能在这里使用。") from error
    adapter = make()
    if not callable(getattr(adapter, "send", None)) or not isinstance(getattr(adapter, "available", None), bool):
        raise ImproperlyConfigured(f"环境变量 SMS_ADAPTER 指向的 {path} 不是短信适配器。")
    return adapter
