"""The adapters that need no provider: a file for operators, SMTP for staff, the demonstration's outbox."""

import json
import re
import smtplib
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from foundation.rowsecurity import acting_as
from portal.demo import sms as demo
from portal.demo.models import OutboxMessage
from residents import messages_port, tasks
from residents.channels import file
from residents.channels.mail import Smtp
from residents.message_texts import TEXTS
from residents.messages_port import CannotSend, Report

PHONE = "19900000001"
BASE = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def lines(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "messages.jsonl").read_text().splitlines()]


def test_the_file_has_a_line_for_each_message_of_each_channel(folder: Path) -> None:
    file.Sms().send(phone=PHONE, template="booked", parameters={}, key="1")
    file.Voice().call(phone=PHONE, code="123456", key="2")
    file.Wechat().send(openid="o-1", template="booked", key="3")
    file.Mail().send(address="desk@example.cn", template="budget_reached", parameters={}, key="4")
    assert [line["channel"] for line in lines(folder)] == ["sms", "voice", "wechat", "email"]


def test_the_file_has_the_number_masked_and_the_text_whole(folder: Path) -> None:
    file.Sms().send(phone=PHONE, template="sign_in_code", parameters={"code": "123456"}, key="1")
    line = lines(folder)[0]
    assert line["to"] == "199****0001" and "验证码123456" in line["text"]
    assert PHONE not in (folder / "messages.jsonl").read_text()


def test_nobody_else_on_the_machine_reads_the_file(folder: Path) -> None:
    file.Sms().send(phone=PHONE, template="booked", parameters={}, key="1")
    assert file.place().stat().st_mode & 0o777 == 0o600


def test_a_letter_to_staff_leaves_with_the_same_number_each_time(settings: Any) -> None:
    for _turn in range(2):
        Smtp().send(address="desk@example.cn", template="budget_reached", parameters={}, key="budget_reached:day")
    first, second = mail.outbox
    assert first.to == ["desk@example.cn"] and "额度已用完" in str(first.body)
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


@pytest.mark.parametrize(
    ("trouble", "final"),
    [(smtplib.SMTPRecipientsRefused({}), True), (smtplib.SMTPServerDisconnected(), False), (TimeoutError(), False)],
)
def test_a_letter_that_is_refused_is_said_in_plain_chinese(
    trouble: Exception, final: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: EmailMessage, *_args: Any, **_options: Any) -> int:
        raise trouble

    monkeypatch.setattr(EmailMessage, "send", refuse)
    with pytest.raises(CannotSend, match="邮件服务器") as caught:
        Smtp().send(address="desk@example.cn", template="budget_reached", parameters={}, key="k")
    assert caught.value.final == final


def test_the_demonstration_shows_every_channel(db: None) -> None:
    with acting_as("worker"):
        demo.Outbox().send(phone=PHONE, template="booked", parameters={}, key="1")
        demo.Calls().call(phone=PHONE, code="123456", key="2")
        demo.Wechat().send(openid="o-secret", template="booked", key="3")
        demo.Letters().send(address="desk@example.cn", template="budget_reached", parameters={}, key="4")
    shown = list(OutboxMessage.objects.order_by("key").values_list("channel", "phone"))
    assert shown == [("sms", "199****0001"), ("voice", "199****0001"), ("wechat", "****"), ("email", "****@example.cn")]


def test_what_arrived_is_collected_page_by_page(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [[Report("1", True, None)], [Report("2", True, None)], []]
    monkeypatch.setattr(messages_port, "reports", lambda: pages.pop(0))
    with acting_as("worker"):
        assert tasks.collect_reports() == 0  # nobody waits for these two
    assert pages == []


def test_a_provider_that_says_nothing_is_asked_again_later(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> list[Report]:
        raise CannotSend("连接不上腾讯云，稍后自动重试。")

    monkeypatch.setattr(messages_port, "reports", away)
    with acting_as("worker"):
        assert tasks.collect_reports() == 0
    assert "连接不上腾讯云" in caplog.text


@pytest.mark.parametrize("template", [name for name in TEXTS if name not in {"budget_reached", "critical_waits"}])
def test_the_text_to_be_approved_is_the_one_that_is_sent(template: str) -> None:
    guide, numbers = (BASE / "docs/messages.md").read_text(), count(1)
    assert f"| `{template}` | {re.sub('{[a-z]+}', lambda _blank: f'{{{next(numbers)}}}', TEXTS[template])} |" in guide
