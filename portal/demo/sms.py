"""The demonstration's adapters: the message goes to a page instead of a phone."""

from collections.abc import Mapping

from foundation import clock
from portal.demo.models import OutboxMessage
from residents.message_texts import TEXTS
from residents.messages_port import text_of
from residents.models import Channel
from residents.presenters import masked_phone


class Outbox:
    """Writes each SMS once, however often it is handed over with the same key."""

    available = True

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        _write(Channel.SMS, masked_phone(phone), text_of(template, parameters), key)


class Calls:
    """Writes down what a spoken code would have said."""

    available = True

    def call(self, *, phone: str, code: str, key: str) -> None:
        _write(Channel.VOICE, masked_phone(phone), f"您好，您的验证码是 {' '.join(code)}。", key)


class Wechat:
    """Writes down what the official account would have sent."""

    available = True

    def send(self, *, openid: str, template: str, key: str) -> None:
        _write(Channel.WECHAT, "****", TEXTS[template], key)


class Letters:
    """Writes down what staff would have got by e-mail."""

    available = True

    def send(self, *, address: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        _write(Channel.EMAIL, "****@" + address.rpartition("@")[2][:15], TEXTS[template].format(**parameters), key)


def _write(channel: str, to: str, text: str, key: str) -> None:
    message = OutboxMessage(key=key, channel=channel, phone=to, text=text, sent_at=clock.now())
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
