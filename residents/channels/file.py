"""Messages written to a file instead of sent: for operators who try an installation before the contracts are signed.

One JSON object a line in DATA_DIR/messages.jsonl, readable by the portal's user alone. Numbers are masked.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from foundation import clock
from residents.message_texts import TEXTS
from residents.messages_port import text_of
from residents.models import Channel
from residents.presenters import masked_phone


class Sms:
    """SMS into the file."""

    available = True

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        _append(Channel.SMS, masked_phone(phone), template, text_of(template, parameters), key)


class Voice:
    """Spoken codes into the file."""

    available = True

    def call(self, *, phone: str, code: str, key: str) -> None:
        _append(Channel.VOICE, masked_phone(phone), "", f"您的验证码是{code}", key)


class Wechat:
    """WeChat messages into the file."""

    available = True

    def send(self, *, openid: str, template: str, key: str) -> None:
        _append(Channel.WECHAT, "****", template, TEXTS[template], key)


class Mail:
    """E-mail into the file."""

    available = True

    def send(self, *, address: str, template: str, parameters: Mapping[str, str], key: str) -> None:
        _append(Channel.EMAIL, address, template, TEXTS[template].format(**parameters), key)


def place() -> Path:
    """Where the lines go."""
    return Path(settings.DATA_DIR) / "messages.jsonl"


def _append(channel: str, to: str, template: str, text: str, key: str) -> None:
    line = {"at": clock.now().isoformat(), "channel": channel, "to": to, "template": template, "text": text, "key": key}
    descriptor = os.open(place(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
