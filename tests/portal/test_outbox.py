"""The demonstration's outbox page: what a phone would have shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from portal.demo.models import OutboxMessage
from portal.demo.sms import Outbox
from tests.factories import NOON, made
from tests.people import People
from tests.residents.door import ask_code, code_sent, work


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("residents.tasks.send_due.apply_async", lambda **options: None)


def outbox(client: Client) -> str:
    return client.get(reverse("demo:outbox")).content.decode()


def test_a_code_appears_with_the_phone_masked(people: People, client: Client) -> None:
    ask_code(client)
    code = code_sent()
    assert work() == 1
    page = outbox(Client())
    assert f"登录验证码{code}，5分钟内有效，请勿告诉他人。" in page and "199****0001" in page
    assert "19900000001" not in page


def test_the_code_on_the_page_opens_the_door(people: People, client: Client) -> None:
    ask_code(client)
    code = code_sent()
    work()
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.get(reverse("residents:me")).status_code == 200


def test_a_message_handed_over_twice_is_shown_once(people: People) -> None:
    with acting_as("worker"):
        for _turn in range(2):
            Outbox().send(phone="19900000001", template="booked", parameters={}, key="same")
    assert OutboxMessage.objects.count() == 1


def test_the_page_shows_the_fifty_newest(db: None, client: Client) -> None:
    for n in range(52):
        made(OutboxMessage(key=f"k{n}", phone="199", text=f"text-{n:02}.", sent_at=NOON + timedelta(seconds=n)))
    page = outbox(client)
    assert page.index("text-51.") < page.index("text-02.") and "text-01." not in page


def test_an_empty_outbox_says_so(db: None, client: Client) -> None:
    assert "还没有短信" in outbox(client)


def test_by_night_the_page_says_what_waits_for_the_morning(db: None, client: Client, at: Any) -> None:
    with at(NOON):
        assert "安静时段" not in outbox(client)
    with at(NOON.replace(hour=22)):
        assert "安静时段" in outbox(client)


def test_outside_the_demonstration_there_is_no_such_page(db: None, client: Client, settings: Any) -> None:
    settings.DEMO = False
    assert client.get(reverse("demo:outbox")).status_code == 404


def test_the_web_login_cannot_write_messages(db: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        OutboxMessage.objects.create(key="k", phone="199", text="text", sent_at=NOON)
