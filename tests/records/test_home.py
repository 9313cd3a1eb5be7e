"""我的档案: the three blocks, why something is empty, what is new, and what the page costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records import basics
from records.models import Allergy, Condition, Encounter, Look, Medication, Observation, Report
from records.summaries import keeping
from residents.models import Account, Resident
from tests import factories
from tests.budget import cost
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Client]


def measured(of: Resident, feed: Any, name: str, code: str, value: str, unit: str, **fields: Any) -> None:
    factories.observation(
        of, feed, name, code=code, value_text=value, value_number=value, unit=unit, category="vital_signs", **fields
    )


def answer(of: Resident, feed: Any, code: str, name: str, value: str, **fields: Any) -> None:
    fields = {"category": "survey", "code_system": basics.SYSTEM, "code": code, "value_text": value} | fields
    factories.observation(of, feed, name, **fields)


@pytest.mark.parametrize(
    ("kilograms", "says"), [("45", "偏低"), ("60", "正常"), ("70", "超重"), ("80", "肥胖")], ids=lambda value: value
)
def test_weight_is_said_by_the_newest_height_and_weight(
    people: People, signed_in: SignIn, kilograms: str, says: str
) -> None:
    feed = factories.source(people.county)
    measured(people.helanfang, feed, "身高", "8302-2", "160", "cm")
    measured(people.helanfang, feed, "体重", "29463-7", "99", "kg", at=NOON - timedelta(days=400))
    measured(people.helanfang, feed, "体重", "29463-7", kilograms, "kg")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert f"<strong>{says}</strong>" in page and "体重指数（BMI）" in page


def test_a_height_that_no_grown_person_has_says_nothing_of_the_weight(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    measured(people.helanfang, feed, "身高", "8302-2", "16", "cm")
    measured(people.helanfang, feed, "体重", "29463-7", "60", "kg")
    assert "没有新的身高和体重" in rows.read(signed_in(people.helanfang_account), "home")


def test_of_a_child_no_weight_is_judged(people: People, signed_in: SignIn) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(birth_date="2021-01-01")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "0-6岁儿童" in page and "体重情况" not in page


def test_basic_information_is_shown_with_where_and_when(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    answer(people.helanfang, feed, "family-father", "家族史", "糖尿病")
    answer(people.helanfang, feed, "exposure", "暴露史", "农药")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert all(word in page for word in ("父亲", "糖尿病", "农药", "县人民医院 · <time"))


def test_what_was_asked_and_denied_reads_differently_from_what_nobody_asked(people: People, signed_in: SignIn) -> None:
    feed = rows.fetched(factories.source(people.county))
    answer(people.helanfang, feed, "transfusion", "输血史", "无")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "没有（已询问）" in page and "没有问过，或机构没有传来" in page


def test_where_no_facility_is_connected_the_page_says_so(people: People, signed_in: SignIn) -> None:
    assert "机构还没有接入" in rows.read(signed_in(people.helanfang_account), "home")


def test_a_denied_allergy_is_no_allergy(people: People, signed_in: SignIn) -> None:
    rows.statement(Allergy, people.helanfang, factories.source(people.county), name="否认药物过敏史")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "没有（已询问）" in page


def test_a_blood_group_of_the_laboratory_needs_the_results_to_be_open(people: People, signed_in: SignIn) -> None:
    factories.observation(people.helanfang, factories.source(people.county), "ABO血型", value_text="B型")
    factories.delegation(people.helanfang, people.hexiaoyu, "records")
    assert "B型" in rows.read(signed_in(people.helanfang_account), "home")


def test_services_of_all_kinds_are_one_list_newest_first(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    rows.statement(Encounter, people.helanfang, feed, NOON - timedelta(days=2))
    factories.report(people.helanfang, feed, "血常规", at=NOON - timedelta(days=1))
    page = rows.read(signed_in(people.helanfang_account), "home")
    listed = page.split("services-title")[2]
    assert listed.index("血常规") < listed.index("门诊 · 内科")


def test_a_disease_leads_to_its_own_page(people: People, signed_in: SignIn) -> None:
    rows.statement(Condition, people.helanfang, factories.source(people.county), code="I10.x02", name="原发性高血压")
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert reverse("records:condition", args=["hypertension"]) in page and "我的高血压" in page


def test_the_first_visit_calls_nothing_new(people: People, signed_in: SignIn) -> None:
    factories.report(people.helanfang, factories.source(people.county))
    page = rows.read(signed_in(people.helanfang_account), "home")
    assert "上次来看是" not in page and "tone-brand" not in page.split("<main")[1].split("</main>")[0]


def test_what_came_since_the_last_visit_is_counted_and_marked(
    people: People, signed_in: SignIn, at: Callable[..., Any]
) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    rows.statement(Encounter, people.helanfang, feed, NOON - timedelta(days=9))
    with at(NOON - timedelta(days=3)):
        rows.read(client, "home")
    for _ in range(3):
        factories.report(people.helanfang, feed, at=NOON - timedelta(days=1))
    with at(NOON):
        page = rows.read(client, "home")
    assert "上次来看是2026年11月19日，之后新增3份报告。" in page and page.count('badge tone-brand">新') == 3


def test_a_second_look_within_the_same_visit_still_says_what_is_new(
    people: People, signed_in: SignIn, at: Callable[..., Any]
) -> None:
    feed, client = factories.source(people.county), signed_in(people.helanfang_account)
    with at(NOON - timedelta(days=3)):
        rows.read(client, "home")
    factories.report(people.helanfang, feed, at=NOON - timedelta(days=1))
    with at(NOON):
        rows.read(client, "home")
    with at(NOON + timedelta(minutes=20)):
        assert "之后新增1份报告" in rows.read(client, "home")
    with at(NOON + timedelta(minutes=60)):
        assert "之后没有新的内容" in rows.read(client, "home")


def test_another_accounts_look_takes_nothing_from_mine(people: People, signed_in: SignIn) -> None:
    rows.read(signed_in(people.helanfang_account), "home")
    with acting_as("owner"):
        assert list(Look.objects.values_list("account_id", flat=True)) == [people.helanfang_account.pk]


@pytest.mark.parametrize("count", [1, 5000], ids=["one row", "five thousand rows"])
def test_the_home_costs_six_statements(people: People, signed_in: SignIn, count: int) -> None:
    feed = factories.source(people.county)
    many(people.helanfang, feed, count)
    to_read = factories.article()
    with acting_as("owner"):
        type(to_read.article).objects.filter(pk=to_read.article_id).update(tags=["hypertension"])
    with acting_as("worker"):
        keeping.sweep(NOON, 60.0)
    paid = cost(signed_in(people.helanfang_account), reverse("records:home"))
    assert paid.beyond_the_frame <= 6, "\n".join([*paid.signin, *paid.web])


@pytest.mark.parametrize("count", [1, 1000], ids=["one row", "a thousand rows"])
def test_the_home_costs_no_more_with_more_rows_where_a_change_has_just_come(
    people: People, signed_in: SignIn, count: int
) -> None:
    many(people.helanfang, factories.source(people.county), count)
    assert cost(signed_in(people.helanfang_account), reverse("records:home")).beyond_the_frame <= 20


def many(of: Resident, feed: Any, count: int) -> None:
    """So many laboratory values and measurements, and some of everything else; written at once."""
    where = factories._provenance(of, feed, NOON)
    where.pop("identifier")
    with acting_as("owner"):
        Observation.objects.bulk_create(
            Observation(
                **where,
                identifier=f"o{number}",
                name=("心率", "血糖", "钾")[number % 3],
                category=("vital_signs", "laboratory", "laboratory")[number % 3],
                value_text="5.6",
            )
            for number in range(count)
        )
        for model, fields in rows.STATEMENTS.items():
            model.objects.bulk_create(
                model(**where, identifier=f"{model.__name__}{number}", **fields) for number in range(count // 50 + 1)
            )
        Report.objects.bulk_create(
            Report(**where, identifier=f"r{number}", title="血常规", category="laboratory", status="final")
            for number in range(count // 25 + 1)
        )


@pytest.mark.parametrize("count", [1, 1000], ids=["one row", "a thousand rows"])
def test_the_page_of_a_disease_costs_six_statements(people: People, signed_in: SignIn, count: int) -> None:
    many(people.helanfang, factories.source(people.county), count)
    paid = cost(signed_in(people.helanfang_account), reverse("records:condition", args=["hypertension"]))
    assert paid.beyond_the_frame <= 6, "\n".join([*paid.signin, *paid.web])


def test_a_disease_has_its_readings_medicines_visits_and_diagnoses(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    same = {"category": "vital_signs", "identifier": "bp", "unit": "mmHg", "range_text": ""}
    factories.observation(people.helanfang, feed, "收缩压", part="8480-6", value_text="152", flag="high", **same)
    factories.observation(people.helanfang, feed, "舒张压", part="8462-4", value_text="94", **same)
    rows.statement(Condition, people.helanfang, feed, code="I10", name="原发性高血压")
    rows.statement(Medication, people.helanfang, feed)
    rows.statement(Medication, people.helanfang, feed, name="布洛芬缓释胶囊")
    rows.statement(Encounter, people.helanfang, feed, reason="高血压随访")
    page = rows.read(signed_in(people.helanfang_account), "condition", "hypertension")
    assert all(
        word in page for word in ("152/94", "偏高", "控制目标", "苯磺酸氨氯地平片", "高血压随访", "原发性高血压")
    )
    assert "布洛芬" not in page


@pytest.mark.parametrize("name", ["高血压待查", "高血压家族史"])
def test_a_doubtful_diagnosis_is_no_disease(people: People, signed_in: SignIn, name: str) -> None:
    rows.statement(Condition, people.helanfang, factories.source(people.county), name=name)
    assert "我的高血压" not in rows.read(signed_in(people.helanfang_account), "home")


def test_a_strangers_disease_is_not_on_mine(people: People, signed_in: SignIn) -> None:
    rows.statement(Condition, people.helanfang, factories.source(people.county), code="I10")
    page = rows.read(signed_in(people.wangjianguo_account), "condition", "hypertension")
    assert "档案里没有这种病的记录" in page


def test_an_unknown_disease_is_a_404(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    assert client.get(reverse("records:condition", args=["boredom"])).status_code == 404


WAYS = ("records:own", "records:take", "records:services", "records:disputes")


def test_the_home_leads_to_the_ways_out_and_to_what_is_checked(people: People, signed_in: SignIn) -> None:
    page = signed_in(people.helanfang_account).get(reverse("records:home")).content.decode()
    assert [page.count(f'href="{reverse(name)}"') for name in WAYS] == [1, 1, 1, 1]


def test_staff_in_an_opening_are_not_led_to_what_is_the_persons_own(people: People, signed_in: SignIn) -> None:
    doctor = signed_in(people.licunyi)
    told = {"reason": "门诊接诊", "facility": str(people.township.pk)}
    doctor.post(reverse("staff:open_resident", args=[people.helanfang.pk]), told)
    page = doctor.get(reverse("records:home")).content.decode()
    assert "贺兰芳的档案" in page
    assert not [name for name in WAYS[1:] if f'href="{reverse(name)}"' in page]
