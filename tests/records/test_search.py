"""Looking for something in the whole record: what is found, what is not, and that the words stay nowhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    Examination,
    FollowUp,
    Immunization,
    Medication,
    Procedure,
)
from residents.models import Account, ReadTally
from tests import factories
from tests.budget import FRAME, TALLY, statements
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]
ADDRESS = "/records/search/"
ALT = {
    "name": "丙氨酸氨基转移酶",
    "code_system": "http://loinc.org",
    "code": "1742-6",
    "value_text": "72",
    "unit": "U/L",
}


def found(client: Client, words: str, **query: Any) -> str:
    """The page that answers what was typed, after the browser followed where the form led."""
    answer = client.post(ADDRESS, {"q": words})
    assert answer.status_code == 302
    page = client.get(answer["Location"] + "".join(f"&{name}={value}" for name, value in query.items()))
    assert page.status_code == 200
    return page.content.decode()


@pytest.fixture
def everything(people: People, feed: Source) -> People:
    """One thing of every kind."""
    her = people.helanfang
    rows.panel(her, feed, NOON, ALT | {"flag": "high"}, title="肝功能")
    factories.report(
        her, feed, "胸部CT", category="imaging", findings="双肺纹理清晰。右肺上叶见小结节，约4mm。", impression="随诊"
    )
    for model in (Allergy, Condition, Encounter, Immunization, Medication, Procedure):
        rows.statement(model, her, feed)
    rows.statement(
        Examination, her, feed, title="2025年度健康体检", answers=[{"label": "足背动脉", "value": "搏动减弱"}]
    )
    rows.statement(FollowUp, her, feed, title="高血压随访", programme="hypertension", guidance="少盐")
    rows.statement(Document, her, feed, title="出院小结", sections=[{"title": "出院医嘱", "text": "继续口服降压药"}])
    return people


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("丙氨酸", "丙氨酸氨基转移酶"),
        ("谷丙", "丙氨酸氨基转移酶"),
        ("转氨酶", "丙氨酸氨基转移酶"),
        ("ALT", "丙氨酸氨基转移酶"),
        ("alt", "丙氨酸氨基转移酶"),
        ("ＡＬＴ", "丙氨酸氨基转移酶"),
        ("肝功", "丙氨酸氨基转移酶"),
        ("肝功能", "肝功能"),
        ("结节", "胸部CT"),
        ("ct", "胸部CT"),
        ("青霉素", "青霉素过敏"),
        ("过敏史", "青霉素过敏"),
        ("血压高", "高血压"),
        ("氨氯地平", "苯磺酸氨氯地平片"),
        ("流感", "流感疫苗"),
        ("内科", "内科"),
        ("阑尾", "阑尾切除术"),
        ("足背动脉", "2025年度健康体检"),
        ("少盐", "高血压随访"),
        ("降压药", "出院小结"),
        ("疫", "流感疫苗"),
        ("我的转氨酶结果", "丙氨酸氨基转移酶"),
    ],
)
def test_words_find_what_they_stand_for(everything: People, hers: Client, words: str, title: str) -> None:
    page = found(hers, words)
    assert title in page.replace("<mark>", "").replace("</mark>", "")


def test_what_was_looked_for_is_marked(everything: People, hers: Client) -> None:
    assert "右肺上叶见小<mark>结节</mark>" in found(hers, "结节")


def test_a_facility_finds_everything_from_there(everything: People, hers: Client) -> None:
    page = found(hers, "人民医院")
    assert "县<mark>人民医院</mark>" in page and "找到 12 项" in page


def test_all_words_must_be_there(everything: People, hers: Client) -> None:
    assert "胸部" in found(hers, "CT 结节")
    assert "没有找到“CT 青霉素”" in found(hers, "CT 青霉素")


def test_a_short_abbreviation_is_a_word_of_its_own(people: People, feed: Source, hers: Client) -> None:
    factories.observation(people.helanfang, feed, "CK-MB", value_text="12")
    factories.observation(people.helanfang, feed, "K", value_text="4.1")
    page = found(hers, "K")
    assert "4.1" in page and "CK" not in page


@pytest.mark.parametrize("words", ["2019年 肌酐", "肌酐 2019", "2019年3月的肌酐", "2019-03 肌酐"])
def test_a_year_in_the_words_narrows_the_time(people: People, feed: Source, hers: Client, words: str) -> None:
    factories.observation(
        people.helanfang, feed, "肌酐", at=datetime(2019, 3, 9, tzinfo=factories.SHANGHAI), value_text="61"
    )
    factories.observation(people.helanfang, feed, "肌酐", at=NOON, value_text="88")
    page = found(hers, words)
    assert ">61<" in page and ">88<" not in page and "只找 2019年" in page


def test_last_year_is_understood(people: People, feed: Source, hers: Client, at: Callable[[datetime], Any]) -> None:
    factories.observation(people.helanfang, feed, "肌酐", at=NOON - timedelta(days=365), value_text="61")
    factories.observation(people.helanfang, feed, "肌酐", at=NOON, value_text="88")
    with at(NOON):
        page = found(hers, "去年的肌酐")
    assert ">61<" in page and ">88<" not in page


def test_a_test_done_often_is_one_line_with_the_last_results(people: People, feed: Source, hers: Client) -> None:
    for number in range(6):
        factories.observation(people.helanfang, feed, **ALT, at=NOON - timedelta(days=30 * number))
    page = found(hers, "ALT")
    assert page.count('class="row hit"') == 1 and "共 6 次，最近一次" in page and "再往前 3 次" in page


def test_an_item_leads_to_its_report(people: People, feed: Source, hers: Client) -> None:
    report = rows.panel(people.helanfang, feed, NOON, ALT)
    assert reverse("records:report", args=[report.pk]) in found(hers, "ALT")


@pytest.mark.parametrize("fields", [{"release": "withheld"}, {"status": "withdrawn"}, {"status": "cancelled"}])
def test_what_a_closed_report_holds_is_not_found(
    people: People, feed: Source, hers: Client, fields: dict[str, Any]
) -> None:
    rows.panel(people.helanfang, feed, NOON, ALT, title="肝功能", **fields)
    assert "没有找到" in found(hers, "ALT") and "没有找到" in found(hers, "肝功能")


@pytest.mark.parametrize(
    "fields",
    [
        {"superseded_at": NOON},
        {"withdrawn_at": NOON},
        {"release": "withheld"},
        {"release": "pending"},
        {"sensitivity": 5},
    ],
    ids=lambda fields: next(iter(fields)),
)
@pytest.mark.parametrize("model", [Allergy, Condition, Medication, Encounter, Immunization, Procedure])
def test_what_is_not_in_lists_is_not_found(
    people: People, feed: Source, hers: Client, model: Any, fields: dict[str, Any]
) -> None:
    rows.statement(model, people.helanfang, feed, facility_name="别处的医院", **fields)
    assert "没有找到" in found(hers, "别处")


def test_a_stranger_finds_nothing_of_hers(everything: People, signed_in: SignIn) -> None:
    assert "没有找到" in found(signed_in(everything.wangjianguo_account), "转氨酶")


def test_nothing_found_says_what_was_looked_for_and_offers_to_clear(people: People, hers: Client) -> None:
    page = found(hers, "骨髓")
    assert "没有找到“骨髓”" in page and f'href="{ADDRESS}"' in page and "清除，重新找" in page


@pytest.mark.parametrize("words", ["", "   ", "%", "''; --", "\\", "(((", "[", "x" * 500, "\x00血糖", "_%_"])
def test_odd_words_are_no_error(everything: People, hers: Client, words: str) -> None:
    answer = hers.post(ADDRESS, {"q": words}, follow=True)
    assert answer.status_code == 200


def test_a_percent_sign_is_no_pattern(everything: People, hers: Client) -> None:
    assert "没有找到" in found(hers, "肝%能")


def test_the_words_are_in_no_address_and_no_log(
    everything: People, hers: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = hers.post(ADDRESS, {"q": "结节"})
    page = hers.get(answer["Location"])
    hrefs = [part.split('"')[0] for part in page.content.decode().split('href="')[1:]]
    assert "%" not in answer["Location"] and not any("结节" in href or "%E7" in href for href in hrefs)
    assert "结节" not in caplog.text and rows.actions() == ["records.searched"]
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM residents_accessevent e WHERE e::text LIKE '%%结节%%'", [])
        assert cursor.fetchone() == (0,)


def test_an_answer_is_kept_in_no_cache(everything: People, hers: Client) -> None:
    answer = hers.post(ADDRESS, {"q": "结节"})
    assert "no-store" in hers.get(answer["Location"])["Cache-Control"]


def test_going_back_shows_the_same_answer(everything: People, hers: Client) -> None:
    first = hers.post(ADDRESS, {"q": "结节"})["Location"]
    hers.post(ADDRESS, {"q": "青霉素"})
    assert "胸部" in hers.get(first).content.decode()


def test_words_of_another_session_or_person_are_forgotten(everything: People, hers: Client, signed_in: SignIn) -> None:
    address = hers.post(ADDRESS, {"q": "结节"})["Location"]
    page = signed_in(everything.wangjianguo_account).get(address).content.decode()
    assert "刚才找的词已经不在了" in page and "结节" not in page.split("<main")[1].split("可以这样找")[0]


def test_one_kind_is_shown_alone_and_paged(people: People, feed: Source, hers: Client) -> None:
    for number in range(25):
        rows.statement(Encounter, people.helanfang, feed, NOON - timedelta(days=number), reason=f"随访第{number}次")
    first = found(hers, "随访", kind="encounters")
    assert "第0次" in first and "第24次" not in first and "第 1 页，共 2 页" in first
    assert "第24次" in found(hers, "随访", kind="encounters", page="2")


def test_a_search_leaves_one_line_and_one_tally(everything: People, hers: Client) -> None:
    answer = hers.post(ADDRESS, {"q": "结节"})
    reference = vars(hers.get(answer["Location"]).wsgi_request)["reference"]
    with acting_as("worker"):
        assert ReadTally.objects.filter(reference=reference).count() == 1
    assert rows.actions() == ["records.searched"]


@pytest.mark.parametrize(("scope", "seen"), [("results", "丙氨酸"), ("records", "青霉素")])
def test_a_delegate_finds_what_was_opened_alone(everything: People, signed_in: SignIn, scope: str, seen: str) -> None:
    tie = factories.delegation(everything.helanfang, everything.hexiaoyu, scope)
    client = signed_in(everything.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": tie.resident_id})
    page = found(client, "人民医院")
    assert {name for name in ("丙氨酸", "青霉素") if name in page} == {seen}


def test_many_rows_cost_as_many_statements_as_one(everything: People, feed: Source, hers: Client) -> None:
    address = hers.post(ADDRESS, {"q": "人民医院"})["Location"]
    hers.get(address)
    with CaptureQueriesContext(connection) as one:
        hers.get(address)
    for number in range(40):
        rows.panel(everything.helanfang, feed, NOON - timedelta(days=number), ALT)
    with CaptureQueriesContext(connection) as many:
        hers.get(address)
    assert len(many) == len(one)
    assert len([text for text in statements(one) if not text.startswith(TALLY)]) - FRAME <= 6
