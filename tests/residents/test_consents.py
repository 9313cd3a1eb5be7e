"""Consents: one for each purpose, given by whoever may sign, taken back at once, and booking needs none of them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.keys import uuid7
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.models import Encounter, Observation, Report
from residents.models import AccessEvent, Account, Consent, ConsentText, Delegation, Resident
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of

Enter = Callable[[Account], Client]


@pytest.fixture
def newcomer(people: People) -> Account:
    """A proved person who has not been asked anything yet."""
    person = factories.resident("新来的", factories.id_number(date(1970, 3, 3), 41))
    factories.report(person, factories.source(people.county))
    return factories.account(person, consents=())


def give(client: Client, *purposes: str, **data: str) -> Any:
    return client.post(reverse("residents:give_consents"), {"purposes": purposes, **data})


def test_without_consent_results_lead_to_the_question(newcomer: Account, signed_in: Enter) -> None:
    answer = signed_in(newcomer).get(reverse("records:reports"))
    assert answer.url == reverse("residents:give_consents") + "?next=%2Frecords%2Freports%2F"


def test_nothing_is_ticked_beforehand(newcomer: Account, signed_in: Enter) -> None:
    page = signed_in(newcomer).get(reverse("residents:give_consents")).content.decode()
    assert page.count('type="checkbox" name="purposes"') == 4 and " checked" not in page


def test_agreeing_opens_what_was_agreed_to_and_nothing_else(newcomer: Account, signed_in: Enter) -> None:
    client = signed_in(newcomer)
    answer = give(client, "results", next=reverse("records:reports"))
    assert answer.url == reverse("records:reports")
    assert client.get(reverse("records:reports")).status_code == 200
    assert client.get(reverse("records:home")).status_code == 302


def test_the_database_itself_keeps_what_was_not_agreed_to(newcomer: Account, signed_in: Enter) -> None:
    client = signed_in(newcomer)
    with session_of(client):
        assert not Report.objects.exists()
    give(client, "results")
    with session_of(client):
        assert Report.objects.count() == 1


def test_ticking_nothing_says_what_to_do_and_writes_nothing(newcomer: Account, signed_in: Enter) -> None:
    assert "在您同意的项目前打勾" in give(signed_in(newcomer)).content.decode()
    with acting_as("owner"):
        assert not Consent.objects.filter(resident=newcomer.resident).exists()


def test_booking_depends_on_no_consent(newcomer: Account, signed_in: Enter, people: People) -> None:
    session = factories.session(
        factories.practitioner(factories.department(people.county)), clock.now().date() + timedelta(days=2)
    )
    client, slot = signed_in(newcomer), factories.slot(session)
    key = str(uuid7())
    assert client.post(reverse("appointments:confirm", args=[slot.pk]), {"form_key": key}).status_code == 302


def test_withdrawing_says_what_it_means_and_works_at_once(people: People, signed_in: Enter) -> None:
    client, address = signed_in(people.helanfang_account), reverse("residents:withdraw_consent", args=["results"])
    assert "报告请到检查的机构领取" in client.get(address).content.decode()
    assert client.get(reverse("records:reports")).status_code == 200
    client.post(address)
    assert client.get(reverse("records:reports")).status_code == 302


def test_giving_and_withdrawing_are_written_down(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    client.post(reverse("residents:withdraw_consent", args=["results"]))
    give(client, "results")
    with acting_as("owner"):
        deeds = (
            AccessEvent.objects.filter(resident_id=people.helanfang.pk).order_by("at").values_list("action", flat=True)
        )
        assert list(deeds) == ["residents.withdrew_consent", "residents.gave_consent"]


def test_withdrawing_the_delegates_ends_them_for_good(people: People, signed_in: Enter) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    client = signed_in(people.helanfang_account)
    client.post(reverse("residents:withdraw_consent", args=["delegates"]))
    give(client, "delegates")
    with acting_as("owner"):
        assert not Delegation.objects.live(clock.now()).exists()


def test_a_newer_text_asks_again(people: People, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    with acting_as("owner"):
        old = ConsentText.objects.get(purpose="results", audience="adult")
    client.post(reverse("residents:withdraw_consent", args=["results"]))
    give(client, "results")
    newer = ConsentText(
        purpose="results",
        audience="adult",
        version=2,
        title=old.title,
        body="新的",
        withdrawal="新的",
        effective_from=clock.now(),
    )
    factories.made(newer)
    try:
        assert "同意书有了新的内容" in client.get(reverse("residents:consents")).content.decode()
        give(client, "results")
        assert "同意书有了新的内容" not in client.get(reverse("residents:consents")).content.decode()
    finally:
        forget(newer)


def forget(text: ConsentText) -> None:
    """Take a text away again: texts stay between tests, being part of what the migrations wrote."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE residents_consenttext DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE residents_consent DISABLE TRIGGER USER")
        cursor.execute("UPDATE residents_consent SET text_id = NULL WHERE text_id = %s", [text.pk])
        cursor.execute("ALTER TABLE residents_consent ENABLE TRIGGER USER")
        cursor.execute("DELETE FROM residents_consenttext WHERE id = %s", [text.pk])
        cursor.execute("ALTER TABLE residents_consenttext ENABLE TRIGGER USER")


