"""A slip from the counter opens the account: once, in time, with the right number, and says nothing otherwise."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.documents import read
from residents.models import Account, ActivationCode, Identifier, Verification
from residents.registration.codes import slip_index
from tests import factories
from tests.factories import NOON, PASSWORD, id_number, made
from tests.people import HELANFANG_NUMBER, People
from tests.residents.door import by_password, code_sent, is_in, page, wrong
from tests.residents.registering import PHONE

Clock = Callable[[datetime], AbstractContextManager[Any]]
CODE = "ACDEFGH3"
NUMBER = id_number(sequence=811)
NEW = "lantern-meadow-77"


def slip(people: People, number: str = NUMBER, code: str = CODE, **fields: Any) -> ActivationCode:
    """A code that was printed at the township for whoever has the number."""
    document = read(number, NOON.date())
    with acting_as("owner"):
        person = Identifier.objects.get(kind=document.kind, index=document.index, claimed=False).resident
    facts = {
        "level": 3,
        "issued_by": people.zhangqiantai.pk,
        "issued_at": NOON,
        "expires_at": NOON + timedelta(days=7),
    } | fields
    return made(ActivationCode(resident=person, facility=people.township, code_hash=bytes(slip_index(code)), **facts))


@pytest.fixture(autouse=True)
def noon(at: Clock, people: People) -> Iterator[None]:
    """A quiet moment, with somebody the township knows and who has no account yet."""
    factories.resident("钱来顺", NUMBER, facility=people.township)
    with at(NOON):
        yield


def enter(client: Client, number: str = NUMBER, code: str = CODE) -> HttpResponse:
    return client.post(reverse("account_activate"), {"number": number, "code": code})


def set_secrets(client: Client, phone: str = "", password: str = NEW) -> HttpResponse:
    data = {"password1": password, "password2": password, "phone": phone}
    return client.post(reverse("account_activate_secrets"), data)


def activate(client: Client, number: str = NUMBER, code: str = CODE) -> HttpResponse:
    enter(client, number, code)
    return set_secrets(client)


def proof_of(name: str) -> Verification:
    with acting_as("owner"):
        return Verification.objects.get(account__resident__name=name, revoked_at=None)


def test_number_and_code_open_the_account(people: People, client: Client) -> None:
    slip(people)
    assert activate(client).url == reverse("account_login")
    by_password(client, NUMBER, NEW)
    assert is_in(client)


def test_nobody_is_signed_in_by_a_code(people: People, client: Client) -> None:
    slip(people)
    activate(client)
    assert not is_in(client)


@pytest.mark.parametrize("level", [2, 3])
def test_the_level_is_the_codes_and_names_who_issued_it(people: People, client: Client, level: int) -> None:
    slip(people, level=level)
    activate(client)
    proof = proof_of("钱来顺")
    method = "activation_code" if level == 3 else "hand_code"
    assert (proof.level, proof.method, proof.verified_by) == (level, method, people.zhangqiantai.pk)


@pytest.mark.parametrize("typed", ["acdefgh3", "ACDE FGH3", "acde-fgh3", " ＡＣＤＥＦＧＨ３ "])
def test_a_code_is_forgiven_how_it_is_written(people: People, client: Client, typed: str) -> None:
    slip(people)
    assert activate(client, code=typed).url == reverse("account_login")


def test_a_code_is_good_once(people: People, client: Client) -> None:
    slip(people)
    activate(client)
    assert enter(Client()).status_code == 200


def test_two_who_use_a_code_at_once_do_not_both_get_it(people: People) -> None:
    slip(people)
    first, second = Client(), Client()
    enter(first)
    enter(second)
    set_secrets(first)
    assert set_secrets(second, password="another-lantern-88").url == reverse("account_activate")
    by_password(client := Client(), NUMBER, NEW)
    assert is_in(client)


def test_a_code_ends_after_its_days(people: People, client: Client) -> None:
    slip(people, issued_at=NOON - timedelta(days=7), expires_at=NOON)
    assert enter(client).status_code == 200


def test_a_revoked_code_opens_nothing(people: People, client: Client) -> None:
    slip(people, revoked_at=NOON)
    assert enter(client).status_code == 200


def test_a_code_is_for_one_number(people: People, client: Client) -> None:
    slip(people)
    assert enter(client, HELANFANG_NUMBER).status_code == 200


def test_after_too_many_wrong_codes_the_right_one_is_void(people: People) -> None:
    printed = slip(people)
    with acting_as("owner"):
        ActivationCode.objects.filter(pk=printed.pk).update(tries=199)
    enter(Client(), code="AAAAAAAA")
    assert enter(Client(REMOTE_ADDR="10.0.1.1")).status_code == 200


def test_a_stranger_does_not_void_somebodys_slip(people: People) -> None:
    slip(people)
    for turn in range(20):
        enter(Client(REMOTE_ADDR=f"10.0.0.{turn}"), code="AAAAAAAA")
    assert enter(Client(REMOTE_ADDR="10.0.1.1")).status_code == 302


def test_one_address_tries_a_number_five_times_in_a_quarter_of_an_hour(people: People) -> None:
    answers = [enter(Client(), id_number(sequence=812), "AAAAAAAA").content.decode() for _turn in range(6)]
    assert "操作太频繁了" in answers[5] and "操作太频繁了" not in answers[4]


def test_unknown_wrong_used_revoked_and_late_get_one_answer(people: People) -> None:
    answers = {page(enter(Client(), number, "AAAAAAAA"), number) for number in (NUMBER, HELANFANG_NUMBER, id_number())}
    slip(people)
    answers.add(page(enter(Client(), code="AAAAAAAA"), NUMBER))
    with acting_as("owner"):
        ActivationCode.objects.update(used_at=NOON)
    answers.add(page(enter(Client(), code="AAAAAAAA"), NUMBER))
    assert len(answers) == 1


def test_a_phone_that_is_proved_belongs_to_the_account(people: People, client: Client) -> None:
    slip(people)
    enter(client)
    assert set_secrets(client, PHONE).url == reverse("account_activate_phone")
    client.post(reverse("account_activate_phone"), {"code": code_sent()})
    with acting_as("owner"):
        account = Account.objects.get(resident__name="钱来顺")
        assert (account.phone, account.phone_verified_at) == (PHONE, NOON)


def test_a_phone_that_is_not_proved_is_left_out(people: People, client: Client) -> None:
    slip(people)
    enter(client)
    set_secrets(client, PHONE)
    client.post(reverse("account_activate_phone"), {"code": wrong(code_sent())})
    client.post(reverse("account_activate_phone"), {"without": "1"})
    with acting_as("owner"):
        assert Account.objects.get(resident__name="钱来顺").phone is None


def test_an_account_that_was_there_gets_a_new_password_and_proof(people: People, client: Client) -> None:
    slip(people, HELANFANG_NUMBER, level=2)
    activate(client, HELANFANG_NUMBER)
    by_password(old := Client(), HELANFANG_NUMBER, PASSWORD)
    by_password(new := Client(), HELANFANG_NUMBER, NEW)
    assert not is_in(old) and is_in(new) and proof_of("贺兰芳").level == 2


def test_an_account_that_was_switched_off_opens_again(people: People, client: Client) -> None:
    slip(people, HELANFANG_NUMBER)
    with acting_as("owner"):
        Account.objects.filter(pk=people.helanfang_account.pk).update(is_active=False)
    activate(client, HELANFANG_NUMBER)
    by_password(client, HELANFANG_NUMBER, NEW)
    assert is_in(client)


def test_nobody_opens_an_account_of_the_dead(people: People, client: Client) -> None:
    code = slip(people)
    enter(client)
    with acting_as("owner"):
        type(code.resident).objects.filter(pk=code.resident_id).update(deceased_on=date(2026, 11, 1))
    assert set_secrets(client).url == reverse("account_activate")


def test_without_a_code_there_is_no_second_page(client: Client) -> None:
    assert set_secrets(client).url == reverse("account_activate")


def test_a_quarter_of_an_hour_is_enough_for_a_password(people: People, client: Client, at: Clock) -> None:
    slip(people)
    enter(client)
    with at(NOON + timedelta(minutes=16)):
        assert set_secrets(client).url == reverse("account_activate")


def test_the_code_is_kept_nowhere_in_the_open(people: People, client: Client) -> None:
    slip(people)
    enter(client)
    assert CODE not in str(dict(client.session)) and NUMBER not in str(dict(client.session))


def test_the_code_to_the_phone_does_not_last_as_long_as_the_errand(people: People, client: Client, at: Clock) -> None:
    slip(people)
    enter(client)
    set_secrets(client, PHONE)
    with at(NOON + timedelta(minutes=5, seconds=1)):
        client.post(reverse("account_activate_phone"), {"code": code_sent()})
    with acting_as("owner"):
        assert not Account.objects.filter(resident__name="钱来顺").exists()


@pytest.mark.parametrize("part", [NUMBER[-6:], NUMBER[6:14]])
def test_a_first_password_is_not_from_ones_papers(people: People, client: Client, part: str) -> None:
    slip(people)
    enter(client)
    assert "认识您的人容易猜到" in set_secrets(client, password=f"xkq-{part}-w").content.decode()
