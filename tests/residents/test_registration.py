"""Registering on line: what each kind of person gets, and what nobody gets to know."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from residents.models import Account, Delivery, Identifier, Notice, Resident, Verification
from tests import factories
from tests.factories import NOON, PASSWORD, id_number
from tests.people import People
from tests.residents.door import KNOWN, by_password, code_sent, is_in, last_delivery, wrong
from tests.residents.registering import NEW, PHONE, account_with, ask, counts, finish, register

Clock = Callable[[datetime], AbstractContextManager[Any]]


def test_somebody_unknown_registers_and_signs_in(db: None, client: Client) -> None:
    assert register(client).url == reverse("account_signup_done")
    by_password(client, NEW)
    assert is_in(client)


def test_registering_signs_nobody_in(db: None, client: Client) -> None:
    register(client)
    assert not is_in(client)


def test_a_self_registered_person_is_provisional_at_level_one(db: None, client: Client) -> None:
    register(client)
    account = account_with("赵新民")
    with acting_as("owner"):
        person = Resident.objects.get(name="赵新民")
        proof = Verification.objects.get(account=account)
    assert person.provisional and (proof.level, proof.method) == (1, "self")


def test_the_number_of_a_self_registered_person_is_only_claimed(db: None, client: Client) -> None:
    register(client)
    with acting_as("owner"):
        paper = Identifier.objects.get(resident__name="赵新民")
        assert paper.claimed and paper.value == NEW


def test_the_phone_of_a_new_account_is_proved_and_sealed(db: None, client: Client) -> None:
    register(client)
    account = account_with("赵新民")
    with acting_as("owner"):
        assert account is not None and account.phone == PHONE and account.phone_verified_at is not None


def test_sex_and_birth_date_are_those_of_the_number(db: None, client: Client) -> None:
    register(client)
    with acting_as("owner"):
        person = Resident.objects.get(name="赵新民")
    assert (person.sex, person.birth_date) == ("1", date(1980, 1, 1))


def test_a_known_number_with_another_name_becomes_a_claim_of_its_own(people: People, client: Client) -> None:
    stranger_to_us = factories.resident("钱来顺", id_number(sequence=801), phone=PHONE)
    register(client, id_number(sequence=801), "别的名字")
    account = account_with("别的名字")
    assert account is not None and account.resident_id != stranger_to_us.pk


def test_a_claim_sees_nothing_of_the_real_person(people: People, client: Client) -> None:
    real = factories.resident("钱来顺", id_number(sequence=801), address="石门村七组")
    factories.report(real, factories.source(people.township), title="肝功能")
    register(client, id_number(sequence=801), "冒名者")
    by_password(client, id_number(sequence=801))
    seen = client.get(reverse("residents:me")).content.decode()
    seen += client.get(reverse("records:reports")).content.decode()
    assert "冒名者" in seen and "钱来顺" not in seen and "肝功能" not in seen


def test_name_number_and_phone_of_a_known_person_give_their_account(people: People, client: Client) -> None:
    known = factories.resident("阿依努尔·艾山", id_number(sequence=802), phone=PHONE)
    register(client, id_number(sequence=802), "阿依努尔•艾山")
    with acting_as("owner"):
        proof = Verification.objects.get(account__resident=known)
    assert (proof.level, proof.method) == (2, "phone_match")


def test_a_phone_that_two_people_gave_matches_neither(people: People, client: Client) -> None:
    known = factories.resident("钱来顺", id_number(sequence=803), phone=PHONE)
    factories.resident("钱小妹", id_number(sequence=804), phone=PHONE)
    register(client, id_number(sequence=803), "钱来顺")
    with acting_as("owner"):
        assert not Account.objects.filter(resident=known).exists()


def test_a_phone_of_another_account_matches_nobody(people: People, client: Client) -> None:
    known = factories.resident("钱来顺", id_number(sequence=803), phone="19900000002")
    register(client, id_number(sequence=803), "钱来顺", "19900000002")
    with acting_as("owner"):
        assert not Account.objects.filter(resident=known).exists()


def test_the_dead_are_not_registered(people: People, client: Client) -> None:
    factories.resident("钱来顺", id_number(sequence=805), phone=PHONE, deceased_on=date(2026, 1, 1))
    before = counts()
    register(client, id_number(sequence=805), "钱来顺")
    assert counts() == before


def test_a_number_with_an_account_changes_nothing_but_tells_its_owner(people: People, client: Client) -> None:
    before = counts()
    register(client, KNOWN, "贺兰芳")
    with acting_as("owner"):
        told = Notice.objects.filter(resident=people.helanfang, kind="registration_attempt").count()
    assert counts() == before and told == 1


def test_the_owner_is_told_once_a_day(people: People, at: Clock) -> None:
    for minutes in (0, 2, 60 * 24):
        with at(NOON + timedelta(minutes=minutes)):
            register(Client(), KNOWN, "贺兰芳")
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="registration_attempt").count() == 2


def test_a_claimed_number_is_not_claimed_twice(db: None) -> None:
    register(Client())
    before = counts()
    register(Client(), NEW, "后来的人", "19912340000")
    assert counts() == before


def test_one_phone_registers_no_more_than_five_people(db: None, at: Clock) -> None:
    for turn in range(6):
        with at(NOON + timedelta(hours=3 * turn)):
            register(Client(), id_number(sequence=701 + turn), f"家人{'甲乙丙丁戊己'[turn]}")
    with acting_as("owner"):
        assert Resident.objects.filter(provisional=True).count() == 5


def test_every_kind_of_person_gets_the_same_pages(people: People) -> None:
    factories.resident("钱来顺", id_number(sequence=806), phone=PHONE)
    ends = {
        register(Client(), number, "钱来顺", phone).url
        for number, phone in (
            (KNOWN, "19912340001"),
            (NEW, "19912340002"),
            (id_number(sequence=806), PHONE),
            (NEW, "19912340003"),
        )
    }
    assert ends == {reverse("account_signup_done")}


def test_the_code_goes_to_the_phone_that_was_typed(people: People, client: Client) -> None:
    ask(client, KNOWN, "贺兰芳", PHONE)
    assert (last_delivery().template, last_delivery().recipient) == (Delivery.Template.REGISTRATION_CODE, PHONE)


def test_a_wrong_code_registers_nobody(db: None, client: Client) -> None:
    ask(client)
    finish(client, wrong(code_sent()))
    assert counts()["Account"] == 0


def test_after_five_wrong_codes_the_right_one_is_void(db: None, client: Client) -> None:
    ask(client)
    for _turn in range(5):
        finish(client, wrong(code_sent()))
    assert finish(client).url == reverse("account_signup") and counts()["Account"] == 0


def test_a_code_is_good_for_five_minutes(db: None, client: Client, at: Clock) -> None:
    with at(NOON):
        ask(client)
    with at(NOON + timedelta(seconds=301)):
        assert finish(client).url == reverse("account_signup")
    assert counts()["Account"] == 0


def test_a_poor_password_costs_no_second_code(db: None, client: Client, at: Clock) -> None:
    with at(NOON):
        ask(client)
        assert finish(client, password="12345678").status_code == 200
    with at(NOON + timedelta(minutes=10)):
        assert finish(client).url == reverse("account_signup_done")


def test_a_registration_is_finished_once(db: None, client: Client) -> None:
    register(client)
    assert finish(client).url == reverse("account_signup")


def test_one_phone_gets_one_code_a_minute(db: None) -> None:
    ask(Client())
    response = ask(Client(), id_number(sequence=700))
    assert "操作太频繁了" in response.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [("number", "640199198001010010"), ("phone", "12345"), ("name", "张"), ("name", "张3丰"), ("name", "")],
)
def test_what_is_malformed_is_said(db: None, client: Client, field: str, typed: str) -> None:
    data = {"number": NEW, "name": "赵新民", "phone": PHONE, field: typed}
    response = client.post(reverse("account_signup"), data)
    assert response.status_code == 200 and response.context["form"].errors[field]


def test_a_child_does_not_register_alone(db: None, client: Client) -> None:
    born = timezone.localdate() - timedelta(days=365 * 10)
    response = ask(client, id_number(born, 7), "小朋友")
    assert "未满14周岁" in response.content.decode()


def test_without_sms_the_page_says_to_come_to_a_counter(db: None, client: Client, settings: Any) -> None:
    settings.SMS_ADAPTER = "residents.messages_port.NoSms"
    assert "窗口" in client.get(reverse("account_signup")).content.decode()


def test_what_was_typed_is_sealed_in_the_session(db: None, client: Client) -> None:
    ask(client)
    kept = str(dict(client.session))
    assert NEW not in kept and PHONE not in kept and "赵新民" not in kept


def test_a_real_person_signs_in_before_the_claim_on_their_number(people: People, client: Client) -> None:
    real = factories.resident("钱来顺", id_number(sequence=807))
    register(Client(), id_number(sequence=807), "冒名者")
    factories.account(real, password="another-lantern-43")
    by_password(client, id_number(sequence=807), PASSWORD)
    assert not is_in(client)
    by_password(client, id_number(sequence=807), "another-lantern-43")
    assert is_in(client)


def test_of_several_who_register_with_a_number_at_once_one_gets_it(db: None) -> None:
    browsers = [Client() for _turn in range(4)]
    codes = []
    for turn, browser in enumerate(browsers):
        ask(browser, NEW, "赵新民", f"1991234000{turn}")
        codes.append(code_sent())
    start = Barrier(len(browsers))

    def send(browser: Client, code: str) -> None:
        start.wait()
        finish(browser, code)
        connections.close_all()

    senders = [Thread(target=send, args=pair) for pair in zip(browsers, codes, strict=True)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert counts() == {"Resident": 1, "Identifier": 1, "Account": 1}


@pytest.mark.parametrize(
    "call",
    [
        "app.end_sign_in(NULL)",
        "app.write_proof(NULL, 3, 'counter', NULL, NULL)",
        "app.write_identity_event(NULL, NULL, NULL, '', '', NULL, '')",
        "app.at_counter(NULL)",
        "app.activate(NULL, NULL, NULL, '', '', NULL, NULL, NULL, NULL, '')",
        "app.register_person('', NULL, '', NULL, NULL, NULL, '', NULL, NULL, NULL, '', '', NULL, NULL, '')",
    ],
)
def test_pages_behind_the_web_login_cannot_call_what_opens_accounts(people: People, call: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(f"SELECT {call}")


@pytest.mark.parametrize("table", ["residents_activationcode", "residents_deathreport"])
@pytest.mark.parametrize("alias", ["default", "signin", "worker"])
def test_no_login_reads_codes_or_reports_of_death(people: People, table: str, alias: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using=alias):
        connections[alias].cursor().execute(f"SELECT count(*) FROM {table}")