@pytest.mark.parametrize(("birth", "signs"), [(date(2019, 5, 18), True), (date(2010, 5, 18), False)])
def test_a_guardian_signs_for_a_child_under_14_only(people: People, signed_in: Enter, birth: date, signs: bool) -> None:
    child = factories.resident("林子涵", factories.id_number(birth, 27))
    factories.delegation(child, people.hexiaoyu, "records", "results", relation="guardian")
    token = signed_in(people.hexiaoyu_account).session.get(TOKEN)
    consent = Consent(resident=child, purpose="records", given_at=NOON, given_by=people.hexiaoyu_account.pk)
    if signs:
        with seeing(token), transaction.atomic():
            consent.save(force_insert=True)
    else:
        with pytest.raises(DatabaseError, match="row-level security"), seeing(token), transaction.atomic():
            consent.save(force_insert=True)


@pytest.mark.parametrize("who", ["wangjianguo_account", "hexiaoyu_account", "zhangqiantai", "administrator"])
def test_nobody_else_signs_for_her(people: People, signed_in: Enter, who: str) -> None:
    account = getattr(people, who)
    factories.delegation(people.helanfang, people.hexiaoyu, "records", "results", "booking")
    consent = Consent(resident=people.helanfang, purpose="records", given_at=NOON, given_by=account.pk)
    with pytest.raises(DatabaseError, match="row-level security"):
        with seeing(signed_in(account).session.get(TOKEN)), transaction.atomic():
            consent.save(force_insert=True)


def test_a_consent_is_never_rewritten(people: People) -> None:
    with acting_as("owner"), pytest.raises(DatabaseError, match="only ever withdrawn"):
        Consent.objects.filter(resident=people.helanfang, purpose="records").update(given_at=NOON)


def test_a_text_that_was_agreed_to_is_never_changed(people: People) -> None:
    with acting_as("owner"), pytest.raises(DatabaseError, match="never changed"):
        ConsentText.objects.update(body="别的")


def test_measurements_follow_the_record_and_values_the_results(people: People, signed_in: Enter) -> None:
    feed = factories.source(people.county)
    factories.observation(people.helanfang, feed, category="vital_signs", name="血压")
    factories.observation(people.helanfang, feed)
    client = signed_in(people.helanfang_account)
    client.post(reverse("residents:withdraw_consent", args=["results"]))
    with session_of(client):
        assert [row.name for row in Observation.objects.all()] == ["血压"]
        assert Encounter.objects.count() == 0 and Resident.objects.count() == 1


def publish(client: Client, **fields: str) -> Any:
    words = {
        "purpose": "messages",
        "audience": "child",
        "title": "新版",
        "body": "新的说法",
        "withdrawal": "撤回的后果",
    }
    return client.post(reverse("admin:residents_consenttext_add"), {**words, "effective_from": "", **fields})


def test_the_bureau_adds_the_next_version(people: People, signed_in: Enter) -> None:
    assert publish(signed_in(people.administrator)).status_code == 302
    with acting_as("owner"):
        newest = ConsentText.objects.filter(purpose="messages", audience="child").latest("version")
    forget(newest)
    assert (newest.version, newest.title) == (2, "新版") and newest.effective_from <= clock.now()


def test_a_text_never_holds_for_the_past(people: People, signed_in: Enter) -> None:
    publish(signed_in(people.administrator), effective_from="2020-01-01T00:00")
    with acting_as("owner"):
        newest = ConsentText.objects.filter(purpose="messages", audience="child").latest("version")
    forget(newest)
    assert newest.effective_from > clock.now() - timedelta(minutes=1)


@pytest.mark.parametrize("who", ["zhangqiantai", "editor", "helanfang_account"])
def test_nobody_else_words_what_people_agree_to(people: People, signed_in: Enter, who: str) -> None:
    assert publish(signed_in(getattr(people, who))).status_code in {403, 404}
