"""At the counter: reading a document, opening the person, slips, cards, numbers that somebody only claimed."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents.models import (
    AccessEvent,
    Account,
    AccountSession,
    ActivationCode,
    DeathReport,
    Delegation,
    Identifier,
    PresenceCode,
    Resident,
)
from residents.registration import counter
from tests import factories
from tests.factories import id_number
from tests.people import HELANFANG_NUMBER, People
from tests.residents.door import by_password, is_in, last_delivery, work
from tests.residents.registering import register
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


@pytest.fixture
def claim(people: People) -> Account:
    """Somebody registered on line with a number of 钱来顺, whom the township knows."""
    factories.resident("钱来顺", id_number(sequence=902), facility=people.township)
    register(Client(), id_number(sequence=902), "冒名者")
    with acting_as("owner"):
        return Account.objects.get(resident__name="冒名者")


def booked(claim: Account, people: People, hour: int = 9, **fields: Any) -> Booking:
    """A place of the claim tomorrow."""
    department = factories.department(people.county, f"科室{hour}")
    session = factories.session(factories.practitioner(department), timezone.localdate() + timedelta(days=1))
    slot = factories.slot(session, hour)
    return factories.made(
        Booking(
            resident_id=claim.resident_id,
            slot=slot,
            session=session,
            facility=session.facility,
            department=department,
            date=session.date,
            period=session.period,
            form_key=factories.uuid7(),
            booked_by=claim.pk,
            booked_at=timezone.now(),
            **fields,
        )
    )


def test_a_claim_on_the_number_is_shown_and_closes_the_printer(people: People, desk: Client, claim: Account) -> None:
    read(desk, id_number(sequence=902))
    assert "冒名者" in shown(desk)
    assert desk.post(reverse("staff:counter_issue")).url == reverse("staff:counter_person")


def test_taking_the_number_over_closes_the_claim(people: People, desk: Client, claim: Account) -> None:
    squatter = Client()
    by_password(squatter, id_number(sequence=902))
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"))
    by_password(again := Client(), id_number(sequence=902))
    assert not is_in(squatter) and not is_in(again) and "冒名者" not in shown(desk)


def test_after_taking_over_a_slip_is_printed(people: People, desk: Client, claim: Account) -> None:
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"))
    assert issue(desk)


def test_the_claims_bookings_are_kept_or_given_up_as_the_person_says(
    people: People, desk: Client, claim: Account
) -> None:
    wanted, unwanted = booked(claim, people, 9), booked(claim, people, 10)
    read(desk, id_number(sequence=902))
    assert "科室9" in shown(desk) and "科室10" in shown(desk)
    desk.post(reverse("staff:counter_take_over"), {f"booking-{wanted.pk}": "keep", f"booking-{unwanted.pk}": "cancel"})
    with acting_as("owner"):
        live = Booking.objects.exclude(status="cancelled")
        assert [(b.resident.name, b.slot_id) for b in live] == [("钱来顺", wanted.slot_id)]


def test_a_place_that_is_kept_is_never_free_in_between(people: People, desk: Client, claim: Account) -> None:
    booking = booked(claim, people)
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"), {f"booking-{booking.pk}": "keep"})
    booking.slot.refresh_from_db(using="owner")
    assert booking.slot.taken == 1


def test_strikes_of_the_claim_do_not_fall_on_the_person(people: People, desk: Client, claim: Account) -> None:
    booked(claim, people, status="no_show")
    read(desk, id_number(sequence=902))
    desk.post(reverse("staff:counter_take_over"))
    with acting_as("owner"):
        assert not Booking.objects.filter(resident__name="钱来顺").exists()


def test_a_new_person_takes_the_number_over_too(people: People, desk: Client) -> None:
    register(Client(), NOBODY, "冒名者")
    read(desk, f"{NOBODY} 孙新来")
    desk.post(reverse("staff:counter_new"), {"name": "孙新来"})
    assert "冒名者" in shown(desk)


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


def test_an_entered_death_changes_nothing_yet(people: People, desk: Client, signed_in: Enter) -> None:
    report(desk)
    assert died(people) is None and is_in(signed_in(people.helanfang_account))


def test_a_confirmed_death_ends_account_and_delegations_at_once(
    people: People, desk: Client, manager: Client, signed_in: Enter
) -> None:
    inside = signed_in(people.helanfang_account)
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    report(desk)
    work()
    decide(manager, "confirm")
    by_password(again := Client())
    with acting_as("owner"):
        live = Delegation.objects.filter(resident=people.helanfang, ended_at=None)
        assert died(people) == date(2026, 11, 1) and not live.exists()
    assert not is_in(inside) and not is_in(again)


def test_a_refused_death_changes_nothing(people: People, desk: Client, manager: Client, signed_in: Enter) -> None:
    report(desk)
    decide(manager, "refuse")
    assert died(people) is None and is_in(signed_in(people.helanfang_account))


def test_nobody_confirms_a_death_they_entered(people: People, manager: Client) -> None:
    report(manager)
    page = manager.get(reverse("staff:deaths")).content.decode()
    assert "请另一位负责人复核" in page and "verdict" not in page


def test_reception_confirms_no_death(people: People, desk: Client, manager: Client) -> None:
    report(manager)
    with acting_as("owner"):
        key = DeathReport.objects.get().pk
    desk.post(reverse("staff:decide_death", args=[key]), {"verdict": "confirm"})
    assert died(people) is None


def test_a_death_entered_by_mistake_is_put_right_before_the_person(
    people: People, desk: Client, manager: Client
) -> None:
    report(desk)
    work()
    decide(manager, "confirm")
    read(desk)
    desk.post(reverse("staff:counter_alive"))
    decide(manager, "confirm")
    assert died(people) is None


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
