"""At the counter: reading a document, opening the person, slips, cards, numbers that somebody only claimed."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, AccountSession, ActivationCode, Identifier, PresenceCode, Resident
from residents.registration import counter
from tests import factories
from tests.factories import id_number
from tests.people import HELANFANG_NUMBER, People
from tests.residents.door import by_password, is_in, last_delivery
from tests.sessions import session_of

Enter = Callable[[Account], Client]
NOBODY = id_number(sequence=901)


def read(desk: Client, typed: str = HELANFANG_NUMBER, **more: str) -> HttpResponse:
    """Card, confirmation; returns the answer to the confirmation."""
    desk.post(reverse("staff:counter"), {"card": typed, **more})
    return desk.post(reverse("staff:counter_check"))


def issue(desk: Client) -> str:
    """The code on a slip."""
    page = desk.post(reverse("staff:counter_issue"), {"agreed": "on"}).content.decode()
    found = re.search(r'class="slip-code">([^<]+)<', page)
    assert found, page
    return found.group(1)


def shown(desk: Client) -> str:
    return desk.get(reverse("staff:counter_person")).content.decode()


@pytest.fixture
def desk(people: People, signed_in: Enter) -> Client:
    return signed_in(people.zhangqiantai)


def test_nobody_is_looked_up_before_card_and_person_were_compared(people: People, desk: Client) -> None:
    desk.post(reverse("staff:counter"), {"card": HELANFANG_NUMBER})
    page = desk.get(reverse("staff:counter_check")).content.decode()
    assert "贺兰芳" not in page and "640" in page and HELANFANG_NUMBER not in page
    with acting_as("owner"):
        assert not AccessEvent.objects.filter(resident_id=people.helanfang.pk).exists()


def test_a_read_document_opens_the_person(people: People, desk: Client) -> None:
    assert read(desk).url == reverse("staff:counter_person")
    assert "贺兰芳" in shown(desk)


def test_the_whole_number_is_not_shown(people: People, desk: Client) -> None:
    read(desk)
    assert HELANFANG_NUMBER not in shown(desk)


@pytest.mark.parametrize(
    "typed",
    [
        HELANFANG_NUMBER,
        f"{HELANFANG_NUMBER}\t贺兰芳",
        f"贺兰芳 {HELANFANG_NUMBER}",
        f"姓名:贺兰芳 性别:女 民族:汉 公民身份号码:{HELANFANG_NUMBER}",
        HELANFANG_NUMBER.translate({ord("0") + n: ord("０") + n for n in range(10)}),
    ],
)
def test_whatever_a_reader_types_is_understood(people: People, desk: Client, typed: str) -> None:
    read(desk, typed)
    text = shown(desk)
    assert "贺兰芳" in text and "证件上的姓名和档案不一样" not in text


def test_a_number_nobody_has_leads_to_a_new_person(people: People, desk: Client) -> None:
    assert read(desk, f"{NOBODY} 孙新来").url == reverse("staff:counter_new")
    assert desk.post(reverse("staff:counter_new"), {"name": "孙新来"}).url == reverse("staff:counter_person")
    with acting_as("owner"):
        made = Resident.objects.get(name="孙新来")
        assert (made.facility_id, made.provisional, made.birth_date) == (
            people.township.pk,
            False,
            date(1980, 1, 1),
        )
        assert Identifier.objects.get(resident=made).value == NOBODY


def test_no_person_is_made_without_the_comparison(people: People, desk: Client) -> None:
    desk.post(reverse("staff:counter"), {"card": NOBODY})
    desk.post(reverse("staff:counter_new"), {"name": "孙新来"})
    with acting_as("owner"):
        assert not Resident.objects.filter(name="孙新来").exists()


def test_an_editor_has_no_counter(people: People, signed_in: Enter) -> None:
    assert signed_in(people.editor).get(reverse("staff:counter")).status_code == 403


def test_a_resident_finds_no_counter(people: People, signed_in: Enter) -> None:
    assert signed_in(people.helanfang_account).get(reverse("staff:counter")).status_code == 404


def test_a_slip_shows_a_code_once(people: People, desk: Client) -> None:
    read(desk)
    code = issue(desk)
    assert re.fullmatch(r"\w{4} \w{4}", code) and code not in shown(desk)


def test_a_slip_needs_the_word_that_the_old_ways_end(people: People, desk: Client) -> None:
    read(desk)
    assert desk.post(reverse("staff:counter_issue")).url == reverse("staff:counter_person")


def level_of_slip(desk: Client) -> int:
    issue(desk)
    with acting_as("owner"):
        return ActivationCode.objects.get(used_at=None, revoked_at=None).level


def test_a_number_from_the_reader_gives_level_three(people: People, desk: Client) -> None:
    read(desk)
    assert level_of_slip(desk) == 3


def test_a_number_that_was_typed_gives_level_two(people: People, desk: Client) -> None:
    factories.resident("钱来顺", NOBODY, phone="19900000077")
    read(desk, NOBODY, manual="on")
    assert level_of_slip(desk) == 2


def test_a_card_read_for_the_next_person_proves_nothing_of_this_one(people: People, desk: Client) -> None:
    factories.resident("钱来顺", NOBODY, phone="19900000077")
    read(desk, NOBODY, manual="on")
    desk.post(reverse("staff:counter"), {"card": HELANFANG_NUMBER})
    assert level_of_slip(desk) == 2


def test_a_slip_ends_whatever_opened_the_account(people: People, desk: Client, signed_in: Enter) -> None:
    old = signed_in(people.helanfang_account)
    read(desk)
    issue(desk)
    by_password(later := Client())
    assert not is_in(old) and not is_in(later)
    with acting_as("owner"):
        account = Account.objects.get(pk=people.helanfang_account.pk)
        assert account.phone is None and not AccountSession.objects.filter(account=account).exists()


def test_the_old_phone_hears_of_it(people: People, desk: Client) -> None:
    read(desk)
    issue(desk)
    assert (last_delivery().template, last_delivery().recipient) == ("activation_printed", "19900000001")


def test_no_slip_for_a_child_under_14(people: People, desk: Client) -> None:
    born = timezone.localdate() - timedelta(days=365 * 9)
    factories.resident("小朋友", id_number(born, 33))
    read(desk, id_number(born, 33))
    assert desk.post(reverse("staff:counter_issue")).url == reverse("staff:counter_person")


def test_no_slip_without_an_open_counter(people: People, desk: Client) -> None:
    assert desk.post(reverse("staff:counter_issue"), {"agreed": "on"}).url == reverse("staff:counter")


def test_nothing_is_done_after_next_please(people: People, desk: Client) -> None:
    read(desk)
    desk.post(reverse("staff:counter_done"))
    assert desk.get(reverse("staff:counter_person")).url == reverse("staff:counter")


def test_a_card_lets_helpers_open_the_person(people: People, desk: Client, signed_in: Enter) -> None:
    read(desk)
    page = desk.post(reverse("staff:counter_card")).content.decode()
    code = re.search(r'slip-code-long">([^<]+)<', page).group(1)
    doctor = signed_in(people.licunyi)
    answer = doctor.post(reverse("staff:assist"), {"code": code, "tasks": ["book"]})
    assert answer.url == reverse("staff:assisting")


def test_a_new_card_makes_the_old_one_void(people: People, desk: Client) -> None:
    read(desk)
    desk.post(reverse("staff:counter_card"))
    desk.post(reverse("staff:counter_card"))
    with acting_as("owner"):
        cards = PresenceCode.objects.filter(resident=people.helanfang, kind="card")
        assert (cards.count(), cards.filter(revoked_at=None).count()) == (2, 1)


def test_another_name_on_the_card_is_said_and_can_be_taken(people: People, desk: Client) -> None:
    read(desk, f"{HELANFANG_NUMBER} 贺兰香")
    assert "证件上的姓名和档案不一样" in shown(desk)
    desk.post(reverse("staff:counter_rename"), {"name": "贺兰香"})
    with acting_as("owner"):
        changed = Resident.objects.get(pk=people.helanfang.pk)
    assert (changed.name, changed.name_pinyin) == ("贺兰香", "helanxiang")


def test_staff_elsewhere_cannot_call_the_functions_for_a_person_they_did_not_open(people: People, desk: Client) -> None:
    with session_of(desk):
        assert counter.facts(people.wangjianguo.pk) is None
        assert counter.claims(people.wangjianguo.pk) == []


def report(desk: Client, number: str = HELANFANG_NUMBER) -> None:
    data = {"number": number, "died_on": "2026-11-01", "evidence": "户口注销证明"}
    desk.post(reverse("staff:deaths"), data)


@pytest.fixture
def manager(people: People, signed_in: Enter) -> Client:
    return signed_in(factories.staff("yuanzhang", "赵院长", people.township, "manager"))


def decide(manager: Client, verdict: str) -> HttpResponse:
    page = manager.get(reverse("staff:deaths")).content.decode()
    found = re.search(r'action="(/staff/deaths/[0-9a-f-]+/)"', page)
    assert found
    return manager.post(found.group(1), {"verdict": verdict})


def died(people: People) -> date | None:
    with acting_as("owner"):
        return Resident.objects.get(pk=people.helanfang.pk).deceased_on


def test_the_counter_writes_down_what_it_did(people: People, desk: Client) -> None:
    read(desk)
    issue(desk)
    desk.post(reverse("staff:counter_card"))
    with acting_as("owner"):
        events = AccessEvent.objects.filter(resident_id=people.helanfang.pk).order_by("at", "id")
        assert {(e.action, e.capacity, e.actor_name) for e in events} == {
            ("residents.opened_counter", "counter", "张前台"),
            ("residents.issued_activation", "counter", "张前台"),
            ("residents.issued_card", "counter", "张前台"),
        }


def test_a_first_slip_is_told_to_the_number_a_facility_noted(people: People, desk: Client) -> None:
    """Staff who print a slip for themselves choose the account's phone, but not this one."""
    factories.resident("钱来顺", id_number(sequence=903), facility=people.township, phone="19900000077")
    read(desk, id_number(sequence=903))
    issue(desk)
    assert (last_delivery().template, last_delivery().recipient) == ("activation_printed", "19900000077")
