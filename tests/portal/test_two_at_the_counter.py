"""What takes two persons at the counter, or is told at once: slips without a card, one's own cards, deaths."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from facilities.models import Membership
from foundation.rowsecurity import acting_as
from residents.models import Account, ActivationCode, Delivery, Notice, Opening, Resident, Verification
from tests import factories
from tests.factories import id_number
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter, events
from tests.residents.door import by_password, is_in, work
from tests.residents.test_counter import issue, read

OTHER = id_number(sequence=905)


@pytest.fixture
def desk(people: People, signed_in: Enter) -> Client:
    return signed_in(people.zhangqiantai)


@pytest.fixture
def colleague(people: People, signed_in: Enter) -> Client:
    return signed_in(factories.staff("liuqiantai", "刘前台", people.township, "reception"))


@pytest.fixture
def manager(people: People, signed_in: Enter) -> Client:
    return signed_in(factories.staff("yuanzhang", "赵院长", people.township, "manager"))


def try_to_issue(desk: Client) -> str:
    """The page after asking for a slip."""
    return desk.post(reverse("staff:counter_issue"), {"agreed": "on"}, follow=True).content.decode()


def agree(colleague: Client) -> None:
    """The colleague says that card and person were compared."""
    assert colleague.post(reverse("staff:counter_issue"), {"witness": "on"}).url == reverse("staff:counter_person")


def slips() -> int:
    with acting_as("owner"):
        return ActivationCode.objects.filter(revoked_at=None).count()


def told(template: str) -> list[str]:
    """The numbers that a message of this kind is waiting for, or went to."""
    with acting_as("owner"):
        return [delivery.recipient for delivery in Delivery.objects.filter(template=template)]


# --- slips -----------------------------------------------------------------------------------------------------------


def test_nobody_alone_takes_an_account_over_with_a_number_that_was_typed(people: People, desk: Client) -> None:
    read(desk, manual="on")
    assert "需要两个人" in try_to_issue(desk)
    by_password(hers := Client())
    assert (slips(), is_in(hers)) == (0, True)


def test_a_colleague_who_compared_the_card_too_makes_two(people: People, desk: Client, colleague: Client) -> None:
    read(colleague, manual="on")
    agree(colleague)
    read(desk, manual="on")
    assert issue(desk)
    (event,) = events(action="residents.witnessed_activation")
    assert (event.actor_name, event.resident_id) == ("刘前台", people.helanfang.pk)


def test_a_colleague_who_has_finished_is_no_witness(people: People, desk: Client, colleague: Client) -> None:
    read(colleague, manual="on")
    agree(colleague)
    colleague.post(reverse("staff:counter_done"))
    read(desk, manual="on")
    assert "需要两个人" in try_to_issue(desk)


def test_a_colleague_at_another_place_is_no_witness(people: People, desk: Client, signed_in: Enter) -> None:
    read(far := signed_in(factories.staff("yuanfang", "远方前台", people.county, "reception")), manual="on")
    agree(far)
    read(desk, manual="on")
    assert "需要两个人" in try_to_issue(desk)


def test_oneself_in_another_browser_is_no_witness(people: People, desk: Client, signed_in: Enter) -> None:
    read(other := signed_in(people.zhangqiantai), manual="on")
    agree(other)
    read(desk, manual="on")
    assert "需要两个人" in try_to_issue(desk)


def test_an_account_that_was_ended_by_a_slip_still_takes_two(people: People, desk: Client) -> None:
    read(desk)
    issue(desk)
    read(desk, manual="on")
    assert "需要两个人" in try_to_issue(desk)


def first_account(people: People, **fields: Any) -> Resident:
    """Somebody on file without an account."""
    return factories.resident("钱来顺", OTHER, facility=people.township, **fields)


def test_a_first_account_with_no_phone_to_ring_takes_two(people: People, desk: Client) -> None:
    """Nobody would hear of it: neither a card was read, nor can anybody be told."""
    first_account(people)
    read(desk, OTHER, manual="on")
    assert "需要两个人" in try_to_issue(desk) and slips() == 0


def test_with_a_colleague_it_is_opened(people: People, desk: Client, colleague: Client) -> None:
    first_account(people)
    read(colleague, OTHER, manual="on")
    agree(colleague)
    read(desk, OTHER, manual="on")
    assert issue(desk)


def test_with_a_card_in_the_reader_one_is_enough(people: People, desk: Client) -> None:
    first_account(people)
    read(desk, OTHER)
    assert issue(desk)


def test_somebody_new_typed_in_by_hand_takes_two(people: People, desk: Client) -> None:
    read(desk, OTHER, manual="on")
    desk.post(reverse("staff:counter_new"), {"name": "钱来顺"})
    assert "需要两个人" in try_to_issue(desk) and slips() == 0


@pytest.mark.parametrize(("phone", "said"), [(None, True), ("19900000077", False)])
def test_the_page_says_beforehand_that_it_takes_two(
    people: People, desk: Client, phone: str | None, said: bool
) -> None:
    first_account(people, phone=phone)
    read(desk, OTHER, manual="on")
    page = desk.get(reverse("staff:counter_person")).content.decode()
    assert ("没有登记过手机，打印激活码没有人会知道" in page) is said
    assert ("我也核对过，同意同事打印" in page) is said


def test_a_child_is_no_matter_for_a_colleague(people: People, desk: Client) -> None:
    child = id_number(factories.NOON.date().replace(year=2018), 906)
    factories.resident("小苗", child, facility=people.township)
    read(desk, child, manual="on")
    assert "未满14周岁" in try_to_issue(desk)


def test_a_first_account_is_opened_by_hand_and_says_so(people: People, desk: Client) -> None:
    first_account(people, phone="19900000077")
    read(desk, OTHER, manual="on")
    issue(desk)
    assert [e.action for e in events() if "issued_activation" in e.action] == ["residents.issued_activation_by_hand"]


@pytest.mark.parametrize(("manual", "proof"), [("", (3, "activation_code")), ("on", (2, "hand_code"))])
def test_the_proof_says_whether_a_card_was_read(
    people: People, desk: Client, manual: str, proof: tuple[int, str]
) -> None:
    first_account(people, phone="19900000077")
    read(desk, OTHER, manual=manual)
    visitor = Client()
    visitor.post(reverse("account_activate"), {"number": OTHER, "code": issue(desk)})
    visitor.post(reverse("account_activate_secrets"), dict.fromkeys(["password1", "password2"], "窗外的雨下了三天"))
    with acting_as("owner"):
        found = Verification.objects.get(account__resident__name="钱来顺")
    assert (found.level, found.method) == proof


def test_a_slip_rings_the_phone_of_the_account(people: People, desk: Client) -> None:
    read(desk)
    issue(desk)
    assert told("activation_printed") == ["19900000001"]


def test_a_slip_rings_the_phone_that_a_facility_noted(people: People, desk: Client) -> None:
    factories.resident("钱来顺", OTHER, facility=people.township, phone="19900000077")
    read(desk, OTHER, manual="on")
    issue(desk)
    work()
    assert told("activation_printed") == ["19900000077"]


def test_one_phone_rings_once(people: People, desk: Client) -> None:
    with acting_as("owner"):
        her = Resident.objects.get(pk=people.helanfang.pk)
        her.phone = "19900000001"
        her.save()
    read(desk)
    issue(desk)
    work()
    assert told("activation_printed") == ["19900000001"]


# --- cards -----------------------------------------------------------------------------------------------------------


def card_of(desk: Client) -> str:
    read(desk)
    page = desk.post(reverse("staff:counter_card"))
    code: str = page.context["code"]
    desk.post(reverse("staff:counter_done"))
    return code


def help_with(client: Client, code: str, *tasks: str) -> HttpResponse:
    return client.post(reverse("staff:assist"), {"code": code, "tasks": list(tasks)})


@pytest.fixture
def doctor(people: People, signed_in: Enter) -> Client:
    return signed_in(people.licunyi)


@pytest.mark.parametrize("task", ["print", "explain"])
def test_a_card_one_printed_oneself_opens_nothing_to_read(people: People, doctor: Client, task: str) -> None:
    answer = help_with(doctor, card_of(doctor), "book", task)
    assert "您自己打印的" in answer.content.decode()
    with acting_as("owner"):
        assert not Opening.objects.filter(kind="assisted").exists()


def test_the_only_doctor_of_a_village_still_books_with_it(people: People, doctor: Client) -> None:
    assert help_with(doctor, card_of(doctor), "book", "cancel").url == reverse("staff:assisting")


def test_a_colleague_explains_with_it(people: People, desk: Client, doctor: Client) -> None:
    assert help_with(doctor, card_of(desk), "explain").url == reverse("staff:assisting")


def test_trying_ones_own_card_is_written_down_and_is_no_wrong_guess(people: People, doctor: Client) -> None:
    code = card_of(doctor)
    for _n in range(6):
        help_with(doctor, code, "explain")
    assert len(events(action="residents.refused_own_card")) == 6
    assert help_with(doctor, code, "book").status_code == 302


# --- a counter of one's own ------------------------------------------------------------------------------------------


def test_reception_of_the_bureau_has_no_counter_elsewhere(people: People, signed_in: Enter) -> None:
    clerk: Account = factories.staff("julijietai", "局前台", people.bureau, "reception")
    client = signed_in(clerk)
    client.post(reverse("staff:counter"), {"card": HELANFANG_NUMBER, "facility": str(people.township.pk)})
    client.post(reverse("staff:counter_check"))
    with acting_as("owner"):
        assert Membership.objects.get(account=clerk).facility_id == people.bureau.pk
        assert not Opening.objects.filter(facility=people.township).exists()


def test_the_database_opens_nobody_at_a_counter_of_others(people: People, signed_in: Enter) -> None:
    from residents import openings
    from residents.documents import read as document
    from tests.sessions import session_of

    client = signed_in(factories.staff("julijietai", "局前台", people.bureau, "reception"))
    where: dict[str, Any] = {"facility_id": people.township.pk, "origin": openings.Origin(None, "")}
    with session_of(client), pytest.raises(openings.NotOpened):
        openings.open_at_the_counter(document=document(HELANFANG_NUMBER, factories.NOON.date()), **where)
    with acting_as("owner"):
        assert not Notice.objects.filter(resident=people.helanfang).exists()
