"""Check-ups, follow-ups and documents as their person reads them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import Document, Examination, FollowUp
from records.presenters import forms
from residents.models import AccessEvent
from tests import factories
from tests.budget import cost
from tests.factories import NOON
from tests.people import People
from tests.records.rows import statement

FASTING = {"section": "辅助检查", "label": "空腹血糖", "value": "7.0", "unit": "mmol/L", "flag": "high"}
WEIGHT = {"section": "一般状况", "label": "体重", "value": "61", "unit": "kg"}
PRESSURE = [
    {"section": "体征", "label": "收缩压", "value": "152", "unit": "mmHg"},
    {"section": "体征", "label": "舒张压", "value": "94", "unit": "mmHg"},
]
PAGES = [
    (Examination, "records:check_up"),
    (FollowUp, "records:follow_up"),
    (Document, "records:document"),
]
each = pytest.mark.parametrize(("model", "name"), PAGES, ids=lambda one: getattr(one, "__name__", ""))
Hers = Callable[..., Any]


@pytest.fixture
def township(people: People) -> Source:
    return factories.source(people.township)


@pytest.fixture
def hers(people: People, signed_in: Callable[..., Client]) -> Client:
    return signed_in(people.helanfang_account)


@pytest.fixture
def made(people: People, township: Source) -> Hers:
    return lambda model, **fields: statement(model, people.helanfang, township, **fields)


def page(client: Client, name: str, row: Any) -> str:
    answer = client.get(reverse(name, args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@each
def test_a_stranger_a_withheld_and_a_withdrawn_one_are_the_same_404(
    people: People, made: Hers, signed_in: Any, hers: Client, model: Any, name: str
) -> None:
    stranger = signed_in(people.wangjianguo_account)
    rows = [made(model), made(model, release="withheld"), made(model, sensitivity=5), made(model, withdrawn_at=NOON)]
    assert stranger.get(reverse(name, args=[rows[0].pk])).status_code == 404
    assert [hers.get(reverse(name, args=[row.pk])).status_code for row in rows] == [200, 404, 404, 404]


@each
def test_what_waits_for_a_doctor_or_was_recalled_is_seen_by_nobody(
    made: Hers, hers: Client, model: Any, name: str
) -> None:
    rows = [made(model, release="pending"), made(model, release="recalled"), made(model, left_at=NOON)]
    assert [hers.get(reverse(name, args=[row.pk])).status_code for row in rows] == [404, 404, 404]


@each
def test_an_old_version_leads_to_the_one_in_force(made: Hers, hers: Client, model: Any, name: str) -> None:
    old = made(model, superseded_at=NOON)
    new = made(model, identifier=old.identifier, version="2")
    assert hers.get(reverse(name, args=[old.pk])).headers["Location"] == reverse(name, args=[new.pk])


@each
def test_a_look_leaves_one_line_in_the_log(made: Hers, hers: Client, model: Any, name: str) -> None:
    row = made(model)
    page(hers, name, row)
    with acting_as("owner"):
        assert AccessEvent.objects.filter(subject_id=str(row.pk)).count() == 1


@each
def test_a_page_asks_the_database_a_bounded_number_of_times(made: Hers, hers: Client, model: Any, name: str) -> None:
    filled = {"sections": [{"title": f"{n}", "text": "文"} for n in range(100)]}
    answers = {"answers": [WEIGHT | {"label": f"{n}"} for n in range(300)]}
    few, many = made(model), made(model, **(filled if model is Document else answers))
    asked = [cost(hers, reverse(name, args=[row.pk])).beyond_the_frame for row in (few, many)]
    assert asked[0] == asked[1] <= 6


def test_the_list_of_follow_ups_asks_as_often_for_many_as_for_one(made: Hers, hers: Client) -> None:
    address = reverse("records:follow_ups")
    made(FollowUp)
    few = cost(hers, address).beyond_the_frame
    for programme in ("hypertension", "diabetes", "copd") * 10:
        made(FollowUp, programme=programme, next_due=date(2026, 12, 5))
    assert cost(hers, address).beyond_the_frame == few <= 6


def test_what_is_out_of_range_stands_first_beside_last_years_value(made: Hers, hers: Client) -> None:
    made(Examination, at=NOON - timedelta(days=365), answers=[FASTING | {"value": "5.5", "flag": ""}])
    text = page(hers, "records:check_up", made(Examination, answers=[WEIGHT, FASTING]))
    assert "有 1 项超出参考范围" in text
    assert text.index("7.0") < text.index("体重")
    assert "5.5 mmol/L" in text and "上次 2025-11-22" in text


def test_the_pages_of_a_check_up_come_in_the_order_of_the_national_form() -> None:
    row = Examination(answers=[FASTING, {"section": "本院加项", "label": "甲", "value": "乙"}, WEIGHT])
    assert [part.title for part in forms.sheet(row, None).parts] == ["一般状况", "辅助检查", "本院加项"]


def test_a_follow_up_says_its_class_its_pressure_and_the_next_day_in_words(made: Hers, hers: Client) -> None:
    row = made(FollowUp, control="unsatisfied", way="home", answers=PRESSURE, next_due=date(2026, 12, 5))
    text = page(hers, "records:follow_up", row)
    assert "控制不满意" in text and "152/94" in text and "家庭（上门）" in text
    assert "下次随访 12月5日前" in text


def test_a_day_that_has_gone_is_said_to_be_past(made: Hers, hers: Client) -> None:
    text = page(hers, "records:follow_up", made(FollowUp, next_due=date(2026, 11, 1)))
    assert "约好的 11月1日 已经过了" in text


def test_follow_ups_are_listed_by_programme_with_the_next_day_of_each(made: Hers, hers: Client) -> None:
    made(FollowUp, at=NOON - timedelta(days=90), next_due=date(2026, 9, 1))
    made(FollowUp, next_due=date(2026, 12, 5))
    made(FollowUp, programme="diabetes", title="糖尿病患者随访", next_due=date(2026, 12, 20))
    text = hers.get(reverse("records:follow_ups")).content.decode()
    assert "12月5日前" in text and "12月20日前" in text and "9月1日" not in text
    only = hers.get(reverse("records:follow_ups"), {"programme": "diabetes"}).content.decode()
    assert "糖尿病患者随访" in only and "高血压患者随访" not in only


def test_a_protected_programme_is_in_no_list(made: Hers, hers: Client) -> None:
    made(FollowUp, programme="mental", title="随访甲乙", sensitivity=5, release="withheld", next_due=date(2026, 12, 5))
    text = hers.get(reverse("records:follow_ups")).content.decode()
    assert "随访甲乙" not in text and "精神" not in text


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ("3", "可自理"),
        ("4", "轻度依赖"),
        ("8", "轻度依赖"),
        ("9", "中度依赖"),
        ("18分", "中度依赖"),
        ("19", "不能自理"),
    ],
)
def test_self_care_is_said_in_its_class(db: None, score: str, words: str) -> None:
    row = FollowUp(programme="elderly", answers=[{"label": "总评分", "value": score}])
    assert forms.visit(row, NOON).meaning[0][1].startswith(words)


def test_a_constitution_is_explained(db: None) -> None:
    row = FollowUp(programme="tcm", assessment="气虚质")
    assert forms.visit(row, NOON).meaning == [("气虚质", forms.CONSTITUTIONS["气虚质"])]


def test_a_document_is_read_part_by_part(made: Hers, hers: Client) -> None:
    row = made(Document, sections=[{"title": "出院情况", "text": "好转<b>。"}], unshown_files=1)
    text = page(hers, "records:document", row)
    assert "出院情况" in text and "好转&lt;b&gt;。" in text and "还传来 1 个附件" in text


@pytest.mark.parametrize("slug", ["examinations", "followups", "documents"])
def test_each_kind_has_its_list_that_leads_to_the_page(made: Hers, hers: Client, slug: str) -> None:
    model, name = dict(zip(["examinations", "followups", "documents"], PAGES, strict=True))[slug]
    row = made(model)
    assert reverse(name, args=[row.pk]) in hers.get(reverse("records:section", args=[slug])).content.decode()
