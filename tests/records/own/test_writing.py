"""Own entries written down, struck out and put right."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from foundation import dated
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows
from tests.records.own.writing import entries, kept, said_to, typed

SignIn = Callable[[Account], Client]
At = Callable[..., Any]


@pytest.fixture(autouse=True)
def noon(at: At) -> Iterator[None]:
    with at(NOON):
        yield


def test_what_is_typed_is_kept_under_the_persons_name_and_the_databases_time(people: People, hers: Client) -> None:
    answer = typed(hers, systolic="138", diastolic="86", pulse="72", device="欧姆龙")
    (entry,) = entries()
    assert answer.url == reverse("records:own_entry", args=[entry.pk])
    assert (entry.systolic, entry.diastolic, entry.pulse) == (138, 86, 72)
    assert (entry.entered_name, entry.for_other, entry.entered_at) == ("贺兰芳", False, NOON)


def test_the_same_form_sent_twice_is_one_entry(hers: Client) -> None:
    key = str(uuid4())
    assert [typed(hers, form_key=key).status_code for _ in range(2)] == [302, 302]
    assert len(entries()) == 1


def test_an_entry_and_its_page_each_leave_one_line_in_the_log(hers: Client) -> None:
    hers.get(typed(hers).url)
    assert sorted(rows.actions()) == ["records.read_own_entry", "records.wrote_own"]


def test_the_device_is_remembered(hers: Client) -> None:
    typed(hers, device="欧姆龙 U10")
    assert 'value="欧姆龙 U10"' in rows.read(hers, "own_new", "pressure")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"systolic": "12"},
            "填的是 12，血压计上的高压一般在60到299之间，请对照仪器再看一眼。如果血压计显示的是千帕（kPa）",
        ),
        ({"systolic": "18.5"}, "18.5 千帕大约是 139"),
        ({"systolic": "78", "diastolic": "128"}, "比高压 78 还高，是不是填反了"),
        ({"systolic": "80", "diastolic": "80"}, "高压和低压填的都是 80"),
        ({"systolic": "一百二"}, "填的是“一百二”，这里只能填数字"),
        ({"systolic": "128.5"}, "填的是 128.5，仪器上是没有小数的"),
        ({"systolic": ""}, "没有填。请照着仪器上的数填，例如 128。"),
        ({"pulse": "700"}, "填的是 700，脉搏一般在每分钟20到250次之间"),
        ({"measured_at": "2099-01-01T08:00"}, "填的是 2099-01-01 08:00，还没有到"),
        ({"measured_at": "1900-01-01T08:00"}, "比出生日期还早"),
        ({"measured_at": "昨天"}, "时间看不懂"),
        ({"note": "痛" * 201}, "备注请写在200个字以内"),
    ],
)
def test_what_cannot_be_is_named_with_the_reason(hers: Client, fields: dict[str, str], words: str) -> None:
    page = said_to(typed(hers, **{"device": "我的血压计"} | fields))
    assert words in page and not entries()
    assert "我的血压计" in page  # nothing that was typed is lost


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("glucose", {"meal": "fasting", "glucose": "126"}, "126 mg/dL 大约是 7 mmol/L"),
        ("glucose", {"glucose": "6.1"}, "请选是空腹、餐后2小时、睡前还是随机"),
        ("weight", {"unit": "kg", "weight": "700"}, "体重一般在2到300公斤之间"),
        ("weight", {"unit": "kg"}, "体重和腰围都没有填"),
        ("weight", {"unit": "kg", "waist": "9"}, "腰围一般在30到200厘米之间"),
    ],
)
def test_glucose_and_weight_say_what_cannot_be(hers: Client, kind: str, fields: dict[str, str], words: str) -> None:
    assert words in said_to(typed(hers, kind, **fields)) and not entries()


@pytest.mark.parametrize("shown", ["135/85", "１３５／８５", "135-85"])
def test_a_pair_typed_into_the_first_box_is_taken_apart(hers: Client, shown: str) -> None:
    typed(hers, systolic=shown, diastolic="")
    assert [(one.systolic, one.diastolic) for one in entries()] == [(135, 85)]


def test_what_a_meter_calls_hi_is_a_value_beyond_its_scale(hers: Client) -> None:
    answer = typed(hers, "glucose", meal="random", glucose="hi")
    (entry,) = entries()
    assert (entry.comparator, entry.glucose) == (">", Decimal("33.3"))
    assert "拨打 120" in hers.get(answer.url).content.decode()


def test_a_weight_in_jin_is_kept_in_kilograms(hers: Client) -> None:
    typed(hers, "weight", unit="jin", weight="125")
    assert entries()[0].weight == Decimal("62.5")


def test_a_measurement_of_yesterday_may_be_added(hers: Client) -> None:
    typed(hers, measured_at=(NOON - timedelta(days=1)).astimezone().strftime("%Y-%m-%dT%H:%M"))
    assert entries()[0].measured_at.date() == (NOON - timedelta(days=1)).date()


def test_putting_right_strikes_the_wrong_one_out_and_keeps_it(people: People, hers: Client) -> None:
    wrong = kept(people.helanfang, people.helanfang_account, systolic=219, diastolic=79, kind="pressure")
    page = rows.read(hers, "own_correct", wrong.pk)
    assert 'value="219"' in page
    sent = {"form_key": str(uuid4()), "systolic": "129", "diastolic": "79"}
    hers.post(reverse("records:own_correct", args=[wrong.pk]), sent)
    old, new = sorted(entries(), key=lambda one: one.systolic or 0, reverse=True)
    assert (old.struck_name, new.replaces_id, new.systolic) == ("贺兰芳", wrong.pk, 129)
    listed = rows.read(hers, "own_entries", "pressure")
    assert "129/79" in listed and "219/79" not in listed
    assert "219/79" in rows.read(hers, "own_entries", "pressure", struck="on")


def test_a_struck_entry_is_in_no_picture_and_no_average(people: People, hers: Client) -> None:
    entry = kept(people.helanfang, people.helanfang_account)
    hers.post(reverse("records:own_strike", args=[entry.pk]))
    assert "还没有记过" in rows.read(hers, "own_entries", "pressure")
    assert "这条已经划掉" in rows.read(hers, "own_entry", entry.pk)


def test_a_helper_with_the_right_writes_in_her_name_and_is_named(people: People, signed_in: SignIn) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "records")
    client = signed_in(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    page = client.get(typed(client).url).content.decode()
    (entry,) = entries()
    assert (entry.resident_id, entry.for_other) == (people.helanfang.pk, True)
    assert "由贺小雨代为记录" in page


def test_more_than_anybody_measures_a_day_is_refused(hers: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dated.REGISTRY, "records.own_most_a_day", dated.Registered("records.own_most_a_day", 1, ""))
    typed(hers)
    assert "今天记得太多了" in said_to(typed(hers)) and len(entries()) == 1


def test_the_table_for_other_programs_holds_no_formula(people: People, hers: Client) -> None:
    kept(people.helanfang, people.helanfang_account, kind="pressure", systolic=128, diastolic=78, note="=1+1")
    sheet = hers.get(reverse("records:own_export", args=["pressure"])).content.decode("utf-8-sig")
    assert sheet.startswith("自己记录，未经医疗机构核对") and "'=1+1" in sheet
