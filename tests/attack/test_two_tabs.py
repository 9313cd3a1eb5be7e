"""Two tabs, two persons: a form filled in for one is never carried out for the other."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents.models import Account, PresenceCode, Resident
from tests import factories
from tests.appointments.scenes import clinic
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People
from tests.residents.families import EVERYTHING, child

Enter = Callable[[Account], Client]
OTHERS_NUMBER = factories.id_number(date(1970, 3, 3), 88)


def act_for(client: Client, person: Resident) -> None:
    client.post(reverse("residents:act"), {"resident": str(person.pk)})


def fields(page: str, action: str = "") -> dict[str, str]:
    """The hidden fields of a page's own form (the banner above has one too), or of the form that leads to `action`."""
    form = page[page.index(f'action="{action}"') :] if action else page[page.index("<h1") :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.rindex("</main>")]))


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def daughter(people: People, signed_in: Enter) -> Client:
    """贺小雨, who books for her mother and for 王建国."""
    for person in (people.helanfang, people.wangjianguo):
        factories.delegation(person, people.hexiaoyu, "booking")
    return signed_in(people.hexiaoyu_account)


def booked() -> list[Any]:
    with acting_as("owner"):
        return list(Booking.objects.values_list("resident_id", flat=True))


def confirm_page(people: People) -> str:
    at = clinic(people.township, NOON.date() + timedelta(days=1))
    return reverse("appointments:confirm", args=[at.slots[0].pk])


def test_a_booking_confirmed_for_one_is_not_made_for_another(people: People, daughter: Client) -> None:
    address = confirm_page(people)
    act_for(daughter, people.helanfang)
    form = fields(shown(daughter, address))
    act_for(daughter, people.wangjianguo)
    answer = daughter.post(address, form)
    assert answer.status_code == 409 and "王建国" in answer.content.decode()
    assert booked() == []


def test_a_booking_confirmed_for_another_is_not_made_for_oneself(people: People, daughter: Client) -> None:
    address = confirm_page(people)
    act_for(daughter, people.helanfang)
    form = fields(shown(daughter, address))
    daughter.post(reverse("residents:stop_acting"))
    assert daughter.post(address, form).status_code == 409
    assert booked() == []


def test_a_booking_for_the_person_of_the_page_is_made(people: People, daughter: Client) -> None:
    address = confirm_page(people)
    act_for(daughter, people.helanfang)
    assert daughter.post(address, fields(shown(daughter, address))).status_code == 302
    assert booked() == [people.helanfang.pk]


def test_what_a_guardian_asks_for_a_child_is_not_asked_for_oneself(people: People, signed_in: Enter) -> None:
    ward = child(date(2020, 1, 1))
    factories.delegation(ward, people.hexiaoyu, *EVERYTHING, relation="guardian")
    factories.consent(ward, "records")
    client, address = signed_in(people.hexiaoyu_account), reverse("residents:ask_for_correction")
    act_for(client, ward)
    form = fields(shown(client, address))
    client.post(reverse("residents:stop_acting"))
    asked = {**form, "subject": "name", "text": "名字不对", "facility": str(people.township.pk)}
    assert client.post(address, asked).status_code == 409


FORMS = Path(settings.TEMPLATES[0]["DIRS"][0])
ABOUT_A_PERSON = [
    "appointments/confirm.html",
    "appointments/refused.html",
    "appointments/cancel.html",
    "residents/give_consents.html",
    "residents/withdraw_consent.html",
    "residents/ask_for_correction.html",
    "residents/ask_about_access.html",
    "residents/family/agree.html",
    "residents/family/keep.html",
    "residents/family/end.html",
    "residents/family/guardian.html",
    "portal/counter/person.html",
]


@pytest.mark.parametrize("template", ABOUT_A_PERSON)
def test_every_form_about_a_person_says_about_whom(template: str) -> None:
    text = (FORMS / template).read_text(encoding="utf-8")
    assert text.count("{% csrf_token %}") == text.count('{% csrf_token %}{% include "components/whom.html" %}') > 0


@pytest.fixture
def desk(people: People, signed_in: Enter) -> Client:
    """张前台 with two tabs: first 贺兰芳's page, then somebody else's card in the reader."""
    factories.resident("周海燕", OTHERS_NUMBER, facility=people.township)
    return signed_in(people.zhangqiantai)


def read(desk: Client, number: str) -> None:
    desk.post(reverse("staff:counter"), {"card": number})
    desk.post(reverse("staff:counter_check"))


@pytest.mark.parametrize(
    ("deed", "said"),
    [("counter_issue", {"agreed": "on"}), ("counter_card", {})],
)
def test_what_is_printed_at_a_counter_is_for_the_person_of_the_page(
    desk: Client, deed: str, said: dict[str, str]
) -> None:
    read(desk, HELANFANG_NUMBER)
    address = reverse(f"staff:{deed}")
    form = fields(shown(desk, reverse("staff:counter_person")), address)
    read(desk, OTHERS_NUMBER)
    assert desk.post(address, {**form, **said}).status_code == 409
    with acting_as("owner"):
        assert not PresenceCode.objects.exists()


def test_a_confirmed_card_is_the_one_that_was_compared(people: People, desk: Client) -> None:
    desk.post(reverse("staff:counter"), {"card": HELANFANG_NUMBER})
    form = fields(shown(desk, reverse("staff:counter_check")))
    desk.post(reverse("staff:counter"), {"card": OTHERS_NUMBER})
    assert desk.post(reverse("staff:counter_check"), form).url == reverse("staff:counter")
