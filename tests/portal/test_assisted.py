"""帮办: what opens it, what it holds, what it leaves behind, and how it ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Booking
from facilities.models import Membership
from foundation import clock
from foundation.crypto import digest
from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records.models import Report
from residents.models import Account, Delivery, Notice, Opening, PresenceCode, Resident
from residents.presence import new_card_code
from tests import factories
from tests.appointments.scenes import clinic
from tests.people import People
from tests.portal.staffing import Enter, colleague, events
from tests.residents.door import work
from tests.sessions import session_of

TOMORROW = timedelta(days=1)


def card(of: Resident, **fields: Any) -> str:
    """A printed card's code, its hash in the database."""
    code, now = new_card_code(), clock.now()
    fields = {"issued_at": now - timedelta(days=30), "expires_at": now + timedelta(days=300)} | fields
    factories.made(PresenceCode(resident=of, kind="card", code_hash=digest(code), **fields))
    return code


def help_with(client: Client, code: str, place: Any, *tasks: str) -> Any:
    return client.post(reverse("staff:assist"), {"code": code, "tasks": tasks, "facility": str(place.pk)})


def spoken(client: Client) -> str:
    """The code a resident's own phone shows."""
    return client.post(reverse("residents:helper_code")).context["code"]


@pytest.fixture
def report(people: People) -> Report:
    return factories.report(people.helanfang, factories.source(people.county), title="血常规")


@pytest.fixture
def helping(people: People, signed_in: Enter) -> Client:
    """李村医 helps 贺兰芳 with everything."""
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, "book", "cancel", "print", "explain")
    return client


def book(client: Client, people: People, days: int = 1) -> str:
    """Book the first free place of a new clinic some days ahead; returns where the browser is sent."""
    at = clinic(people.township, (clock.now() + days * TOMORROW).date())
    address = reverse("appointments:confirm", args=[at.slots[0].pk])
    key = client.get(address).context["form_key"]
    response = client.post(address, {"form_key": str(key)})
    assert response.status_code == 302, response.content.decode()
    return response.url


def receipts(of: Resident) -> int:
    with acting_as("owner"):
        return Notice.objects.filter(resident=of, kind="assisted_act").count()


def let_it_run_out() -> None:
    with acting_as("owner"):
        Opening.objects.update(closes_at=clock.now() - timedelta(seconds=1))


