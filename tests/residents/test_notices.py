"""Telling people: once, without content, and nobody but the person; the texts that may leave."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from residents import messages
from residents.message_texts import CHOSEN, CODES, LONGEST_PLACE, REMINDERS, TEXTS, text_of
from residents.models import Account, Delivery, Notice
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of

Enter = Callable[[Account], Client]

SUBJECT = UUID("019a0000-0000-7000-8000-000000000001")
FORBIDDEN = ("http", "www", "医疗", "阳性", "姓名")
ONE_SMS = 70
LONGEST = {"place": "某" * LONGEST_PLACE, "day": "11月23日", "when": "11月23日10:30"}
CODED = dict.fromkeys(("first", "second"), "11月23日10:30编号27")


def tell(of: UUID, kind: str = "report_ready", subject: UUID | None = SUBJECT) -> None:
    with acting_as("worker"):
        messages.notify(resident_id=of, kind=kind, subject_id=subject, now=NOON)


def inbox() -> int:
    with acting_as("owner"):
        return Notice.objects.count()


def outbox() -> list[tuple[str, str]]:
    with acting_as("owner"):
        return list(Delivery.objects.order_by("template").values_list("template", "status"))


def test_a_report_leaves_a_line_that_the_sweep_has_not_seen_yet(people: People) -> None:
    tell(people.helanfang.pk)
    with acting_as("owner"):
        assert Notice.objects.untold().count() == 1
    assert outbox() == []


def test_telling_twice_tells_once(people: People) -> None:
    tell(people.helanfang.pk)
    tell(people.helanfang.pk)
    assert inbox() == 1


def test_another_subject_is_another_message(people: People) -> None:
    tell(people.helanfang.pk)
    tell(people.helanfang.pk, subject=uuid7())
    assert inbox() == 2


def test_without_a_subject_each_time_is_news(people: People) -> None:
    tell(people.helanfang.pk, "case_answered", None)
    tell(people.helanfang.pk, "case_answered", None)
    assert inbox() == 2


def test_a_booking_tells_its_own_resident_from_the_session(people: People, signed_in: Enter, woken: list[Any]) -> None:
    with session_of(signed_in(people.helanfang_account)):
        messages.notify(resident_id=people.helanfang.pk, kind="booked", subject_id=SUBJECT, now=NOON)
        messages.notify(resident_id=people.helanfang.pk, kind="booked", subject_id=SUBJECT, now=NOON)
    assert (inbox(), len(woken)) == (1, 1)


def test_a_session_cannot_tell_somebody_else(people: People, signed_in: Enter) -> None:
    with pytest.raises(DatabaseError), session_of(signed_in(people.helanfang_account)):
        messages.notify(resident_id=people.wangjianguo.pk, kind="booked", subject_id=SUBJECT, now=NOON)


def test_a_session_cannot_say_that_somebody_was_told(people: People, signed_in: Enter) -> None:
    line = Notice(resident=people.helanfang, kind="booked", subject_id=SUBJECT, created_at=NOON, told_at=NOON)
    with pytest.raises(DatabaseError, match="nobody_but_the_sweep"), session_of(signed_in(people.helanfang_account)):
        line.save(force_insert=True)


def test_nothing_is_told_when_the_deed_is_taken_back(people: People, signed_in: Enter, woken: list[Any]) -> None:
    with session_of(signed_in(people.helanfang_account)):
        messages.notify(resident_id=people.helanfang.pk, kind="booked", subject_id=SUBJECT, now=NOON)
        transaction.set_rollback(True)
    assert (inbox(), woken) == (0, [])


def test_what_happens_at_the_door_is_told_without_a_session(people: People) -> None:
    messages.notify(resident_id=people.helanfang.pk, kind="new_device", now=NOON)
    assert inbox() == 1


def test_the_door_tells_nothing_but_its_own(people: People) -> None:
    line = Notice(resident=people.helanfang, kind="report_ready", subject_id=SUBJECT, created_at=NOON)
    with pytest.raises(DatabaseError, match="row-level security"):
        line.save(using="signin", force_insert=True)


def test_an_unknown_person_at_the_door_costs_a_row_too(people: People) -> None:
    messages.notify(resident_id=None, kind="registration_attempt", now=NOON)
    assert (inbox(), outbox()) == (0, [("registration_attempt", "withheld")])


def test_nobody_else_is_told_about_nobody(people: People) -> None:
    with pytest.raises(ValueError, match="about nobody"):
        messages.notify(resident_id=None, kind="booked", now=NOON)


@pytest.mark.parametrize("purpose", sorted(messages.CODES))
def test_a_code_for_nobody_leaves_the_same_row_withheld(purpose: str, db: None) -> None:
    messages.send_code(purpose=purpose, phone="19900000001", code="123456", now=NOON)
    messages.send_code(purpose=purpose, phone=None, code="123456", now=NOON)
    assert sorted(outbox()) == [(messages.CODES[purpose], "waiting"), (messages.CODES[purpose], "withheld")]


def test_a_code_can_be_spoken(db: None) -> None:
    messages.send_code(purpose="sign_in", phone="19900000001", code="123456", now=NOON, voice=True)
    with acting_as("owner"):
        assert Delivery.objects.get().channel == "voice"


def test_the_former_number_is_told_that_it_is_the_former_one(db: None) -> None:
    messages.tell_former_phone(phone="19900000009", kind="phone_changed", subject_id=SUBJECT, now=NOON)
    with acting_as("owner"):
        assert Delivery.objects.get().recipient == "19900000009"


@pytest.mark.parametrize("verb", ["SELECT", "INSERT"])
def test_the_web_login_cannot_touch_the_outbox(verb: str, people: People, signed_in: Enter) -> None:
    message = Delivery(template="booked", recipient="19900000001", parameters="{}", key="k", due_at=NOON)
    with pytest.raises(DatabaseError, match="permission denied"), session_of(signed_in(people.helanfang_account)):
        Delivery.objects.exists() if verb == "SELECT" else message.save(force_insert=True)


def test_a_message_without_a_recipient_is_withheld_says_the_database(db: None) -> None:
    with pytest.raises(DatabaseError, match="delivery_withheld_exactly_without_a_recipient"):
        factories.made(Delivery(template="booked", parameters="{}", key="k", due_at=NOON))


@pytest.mark.parametrize("template", Delivery.Template.values)
def test_an_approved_text_says_nothing_it_must_not(template: str) -> None:
    text = TEXTS[template]
    assert not [word for word in FORBIDDEN if word in text] and "【" not in text


@pytest.mark.parametrize("template", Delivery.Template.values)
def test_a_text_with_its_signature_fits_one_sms(template: str, settings: Any) -> None:
    settings.COUNTY_NAME = "八个字长的自治县"
    code = {"code": "123456" if template in CODES else "27"}
    assert len(text_of(template, LONGEST | CODED | code)) <= ONE_SMS


def test_only_codes_questions_and_answers_to_them_have_blanks_to_fill() -> None:
    filled = {template for template, text in TEXTS.items() if "{" in text}
    assert filled == CODES | REMINDERS | {"service_asked", "reply_kept", "reply_call", "reply_which", "reply_appealed"}


def test_every_notice_has_a_text(db: None) -> None:
    assert set(Notice.Kind.values) <= set(TEXTS)


def test_no_code_and_no_warning_can_be_switched_off() -> None:
    warnings = {"emergency_access", "first_access", "new_device", "password_changed", "phone_changed"}
    assert not set(CHOSEN) & (CODES | warnings)


def test_the_code_text_is_the_approved_one(settings: Any) -> None:
    settings.COUNTY_NAME = "清河口县"
    text = text_of("sign_in_code", {"code": "123456"})
    assert text == "【清河口县卫生健康】登录验证码123456，5分钟内有效，请勿告诉他人。"
