"""Telling people: once, without content, and nobody but the person."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from foundation.keys import uuid7
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents import actions
from residents.messages_port import TEXTS, text_of
from residents.models import Delivery, Notice, Resident
from tests import factories
from tests.factories import NOON
from tests.people import People

SUBJECT = UUID("019a0000-0000-7000-8000-000000000001")
FORBIDDEN = ("http", "www", "医疗", "阳性", "姓名")


@contextmanager
def session_of(client: Client) -> Iterator[None]:
    with seeing(client.session.get(TOKEN)), transaction.atomic():
        yield


def reachable(of: Resident, phone: str = "19900000001") -> Resident:
    of.phone = phone
    with acting_as("owner"):
        of.save(update_fields=["phone"])
    return of


def tell(of: Resident, kind: str = "report_ready", subject: UUID = SUBJECT) -> None:
    with acting_as("worker"):
        actions.notify(of.pk, kind, subject, NOON)


def counts() -> tuple[int, int]:
    with acting_as("owner"):
        return Notice.objects.count(), Delivery.objects.count()


def test_a_report_leaves_a_line_and_a_message(people: People) -> None:
    tell(reachable(people.helanfang))
    assert counts() == (1, 1)


def test_telling_twice_tells_once(people: People) -> None:
    reachable(people.helanfang)
    tell(people.helanfang)
    tell(people.helanfang)
    assert counts() == (1, 1)


def test_another_subject_is_another_message(people: People) -> None:
    reachable(people.helanfang)
    tell(people.helanfang)
    tell(people.helanfang, subject=uuid7())
    assert counts() == (2, 2)


def test_without_a_phone_there_is_only_the_line(people: People) -> None:
    tell(people.helanfang)
    assert counts() == (1, 0)


def test_without_sms_there_is_only_the_line(people: People, settings: Any) -> None:
    settings.SMS_ADAPTER = "residents.messages_port.NoSms"
    tell(reachable(people.helanfang))
    assert counts() == (1, 0)


def test_the_dead_get_no_message(people: People) -> None:
    people.helanfang.deceased_on = NOON.date()
    with acting_as("owner"):
        people.helanfang.save(update_fields=["deceased_on"])
    tell(reachable(people.helanfang))
    assert counts() == (1, 0)


def test_a_booking_tells_its_own_resident_from_the_session(people: People, client: Client, woken: list[Any]) -> None:
    reachable(people.helanfang)
    client.force_login(people.helanfang_account)
    with session_of(client):
        actions.notify(people.helanfang.pk, "booked", SUBJECT, NOON)
        actions.notify(people.helanfang.pk, "booked", SUBJECT, NOON)
    assert counts() == (1, 1) and len(woken) == 1


def test_a_session_cannot_tell_somebody_else(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    with pytest.raises(DatabaseError), session_of(client):
        actions.notify(people.wangjianguo.pk, "booked", SUBJECT, NOON)


def test_nothing_is_told_when_the_deed_is_taken_back(people: People, client: Client, woken: list[Any]) -> None:
    client.force_login(people.helanfang_account)
    with session_of(client):
        actions.notify(reachable(people.helanfang).pk, "booked", SUBJECT, NOON)
        transaction.set_rollback(True)
    assert (counts(), woken) == ((0, 0), [])


def test_the_web_login_cannot_read_a_message(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    with pytest.raises(DatabaseError), session_of(client):
        Delivery.objects.exists()


def test_a_message_without_a_phone_is_withheld_says_the_database(db: None) -> None:
    with pytest.raises(DatabaseError, match="delivery_withheld_exactly_without_a_phone"):
        factories.made(Delivery(template="booked", parameters="{}", key="k", due_at=NOON))


@pytest.mark.parametrize("template", Delivery.Template.values)
def test_an_approved_text_says_nothing_it_must_not(template: str) -> None:
    text = TEXTS[template]
    assert not [word for word in FORBIDDEN if word in text] and "【" not in text and len(text) <= 70


def test_the_code_text_is_the_approved_one(settings: Any) -> None:
    settings.COUNTY_NAME = "清河口县"
    text = text_of("sign_in_code", {"code": "123456"})
    assert text == "【清河口县卫生健康】登录验证码123456，5分钟内有效，请勿告诉他人。"