def test_a_card_opens_the_person(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    response = help_with(client, card(people.helanfang), people.township, "book")
    assert response.url == reverse("staff:assisting")
    assert "帮贺兰芳办事" in client.get(response.url).content.decode()


def test_a_card_may_be_typed_in_groups_and_small_letters(people: People, signed_in: Enter) -> None:
    code = card(people.helanfang).lower()
    typed = " ".join(code[n : n + 4] for n in range(0, 16, 4))
    assert help_with(signed_in(people.licunyi), typed, people.township, "book").status_code == 302


def test_a_code_said_aloud_works_once(people: People, signed_in: Enter) -> None:
    code = spoken(signed_in(people.helanfang_account))
    client = signed_in(people.licunyi)
    assert help_with(client, code, people.township, "book").status_code == 302
    assert "不对" in help_with(client, code, people.township, "book").content.decode()


def test_another_code_ends_the_one_before(people: People, signed_in: Enter) -> None:
    her = signed_in(people.helanfang_account)
    first, _second = spoken(her), spoken(her)
    assert "不对" in help_with(signed_in(people.licunyi), first, people.township, "book").content.decode()


def test_a_code_that_is_too_old_opens_nothing(people: People, signed_in: Enter) -> None:
    code = spoken(signed_in(people.helanfang_account))
    with acting_as("owner"):
        past = clock.now() - timedelta(hours=1)
        PresenceCode.objects.update(issued_at=past, expires_at=past + timedelta(minutes=10))
    assert "不对" in help_with(signed_in(people.licunyi), code, people.township, "book").content.decode()


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_card_that_was_taken_back_opens_nothing(field: str, people: People, signed_in: Enter) -> None:
    code = card(people.helanfang, **{field: clock.now() - timedelta(minutes=1)})
    assert "不对" in help_with(signed_in(people.licunyi), code, people.township, "book").content.decode()


def test_the_card_of_somebody_who_died_opens_nothing(people: People, signed_in: Enter) -> None:
    code = card(people.helanfang)
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(deceased_on=clock.now().date())
    assert "不对" in help_with(signed_in(people.licunyi), code, people.township, "book").content.decode()


def test_a_wrong_code_is_written_down(people: People, signed_in: Enter) -> None:
    help_with(signed_in(people.licunyi), "0" * 16, people.township, "book")
    (event,) = events(action="residents.refused_assist")
    assert (event.actor_name, event.facility_id, event.resident_id) == ("李村医", people.township.pk, None)


def test_after_five_wrong_codes_the_right_one_has_to_wait(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    for _n in range(5):
        help_with(client, "0" * 16, people.township, "book")
    page = help_with(client, card(people.helanfang), people.township, "book").content.decode()
    assert "15分钟后再试" in page
    assert events(action="residents.opened_assisted") == []


def test_a_code_is_tried_in_the_database_no_more_often_elsewhere(people: People, signed_in: Enter) -> None:
    factories.membership(people.licunyi, people.county, "clinician")
    client = signed_in(people.licunyi)
    for _n in range(5):
        help_with(client, "0" * 16, people.township, "book")
    assert "15分钟" in help_with(client, card(people.helanfang), people.county, "book").content.decode()


@pytest.mark.parametrize("role", ["reception", "village_doctor", "clinician", "public_health", "manager"])
def test_whoever_meets_residents_may_help(role: str, people: People, signed_in: Enter) -> None:
    response = help_with(signed_in(colleague(people, role)), card(people.helanfang), people.township, "book")
    assert response.status_code == 302


@pytest.mark.parametrize("role", ["administrator", "security", "auditor", "editor", "engineer"])
def test_nobody_else_helps(role: str, people: People, signed_in: Enter) -> None:
    response = help_with(signed_in(colleague(people, role)), card(people.helanfang), people.township, "book")
    assert response.status_code == 403


PAGES = {
    "records:home": {"explain"},
    "records:reports": {"print", "explain"},
    "appointments:bookings": {"book", "cancel"},
}


@pytest.mark.parametrize("page", sorted(PAGES))
@pytest.mark.parametrize("task", ["book", "cancel", "print", "explain"])
def test_a_helper_keeps_to_the_tasks(task: str, page: str, people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, task)
    answer = client.get(reverse(page))
    assert (answer.status_code == 200) == (task in PAGES[page])


def test_explaining_is_not_printing(people: People, report: Report, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, "explain")
    assert client.get(reverse("records:report", args=[report.pk])).status_code == 200
    assert client.get(reverse("records:report_pdf", args=[report.pk])).status_code == 302


def test_booking_is_not_cancelling(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, "book")
    booking = book(client, people).rstrip("/").rpartition("/")[2]
    client.post(reverse("appointments:cancel", args=[booking]))
    with acting_as("owner"):
        assert Booking.objects.get(pk=booking).status == "booked"


def test_a_helper_who_books_sees_no_health_data_in_the_database_either(
    people: People, report: Report, signed_in: Enter
) -> None:
    client = signed_in(people.licunyi)
    help_with(client, card(people.helanfang), people.township, "book", "cancel")
    with session_of(client):
        assert (Resident.objects.filter(pk=people.helanfang.pk).count(), Report.objects.count()) == (1, 0)


def test_a_helper_books(people: People, helping: Client) -> None:
    address = book(helping, people)
    assert "候诊序号" in helping.get(address).content.decode()


def test_each_act_has_a_receipt(people: People, helping: Client) -> None:
    book(helping, people, days=2)
    book(helping, people, days=3)
    assert receipts(people.helanfang) == 2


def test_looking_together_at_six_pages_is_one_receipt(people: People, report: Report, helping: Client) -> None:
    for page in ("records:home", "records:reports", "records:home"):
        helping.get(reverse(page))
    helping.get(reverse("records:report", args=[report.pk]))
    assert receipts(people.helanfang) == 1


def test_a_receipt_goes_into_the_outbox(people: People, helping: Client) -> None:
    book(helping, people)
    work()
    with acting_as("owner"):
        told = Delivery.objects.filter(resident_id=people.helanfang.pk).exclude(status="withheld")
        assert {"assisted_act", "booked"} <= set(told.values_list("template", flat=True))


def test_the_slip_lists_every_act_and_the_queue_number(people: People, helping: Client) -> None:
    address = book(helping, people)
    number = helping.get(address).context["booking"].number
    page = helping.get(reverse("staff:slip")).content.decode()
    assert "预约了一个号" in page
    assert f'<span class="figure-value">{number}</span>' in page


def test_she_sees_who_helped_her(people: People, helping: Client, signed_in: Enter) -> None:
    book(helping, people)
    page = signed_in(people.helanfang_account).get(reverse("residents:access_log")).content.decode()
    assert "李村医" in page
    assert "帮办" in page


# --- how it ends ---------------------------------------------------------------------------------------------------


@pytest.fixture
def addresses(people: People, report: Report, helping: Client) -> list[str]:
    """Every page about her that the helper has just read."""
    booking = book(helping, people)
    found = [
        reverse("records:home"),
        reverse("records:reports"),
        reverse("records:report", args=[report.pk]),
        reverse("records:report_pdf", args=[report.pk]),
        reverse("appointments:bookings"),
        booking,
    ]
    assert [address for address in found if helping.get(address).status_code != 200] == []
    return found


def readable(client: Client, addresses: list[str]) -> list[str]:
    return [address for address in addresses if client.get(address).status_code == 200]


def test_nothing_is_readable_when_the_time_is_over(helping: Client, addresses: list[str]) -> None:
    let_it_run_out()
    assert readable(helping, addresses) == []


def test_nothing_is_readable_after_finishing(helping: Client, addresses: list[str]) -> None:
    helping.post(reverse("residents:stop_acting"))
    assert readable(helping, addresses) == []


def test_the_slip_is_gone_when_the_time_is_over(helping: Client, addresses: list[str]) -> None:
    let_it_run_out()
    assert helping.get(reverse("staff:slip")).status_code == 302


def test_the_back_button_shows_nothing(helping: Client, addresses: list[str]) -> None:
    assert {"no-store" in helping.get(address).headers["Cache-Control"] for address in addresses} == {True}


def test_another_session_of_the_same_helper_sees_nothing(
    people: People, helping: Client, addresses: list[str], signed_in: Enter
) -> None:
    assert readable(signed_in(people.licunyi), addresses) == []


def test_a_role_that_was_taken_ends_it_at_once(people: People, helping: Client, addresses: list[str]) -> None:
    with acting_as("owner"):
        Membership.objects.filter(account=people.licunyi).update(ended_at=clock.now())
    assert readable(helping, addresses) == []


def test_an_account_that_was_switched_off_sees_nothing(people: People, helping: Client, addresses: list[str]) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.licunyi.pk).update(is_active=False)
    assert readable(helping, addresses) == []


def test_the_minutes_are_a_dated_setting(people: People, signed_in: Enter) -> None:
    factories.made(DatedSetting(key="access.assisted_minutes", value=7, valid_from=clock.now() - TOMORROW))
    forget("access.assisted_minutes")
    help_with(signed_in(people.licunyi), card(people.helanfang), people.township, "book")
    with acting_as("owner"):
        opening = Opening.objects.get()
    assert opening.closes_at - opening.opened_at == timedelta(minutes=7)
