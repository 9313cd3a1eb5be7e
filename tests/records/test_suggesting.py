"""What there is to read because of a record: with the reason, switched off by the person, nobody else's business."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import dated
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from health_education.models import Article, Explains, ReadingPreference, Revision, Tag
from records import suggesting
from records.models import Condition, Encounter
from residents.models import AccessEvent, Account, AccountSession, ReadTally
from tests import factories
from tests.factories import NOON, made
from tests.people import People

SignIn = Callable[[Account], Client]
HOME, RECORD = reverse("home"), reverse("records:home")


def text_about(tag: str, title: str, **fields: Any) -> Revision:
    revision = factories.article(title)
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(tags=[tag], **fields)
    return revision


def diagnosed(people: People, code: str, name: str, **fields: Any) -> None:
    feed = factories.source(people.township)
    made(Condition(code=code, name=name, **{**factories._provenance(people.helanfang, feed, NOON), **fields}))


def followed(people: People, reason: str) -> None:
    facts = factories._provenance(people.helanfang, factories.source(people.township), NOON - timedelta(days=3))
    made(Encounter(kind="ambulatory", reason=reason, **facts))


@pytest.fixture
def diabetic(people: People) -> People:
    text_about("diabetes", "糖尿病人怎么吃")
    diagnosed(people, "E11.9", "2型糖尿病")
    return people


@pytest.mark.parametrize("page", [HOME, RECORD])
def test_a_diagnosis_brings_an_article_and_its_reason(diabetic: People, signed_in: SignIn, page: str) -> None:
    shown = signed_in(diabetic.helanfang_account).get(page).content.decode()
    assert "糖尿病人怎么吃" in shown
    assert "因为您的档案中有糖尿病" in shown


def test_a_follow_up_is_named_as_one(people: People, signed_in: SignIn) -> None:
    text_about("hypertension", "高血压人怎么走路")
    followed(people, "糖尿病、高血压随访")
    assert "因为您的档案中有高血压随访" in signed_in(people.helanfang_account).get(RECORD).content.decode()


def test_somebody_else_is_shown_nothing_of_it(diabetic: People, signed_in: SignIn) -> None:
    assert "因为您的档案" not in signed_in(diabetic.wangjianguo_account).get(HOME).content.decode()


def test_a_visitor_is_shown_nothing_of_it(diabetic: People, client: Client) -> None:
    assert "因为您的档案" not in client.get(HOME).content.decode()


def test_who_switched_it_off_is_shown_nothing_and_nothing_is_read(diabetic: People, signed_in: SignIn) -> None:
    client = signed_in(diabetic.helanfang_account)
    client.post(reverse("health_education:for_you"), {"on": "0"})
    with CaptureQueriesContext(connections["default"]) as asked:
        assert "因为您的档案" not in client.get(HOME).content.decode()
    assert not any("records_condition" in query["sql"] for query in asked.captured_queries)


def test_it_can_be_switched_on_again(diabetic: People, signed_in: SignIn) -> None:
    client = signed_in(diabetic.helanfang_account)
    for wish in ("0", "1"):
        client.post(reverse("health_education:for_you"), {"on": wish})
    assert "因为您的档案" in client.get(HOME).content.decode()


def test_the_switch_is_the_accounts_own(diabetic: People, signed_in: SignIn) -> None:
    signed_in(diabetic.wangjianguo_account).post(reverse("health_education:for_you"), {"on": "0"})
    with acting_as("owner"):
        assert ReadingPreference.objects.get().account_id == diabetic.wangjianguo_account.pk
    assert "因为您的档案" in signed_in(diabetic.helanfang_account).get(HOME).content.decode()


def test_what_home_shows_of_the_record_stands_in_the_access_log_and_is_counted(
    diabetic: People, signed_in: SignIn
) -> None:
    reference = signed_in(diabetic.helanfang_account).get(HOME).wsgi_request.reference  # type: ignore[attr-defined]
    with acting_as("worker"):
        events = AccessEvent.objects.filter(reference=reference)
        assert [event.action for event in events] == [suggesting.SUGGESTED]
        assert ReadTally.objects.filter(reference=reference).count() == 1


def test_home_says_nothing_of_what_others_should_not_see_over_a_shoulder(people: People, signed_in: SignIn) -> None:
    text_about("tumour", "癌症病人的营养")
    diagnosed(people, "C50.9", "乳腺恶性肿瘤")
    client = signed_in(people.helanfang_account)
    assert "因为您的档案" not in client.get(HOME).content.decode()
    assert "癌症病人的营养" in client.get(RECORD).content.decode()


def test_nothing_is_recommended_whose_review_is_overdue(diabetic: People, signed_in: SignIn, at: Any) -> None:
    with at(NOON.replace(year=2027, month=12)):
        response = signed_in(diabetic.helanfang_account).get(RECORD)
    assert (response.status_code, "因为您的档案" in response.content.decode()) == (200, False)


def test_an_ended_illness_is_not_spoken_of(people: People, signed_in: SignIn) -> None:
    text_about("gout", "痛风人少吃什么")
    diagnosed(people, "M10.0", "痛风", ended_at=NOON)
    assert "因为您的档案" not in signed_in(people.helanfang_account).get(RECORD).content.decode()


@pytest.mark.parametrize(
    ("code", "tags"),
    [
        ("I10", [Tag.HYPERTENSION]),
        ("e11.901", [Tag.DIABETES]),
        ("I63.9", [Tag.STROKE]),
        ("J44.1", [Tag.COPD]),
        ("E79.0", [Tag.GOUT]),
        ("E79.8", []),
        ("O26.9", []),
        ("38341003", []),
        ("", []),
    ],
)
def test_a_code_of_icd_10_becomes_a_tag(code: str, tags: list[Tag]) -> None:
    assert suggesting.coded(code) == tags


@pytest.mark.parametrize("name", ["高血压家族史", "高血压待查", "排除糖尿病"])
def test_what_is_not_sure_becomes_none(name: str) -> None:
    assert suggesting.named(name) == []


def explained_item(people: People, body: str = "## 这项查的是什么\n\n血里运**氧气**的蛋白。") -> str:
    feed = factories.source(people.township)
    card = factories.article("血红蛋白", body)
    with acting_as("owner"):
        Article.objects.filter(pk=card.article_id).update(kind="explanation")
        seen = {"confirmed_at": NOON, "from_number": 1}
        Explains.objects.create(article=card.article, system="loinc", code="718-7", **seen)
    for name, code in (("hb", "718-7"), ("x", "9999-9")):
        factories.observation(people.helanfang, feed, identifier=name, code=code, code_system="http://loinc.org")
    report = factories.report(people.helanfang, feed, item_identifiers=["hb", "x"])
    return reverse("records:report", args=[report.pk])


def test_a_report_explains_the_items_that_have_a_card(people: People, signed_in: SignIn) -> None:
    shown = signed_in(people.helanfang_account).get(explained_item(people)).content.decode()
    assert shown.count('class="item-about') == 1
    assert "血里运氧气的蛋白。" in shown


def test_a_withdrawn_card_explains_nothing(people: People, signed_in: SignIn) -> None:
    address = explained_item(people)
    with acting_as("owner"):
        Article.objects.filter(kind="explanation").update(withdrawn_at=NOON)
    assert 'class="item-about' not in signed_in(people.helanfang_account).get(address).content.decode()


def test_cards_cost_a_report_one_question(people: People, signed_in: SignIn) -> None:
    client, address = signed_in(people.helanfang_account), explained_item(people)
    client.get(address)
    with CaptureQueriesContext(connections["default"]) as asked:
        client.get(address)
    assert sum("health_education" in query["sql"] for query in asked.captured_queries) == 1


@pytest.mark.parametrize("key", ["sessions.kiosk_addresses", "sessions.shared_addresses"])
def test_home_names_no_illness_on_a_screen_where_others_stand(key: str, diabetic: People, signed_in: SignIn) -> None:
    client = signed_in(diabetic.helanfang_account)
    made(DatedSetting(key=key, value=["127.0.0.1"], valid_from=NOON - timedelta(days=400)))
    dated.forget(key)
    assert "因为您的档案" not in client.get(HOME).content.decode()


def test_home_names_no_illness_in_a_session_of_a_self_service_machine(diabetic: People, signed_in: SignIn) -> None:
    client = signed_in(diabetic.helanfang_account)
    with acting_as("owner"):
        AccountSession.objects.update(kind="kiosk")
    assert "因为您的档案" not in client.get(HOME).content.decode()
