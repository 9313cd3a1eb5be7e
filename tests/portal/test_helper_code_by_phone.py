"""A helper code by SMS, asked for at the desk: for who has a plain phone, and for nobody else to tell anything by."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilities.models import Membership
from foundation import clock
from foundation.rowsecurity import acting_as
from residents import messages_port
from residents.models import AccessEvent, Account, Delivery, PresenceCode
from tests import factories
from tests.factories import id_number
from tests.people import HELANFANG_NUMBER, People
from tests.portal.staffing import Enter
from tests.portal.test_assisted import help_with
from tests.residents.door import last_delivery, page, statements, work

Clock = Callable[[datetime], AbstractContextManager[Any]]
NOBODY = id_number(sequence=998)
SENT = "如果这位居民登记过自己的手机，帮办码几秒钟后就到。"


@pytest.fixture(autouse=True)
def phones(monkeypatch: pytest.MonkeyPatch, people: People) -> None:
    """The county can write and ring; 贺兰芳's number was proved not long ago."""
    port = type("Phones", (), {"available": True})()
    for name in ("sms", "voice"):
        monkeypatch.setattr(f"portal.people.assist.{name}", lambda: port)
    proved(people.helanfang_account, clock.now() - timedelta(days=30))


def proved(account: Account, when: datetime | None) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=account.pk).update(phone_verified_at=when)


def send(client: Client, people: People, number: str = HELANFANG_NUMBER, how: str = "sms") -> HttpResponse:
    data = {"send-number": number, "send-facility": str(people.township.pk), "send": how}
    return client.post(reverse("staff:assist"), data)


def codes() -> int:
    with acting_as("owner"):
        return PresenceCode.objects.filter(kind="spoken").count()


def words(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_code_comes_to_the_phone_and_opens_the_person(people: People, signed_in: Enter) -> None:
    helper = signed_in(people.licunyi)
    send(helper, people)
    sent = last_delivery()
    assert (sent.template, sent.channel, sent.recipient) == ("helper_code", "sms", people.helanfang_account.phone)
    opened = help_with(helper, json.loads(sent.parameters)["code"], people.township, "book")
    assert opened.url == reverse("staff:assisting")


def test_it_can_be_said_by_a_call(people: People, signed_in: Enter) -> None:
    send(signed_in(people.licunyi), people, how="voice")
    assert last_delivery().channel == "voice"


def test_it_is_never_on_the_helpers_page(people: People, signed_in: Enter) -> None:
    helper = signed_in(people.licunyi)
    after = words(helper.get(send(helper, people).url))
    assert SENT in after and json.loads(last_delivery().parameters)["code"] not in after


def test_the_person_reads_who_asked(people: People, signed_in: Enter) -> None:
    send(signed_in(people.licunyi), people)
    page_of_hers = words(signed_in(people.helanfang_account).get(reverse("residents:access_log")))
    assert "在窗口请求把帮办码发到本人手机" in page_of_hers
    with acting_as("owner"):
        event = AccessEvent.objects.get(action="residents.sent_helper_code")
    assert (event.actor_id, event.facility_id) == (people.licunyi.pk, people.township.pk)


# --- what helpers do not learn ---------------------------------------------------------------------------------------
def test_the_answer_is_the_same_for_nobody(people: People, signed_in: Enter) -> None:
    answers = []
    for number in (HELANFANG_NUMBER, NOBODY):
        helper = signed_in(people.licunyi)
        with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["signin"]) as door:
            response = send(helper, people, number)
        after = page(helper.get(response.url), number)
        answers.append((response.status_code, after, statements([*web.captured_queries, *door.captured_queries])))
    assert answers[0] == answers[1]


def shared(people: People) -> None:
    account = people.wangjianguo_account
    account.phone = people.helanfang_account.phone
    with acting_as("owner"):
        account.save(update_fields=["phone", "phone_index"])


def noted_for_another(people: People) -> None:
    factories.resident("老伴", id_number(sequence=997), phone=people.helanfang_account.phone)


def switched_off(people: People) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.helanfang_account.pk).update(is_active=False)


