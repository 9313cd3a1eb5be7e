"""Phones: changing one, PINs, numbers that several people use, numbers that slept."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import Account, Delivery, Notice, Resident
from residents.registration.forms import is_trivial
from residents.registration.second_secret import set_pin
from tests import factories
from tests.factories import NOON, PASSWORD, id_number
from tests.people import People
from tests.residents.door import ask_code, by_password, code_sent, give_code, is_in, last_delivery, set_password, wrong
from tests.residents.registering import PHONE

Clock = Callable[[datetime], AbstractContextManager[Any]]
MORE = "/accounts/login/more/"
SHARED = "19900000009"
FIRST, SECOND = id_number(sequence=821), id_number(sequence=822)


@pytest.fixture
def family(people: People) -> Account:
    """Two people on one number; the first of them."""
    first = factories.account(factories.resident("周大爷", FIRST), phone=SHARED)
    factories.account(factories.resident("周大娘", SECOND), phone=SHARED, password="second-lantern-42")
    return first


@pytest.fixture
def noon(at: Clock) -> Iterator[None]:
    with at(NOON):
        yield


def by_code(client: Client, number: str = FIRST) -> HttpResponse:
    ask_code(client, number)
    return give_code(client, code_sent())


def more(client: Client, secret: str) -> HttpResponse:
    return client.post(MORE, {"secret": secret})


def account(of: Account) -> Account:
    with acting_as("owner"):
        found = Account.objects.get(pk=of.pk)
        found.phone  # noqa: B018  # opened while the owner may read it
        return found


def test_a_number_of_one_person_needs_the_code_alone(people: People, noon: None, client: Client) -> None:
    ask_code(client)
    give_code(client, code_sent())
    assert is_in(client)


def test_a_shared_number_needs_more_than_the_code(family: Account, noon: None, client: Client) -> None:
    assert by_code(client).url == MORE
    assert not is_in(client)


def test_after_the_code_the_password_opens_the_door(family: Account, noon: None, client: Client) -> None:
    by_code(client)
    more(client, PASSWORD)
    assert is_in(client)


def test_after_the_code_the_pin_opens_the_door(family: Account, noon: None, client: Client) -> None:
    set_pin(family, "480615")
    by_code(client)
    more(client, "480615")
    assert is_in(client)


def test_the_secret_of_another_on_the_same_number_opens_nothing(family: Account, noon: None, client: Client) -> None:
    by_code(client)
    more(client, "second-lantern-42")
    assert not is_in(client)


def test_the_secret_alone_opens_nothing(family: Account, noon: None, client: Client) -> None:
    assert more(client, PASSWORD).url == reverse("account_login")


def test_wrong_secrets_have_to_wait(family: Account, noon: None, client: Client) -> None:
    by_code(client)
    answers = [more(client, "wrong").content.decode() for _turn in range(6)]
    assert "操作太频繁了" in answers[5]
    more(client, PASSWORD)
    assert not is_in(client)


def test_a_shared_number_without_any_secret_leads_to_the_counter(family: Account, noon: None, client: Client) -> None:
    set_password(family, None)
    by_code(client)
    assert "就近的窗口重新开通" in client.get(MORE).content.decode()
    more(client, "")
    assert not is_in(client)


def test_a_closed_account_shares_no_number(family: Account, noon: None, client: Client) -> None:
    with acting_as("owner"):
        Account.objects.filter(resident__name="周大娘").update(is_active=False)
    by_code(client)
    assert is_in(client)


def test_a_number_proved_by_somebody_else_is_shared_at_once(people: People, noon: None, client: Client) -> None:
    factories.account(factories.resident("新机主", id_number(sequence=823)), phone="19900000001")
    ask_code(client)
    assert give_code(client, code_sent()).url == MORE


def noted(person: Resident, phone: str, **fields: Any) -> None:
    """What a facility wrote down as a person's phone."""
    with acting_as("owner"):
        found = Resident.objects.get(pk=person.pk)
        found.phone = phone
        for name, value in fields.items():
            setattr(found, name, value)
        found.save()


def test_a_number_noted_for_somebody_without_an_account_is_shared(people: People, noon: None, client: Client) -> None:
    """Whoever reads the codes of a household's one phone is not therefore the one who has the account."""
    factories.resident("老伴", id_number(sequence=824), phone="19900000001")
    ask_code(client)
    assert give_code(client, code_sent()).url == MORE


def test_a_number_noted_for_the_person_too_is_still_theirs_alone(people: People, noon: None, client: Client) -> None:
    noted(people.helanfang, "19900000001")
    ask_code(client)
    give_code(client, code_sent())
    assert is_in(client)


