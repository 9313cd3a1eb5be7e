"""Reports: who performed, who reported, and what kind they are."""

from typing import Any

import pytest

from facilities.models import Facility
from records.exchange.mapping.report import report as mapped
from records.exchange.models import Source
from records.exchange.values import Frame, ReportFacts
from records.models import Report
from residents.models import Notice
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, patient, report, versioned
from tests.factories import NOON


def facts(**fields: Any) -> ReportFacts:
    (only,) = mapped(report(**fields), Frame(NOON)).rows
    assert isinstance(only, ReportFacts)
    return only


def organization(code: str, name: str) -> dict[str, Any]:
    return {"reference": f"Organization/{code}", "identifier": {"value": code}, "display": name}


@pytest.mark.parametrize(
    ("code", "title", "category"),
    [
        ("HM", "血常规", "laboratory"),
        ("CT", "胸部CT平扫", "imaging"),
        ("EC", "十二导联心电图", "ecg"),
        ("SP", "活检", "pathology"),
        ("本院代码", "腹部彩超", "imaging"),
        ("本院代码", "家庭访视小结", "other"),
    ],
)
def test_the_category_comes_from_the_section_or_else_from_the_words(code: str, title: str, category: str) -> None:
    assert facts(category=[{"coding": [{"code": code}]}], code={"text": title}).category == category


def test_a_first_pathology_report_is_collected_at_the_facility() -> None:
    assert facts(category=[{"coding": [{"code": "PAT"}]}]).release == "withheld"


def test_performed_in_the_township_and_reported_by_the_county(feed: Source) -> None:
    town = factories.facility("TOWN1", "河东镇卫生院")
    centre = factories.facility("IMAGING", "影像诊断中心", "shared_centre")
    deliver(
        feed,
        patient(),
        report(
            performer=[organization("TOWN1", "河东卫生院")],
            resultsInterpreter=[organization("IMAGING", "县影像中心"), {"display": "周医生"}],
            conclusion="未见异常。",
        ),
    )
    (row,) = rows(Report)
    assert (row.facility_id, row.reporting_facility_id) == (town.pk, centre.pk)
    assert (row.facility_name, row.reporting_name) == ("河东镇卫生院", "县影像中心")
    assert (row.practitioner_name, row.impression) == ("周医生", "未见异常。")


def test_an_unknown_performer_keeps_its_name(feed: Source, county: Facility) -> None:
    deliver(feed, patient(), report(performer=[organization("X9", "第三方检验所")]))
    (row,) = rows(Report)
    assert (row.facility_id, row.facility_name) == (county.pk, "第三方检验所")


def test_the_person_is_told_once_of_a_new_report(feed: Source) -> None:
    deliver(feed, patient(), versioned(report(), 1))
    deliver(feed, versioned(report(), 1))
    deliver(feed, versioned(report(), 2))  # the server touched it; it says the same
    assert [notice.kind for notice in rows(Notice)] == ["report_ready"]


def test_a_corrected_report_is_told_of_again(feed: Source) -> None:
    deliver(feed, patient(), versioned(report(), 1))
    deliver(feed, versioned(report(status="corrected", conclusion="更正：血糖偏高。"), 2))
    assert len(rows(Notice)) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"issued": "2026-10-01T08:00:00+08:00"},
        {"status": "entered-in-error"},
        {"status": "cancelled"},
        {"status": "preliminary"},
    ],
)
def test_nobody_is_told_of_old_withdrawn_or_unfinished_reports(feed: Source, fields: dict[str, Any]) -> None:
    deliver(feed, patient(), report(**fields))
    assert len(rows(Report)) == 1
    assert rows(Notice) == []


def test_a_report_that_is_only_registered_is_not_in_the_record(feed: Source) -> None:
    run = deliver(feed, patient(), versioned(report(status="registered"), 1))
    assert (run.new, rows(Report)) == (2, [])
    deliver(feed, versioned(report(), 2))
    assert [row.status for row in rows(Report)] == ["final"]