@pytest.mark.parametrize(
    "spoil",
    [
        shared,
        noted_for_another,
        switched_off,
        lambda people: proved(people.helanfang_account, None),
        lambda people: proved(people.helanfang_account, clock.now() - timedelta(days=200)),
    ],
    ids=["of several", "noted for another", "account closed", "never proved", "proved long ago"],
)
def test_a_phone_that_does_not_say_who_holds_it_gets_no_code(
    people: People, signed_in: Enter, spoil: Callable[[People], None]
) -> None:
    spoil(people)
    response = send(signed_in(people.licunyi), people)
    assert (response.status_code, last_delivery().status, last_delivery().recipient) == (302, "withheld", None)
    assert codes() == 0


def test_a_new_code_ends_the_one_before(people: People, signed_in: Enter, at: Clock) -> None:
    helper, found = signed_in(people.licunyi), []
    for minute in (0, 2):
        with at(clock.now() + timedelta(minutes=minute)):
            send(helper, people)
            found.append(json.loads(last_delivery().parameters)["code"])
    assert help_with(helper, found[0], people.township, "book").status_code == 200


# --- limits ----------------------------------------------------------------------------------------------------------
def test_within_a_minute_there_is_one(people: People, signed_in: Enter) -> None:
    helper = signed_in(people.licunyi)
    send(helper, people)
    assert "帮办码要得太频繁了" in words(send(helper, people)) and codes() == 1


def test_three_an_hour_and_not_a_fourth(people: People, signed_in: Enter, at: Clock) -> None:
    start = clock.now()
    helper = signed_in(people.licunyi)
    for minute in range(0, 6, 2):
        with at(start + timedelta(minutes=minute)):
            assert send(helper, people).status_code == 302
    with at(start + timedelta(minutes=7)):
        assert send(helper, people).status_code == 200


def test_a_helper_who_asks_for_many_must_wait(people: People, signed_in: Enter) -> None:
    helper = signed_in(people.licunyi)
    for sequence in range(300, 320):
        assert send(helper, people, id_number(sequence=sequence)).status_code == 302
    assert "帮办码要得太频繁了" in words(send(helper, people))


def test_one_desk_uses_up_nothing_of_another(people: People, signed_in: Enter, at: Clock) -> None:
    start = clock.now()
    helper = signed_in(people.licunyi)
    other = signed_in(factories.staff("qianxian", "县前台", people.county, "reception"))
    for minute in range(0, 12, 2):
        with at(start + timedelta(minutes=minute)):
            last = send(helper, people)
    with at(start + timedelta(minutes=13)):
        data = {"send-number": HELANFANG_NUMBER, "send-facility": str(people.county.pk), "send": "sms"}
        assert (last.status_code, other.post(reverse("staff:assist"), data).status_code) == (200, 302)
        work()
    assert last_delivery().status == "sent"


# --- who may not -----------------------------------------------------------------------------------------------------
def test_whose_role_ended_sends_nothing(people: People, signed_in: Enter) -> None:
    helper = signed_in(people.licunyi)
    with acting_as("owner"):
        Membership.objects.filter(account=people.licunyi).update(ended_at=clock.now())
    assert send(helper, people).status_code == 403 and codes() == 0


def test_another_facility_cannot_be_named(people: People, signed_in: Enter) -> None:
    client = signed_in(people.licunyi)
    client.post(reverse("staff:assist"), {"send-number": HELANFANG_NUMBER, "send-facility": str(people.county.pk)})
    with acting_as("owner"):
        assert not PresenceCode.objects.filter(facility=people.county).exists()


def test_a_resident_asks_the_database_in_vain(people: People, signed_in: Enter) -> None:
    assert send(signed_in(people.wangjianguo_account), people).status_code in {302, 403, 404} and codes() == 0


def test_without_sms_it_is_not_offered(people: People, signed_in: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.people.assist.sms", messages_port.NoSms)
    helper = signed_in(people.licunyi)
    assert "发送帮办码到本人手机" not in words(helper.get(reverse("staff:assist")))
    with transaction.atomic():
        send(helper, people)
    with acting_as("owner"):
        assert not Delivery.objects.filter(template="helper_code").exists()


def test_a_helper_elsewhere_does_not_void_the_code_she_made_herself(people: People, signed_in: Enter) -> None:
    signed_in(people.helanfang_account).post(reverse("residents:helper_code"))
    send(signed_in(people.licunyi), people)
    with acting_as("owner"):
        assert PresenceCode.objects.filter(kind="spoken", revoked_at=None).count() == 2
