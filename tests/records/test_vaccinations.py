"""What the immunisation schedule asks for next, by what was recorded."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import Immunization, ScheduledDose
from records.vaccination.planning import State, later, plan
from records.vaccination.reading import in_force
from residents.models import Resident
from tests import factories
from tests.people import People
from tests.records.rows import statement

BORN, TODAY = date(2025, 1, 31), date(2026, 11, 20)


def given(name: str, day: date, dose: str = "", **fields: Any) -> Immunization:
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    return Immunization(name=name, dose=dose, occurred_at=at, state=fields.pop("state", "completed"), **fields)


@pytest.fixture
def schedule(db: None) -> None:
    """The rules that the migration wrote, which tests before this one may have emptied."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM records_scheduleddose")
        cursor.execute(import_module("records.migrations.0011_programmes").SEEDS)


@pytest.fixture
def rules(schedule: None) -> list[ScheduledDose]:
    with acting_as("owner"):
        return list(in_force(TODAY))


def states(rules: list[ScheduledDose], vaccine: str, *rows: Immunization, sex: str = "male") -> list[State]:
    found = plan(rules, rows, born=BORN, sex=sex, today=TODAY)
    return [one.state for one in sorted(found, key=lambda one: one.rule.dose) if one.rule.vaccine == vaccine]


def test_a_dose_is_given_may_be_given_is_late_or_is_still_to_come(rules: list[ScheduledDose]) -> None:
    one = given("吸附无细胞百白破联合疫苗", date(2025, 4, 1), "1")
    assert states(rules, "百白破疫苗", one) == [State.GIVEN, State.NOW, State.LATE, State.NOW, State.LATER]


def test_a_combined_vaccine_counts_for_each_of_its_parts(rules: list[ScheduledDose]) -> None:
    one = given("吸附无细胞百白破灭活脊髓灰质炎和b型流感嗜血杆菌（结合）联合疫苗", date(2025, 4, 1))
    assert states(rules, "百白破疫苗", one)[0] == states(rules, "脊灰疫苗", one)[0] == State.GIVEN


def test_a_code_is_enough(rules: list[ScheduledDose]) -> None:
    one = given("Hep B", date(2025, 2, 1), code="08", code_system="http://hl7.org/fhir/sid/cvx")
    assert states(rules, "乙肝疫苗", one)[0] == State.GIVEN


def test_a_higher_number_stands_for_those_before_it(rules: list[ScheduledDose]) -> None:
    assert states(rules, "乙肝疫苗", given("乙肝疫苗", date(2025, 8, 1), "3")) == [State.GIVEN] * 3


def test_two_lines_of_one_day_are_one_dose(rules: list[ScheduledDose]) -> None:
    same = [given("乙肝疫苗", date(2025, 2, 1)), given("重组乙型肝炎疫苗", date(2025, 2, 1))]
    assert states(rules, "乙肝疫苗", *same)[:2] == [State.GIVEN, State.NOW]


def test_what_was_not_given_is_no_dose(rules: list[ScheduledDose]) -> None:
    refused = given("麻腮风联合减毒活疫苗", date(2025, 10, 1), state="not-done")
    assert State.GIVEN not in states(rules, "麻腮风疫苗", refused)


def test_a_killed_vaccine_has_other_doses_so_the_clinic_is_to_be_asked(rules: list[ScheduledDose]) -> None:
    assert set(states(rules, "乙脑减毒活疫苗", given("乙型脑炎灭活疫苗", date(2025, 10, 1)))) == {State.ASK}


def test_group_a_alone_is_not_group_a_and_c(rules: list[ScheduledDose]) -> None:
    both = given("A群C群脑膜炎球菌多糖疫苗", date(2026, 10, 1))
    assert State.GIVEN not in states(rules, "A群流脑多糖疫苗", both)


def test_hpv_is_for_girls(rules: list[ScheduledDose]) -> None:
    assert states(rules, "HPV疫苗") == []
    assert states(rules, "HPV疫苗", sex="female") == [State.LATER, State.LATER]


@pytest.mark.parametrize(("months", "day"), [(1, date(2025, 2, 28)), (12, date(2026, 1, 31)), (0, BORN)])
def test_an_age_in_months_ends_with_a_short_month(months: int, day: date) -> None:
    assert later(BORN, months) == day


def test_of_each_dose_one_rule_holds_on_any_day(schedule: None) -> None:
    with acting_as("owner"):
        for day in (date(2022, 1, 1), date(2025, 6, 1), TODAY):
            found = [(one.vaccine, one.dose) for one in in_force(day)]
            assert len(found) == len(set(found)) > 20


def test_the_schedule_of_before_2025_had_four_doses_against_whooping_cough(schedule: None) -> None:
    with acting_as("owner"):
        old = [one.from_months for one in in_force(date(2024, 6, 1)) if one.vaccine == "百白破疫苗"]
    assert sorted(old) == [3, 4, 5, 18]


@pytest.fixture
def township(people: People) -> Source:
    return factories.source(people.township)


@pytest.fixture
def hers(people: People, signed_in: Callable[..., Client]) -> Client:
    return signed_in(people.helanfang_account)


def test_a_childs_page_says_what_is_due_and_that_the_clinic_decides(
    people: People, township: Source, schedule: None, hers: Client
) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(birth_date=BORN)
    statement(Immunization, people.helanfang, township, name="卡介苗", lot_number="L1")
    text = hers.get(reverse("records:vaccinations")).content.decode()
    assert "以接种门诊为准" in text and "百白破疫苗 第4剂" in text and "2026年版" in text
    assert "卡介苗 第1剂" in text.split("程序里已完成")[1]


def test_an_adults_page_lists_what_was_given_and_nothing_is_due(people: People, township: Source, hers: Client) -> None:
    statement(Immunization, people.helanfang, township)
    text = hers.get(reverse("records:vaccinations")).content.decode()
    assert "流感疫苗" in text and "按程序应接种" not in text


RULE = {
    "vaccine": "水痘疫苗",
    "names": "水痘",
    "codes": "cvx:21",
    "dose": "1",
    "from_months": "12",
    "until_months": "",
    "sex": "",
    "born_from": "",
    "valid_from": "2027-01-01",
    "valid_until": "",
    "source": "省里通知",
}


def test_the_bureau_adds_a_rule_and_ends_it_by_a_date(people: People, signed_in: Callable[..., Client]) -> None:
    staff = signed_in(people.administrator)
    assert staff.post(reverse("admin:records_scheduleddose_add"), RULE).status_code == 302
    with acting_as("owner"):
        rule = ScheduledDose.objects.get(vaccine="水痘疫苗")
    address = reverse("admin:records_scheduleddose_change", args=[rule.pk])
    assert "不能早于" in staff.post(address, {"valid_until": "2026-01-01"}).content.decode()
    assert staff.post(address, {"valid_until": "2028-01-01", "vaccine": "别的"}).status_code == 302
    with acting_as("owner"):
        kept = ScheduledDose.objects.get(pk=rule.pk)
    assert (kept.vaccine, kept.valid_until) == ("水痘疫苗", date(2028, 1, 1))


def test_a_townships_public_health_worker_sees_the_schedule_and_changes_nothing(
    people: People, signed_in: Callable[..., Client]
) -> None:
    staff = signed_in(factories.staff("gongwei", "公卫", people.township, "public_health"))
    assert staff.get(reverse("admin:records_scheduleddose_changelist")).status_code == 200
    assert staff.post(reverse("admin:records_scheduleddose_add"), RULE).status_code == 403