def test_the_dead_share_no_number(people: People, noon: None, client: Client) -> None:
    noted(people.wangjianguo, "19900000001", deceased_on=NOON.date())
    ask_code(client)
    give_code(client, code_sent())
    assert is_in(client)


def test_without_any_secret_a_number_noted_for_another_leads_to_the_counter(
    people: People, noon: None, client: Client
) -> None:
    factories.resident("老伴", id_number(sequence=824), phone="19900000001")
    set_password(people.helanfang_account, None)
    ask_code(client)
    give_code(client, code_sent())
    assert "就近的窗口重新开通" in client.get(MORE).content.decode() and not is_in(client)


def test_a_number_that_slept_needs_more_than_the_code(people: People, at: Clock, client: Client) -> None:
    with at(NOON + timedelta(days=181)):
        ask_code(client)
        assert give_code(client, code_sent()).url == MORE


def test_success_wakes_the_number(people: People, at: Clock) -> None:
    with at(NOON + timedelta(days=181)):
        ask_code(client := Client())
        give_code(client, code_sent())
        more(client, PASSWORD)
    with at(NOON + timedelta(days=182)):
        ask_code(later := Client())
        give_code(later, code_sent())
        assert is_in(later)


def test_each_sign_in_by_code_keeps_the_number_awake(people: People, at: Clock) -> None:
    for days in (170, 340):
        with at(NOON + timedelta(days=days)):
            ask_code(client := Client())
            give_code(client, code_sent())
            assert is_in(client)


@pytest.fixture
def inside(people: People, noon: None) -> Client:
    """贺兰芳, who has just shown her password."""
    by_password(client := Client())
    return client


def ask_change(client: Client, phone: str = PHONE) -> HttpResponse:
    return client.post(reverse("residents:phone"), {"phone": phone})


def confirm_change(client: Client, code: str = "") -> HttpResponse:
    return client.post(reverse("residents:phone_confirm"), {"code": code or code_sent()})


def test_a_new_number_is_proved_before_it_counts(people: People, inside: Client) -> None:
    ask_change(inside)
    assert account(people.helanfang_account).phone == "19900000001"
    confirm_change(inside)
    assert account(people.helanfang_account).phone == PHONE


def test_the_code_goes_to_the_new_number(people: People, inside: Client) -> None:
    ask_change(inside)
    assert (last_delivery().template, last_delivery().recipient) == ("phone_code", PHONE)


def test_a_wrong_code_changes_nothing(people: People, inside: Client) -> None:
    ask_change(inside)
    confirm_change(inside, wrong(code_sent()))
    assert account(people.helanfang_account).phone == "19900000001"


def test_inbox_and_old_number_hear_of_the_change(people: People, inside: Client) -> None:
    ask_change(inside)
    confirm_change(inside)
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="phone_changed").count() == 1
        told = [line.recipient for line in Delivery.objects.filter(template="phone_changed")]
    assert told == ["19900000001"]


def test_other_sign_ins_end_with_a_new_number(people: People, inside: Client) -> None:
    by_password(elsewhere := Client())
    ask_change(inside)
    confirm_change(inside)
    assert is_in(inside) and not is_in(elsewhere)


def test_a_number_is_not_changed_without_a_recent_proof(people: People, inside: Client, at: Clock) -> None:
    with at(NOON + timedelta(minutes=20)):
        assert "reauthenticate" in ask_change(inside).url


def test_a_pin_is_kept_as_a_slow_hash(people: People, inside: Client) -> None:
    inside.post(reverse("residents:pin"), {"pin": "480615", "again": "480615"})
    kept = account(people.helanfang_account).pin
    assert "$" in kept and "480615" not in kept


@pytest.mark.parametrize("pin", ["12345", "123456", "111111", "480480", "19570213", "900000001", "48061x", ""])
def test_a_pin_that_is_guessed_first_is_refused(people: People, inside: Client, pin: str) -> None:
    inside.post(reverse("residents:pin"), {"pin": pin, "again": pin})
    assert account(people.helanfang_account).pin == ""


@pytest.mark.parametrize(
    ("pin", "trivial"), [("480615", False), ("654321", True), ("121212", True), ("135790", False), ("890123", True)]
)
def test_which_pins_are_trivial(pin: str, trivial: bool) -> None:
    assert is_trivial(pin, "") is trivial


def test_staff_have_no_phone_page(people: People, signed_in: Callable[[Account], Client]) -> None:
    assert signed_in(people.zhangqiantai).get(reverse("residents:phone")).status_code in {302, 403}
