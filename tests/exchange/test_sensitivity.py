"""Special diseases are recognised by every code and word of a message, and nobody is told of them."""

from typing import Any

import pytest

from records.exchange.mapping import MAPPINGS
from records.exchange.models import Source
from records.exchange.values import Facts, Frame
from records.models import Report
from residents.models import Notice
from tests.exchange.conftest import rows
from tests.exchange.sending import Resource, deliver, observation, patient, report
from tests.factories import NOON

ICD_10 = "http://hl7.org/fhir/sid/icd-10"
SNOMED = "http://snomed.info/sct"
HIV_BY_CODE = {"coding": [{"system": SNOMED, "code": "86406008"}, {"system": ICD_10, "code": "B20"}], "text": "感染"}


def fact(resource: Resource) -> Facts:
    (row,) = MAPPINGS[resource["resourceType"]](resource, Frame(NOON)).rows
    return row


def condition(code: dict[str, Any], **fields: Any) -> Resource:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, "code": code, **fields}


def encounter(**fields: Any) -> Resource:
    return {"resourceType": "Encounter", "status": "finished", "subject": {"reference": "Patient/p1"}, **fields}


@pytest.mark.parametrize(
    "name",
    ["人免疫缺陷病毒抗体", "获得性免疫缺陷综合征", "抗-HIV", "梅毒螺旋体抗体(TPPA)", "痰涂片抗酸杆菌", "抑郁发作"],
)
def test_the_official_names_of_special_diseases_are_known(name: str) -> None:
    assert fact(condition({"text": name})).sensitivity == 5
    assert fact(observation(code={"text": name})).release == "withheld"


@pytest.mark.parametrize("name", ["慢性病管理", "高血压", "抗酸药", "空腹血糖", "血常规"])
def test_ordinary_names_stay_ordinary(name: str) -> None:
    assert fact(condition({"text": name})).sensitivity == 4


@pytest.mark.parametrize(
    "code",
    [
        HIV_BY_CODE,
        {"coding": [{"system": "urn:oid:2.16.156.10011.2.3.3.11", "code": "B20.000"}], "text": "感染"},
        {"coding": [{"system": SNOMED, "code": "1", "display": "HIV infection"}], "text": "感染"},
    ],
)
def test_every_coding_counts_whichever_comes_first(code: dict[str, Any]) -> None:
    assert fact(condition(code)).sensitivity == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"reasonCode": [{"text": "情绪低落", "coding": [{"system": ICD_10, "code": "F32.1"}]}]},
        {"serviceType": {"text": "精神科"}},
        {"type": [HIV_BY_CODE]},
    ],
)
def test_a_visit_is_known_by_its_reasons_and_its_department(fields: dict[str, Any]) -> None:
    assert fact(encounter(**fields)).release == "withheld"
    assert fact(encounter(serviceType={"text": "内科"})).release == "released"


def test_a_laboratory_report_is_known_by_what_it_concludes() -> None:
    assert fact(report(conclusion="HIV抗体初筛阳性")).sensitivity == 5
    assert fact(report(conclusionCode=[HIV_BY_CODE])).sensitivity == 5
    image = {"category": [{"coding": [{"code": "RAD"}]}], "code": {"text": "胸部正位片"}}
    assert fact(report(**image, conclusion="两肺未见结核")).release == "released"


def test_a_result_is_known_by_the_organism_it_names() -> None:
    found = {"valueQuantity": None, "code": {"text": "病原体检测"}, "valueCodeableConcept": {"text": "结核分枝杆菌"}}
    resource = {key: value for key, value in observation(**found).items() if value is not None}
    assert fact(resource).sensitivity == 5


def test_nobody_is_told_of_a_report_that_no_list_names(feed: Source) -> None:
    deliver(feed, patient(), report(code={"text": "HIV抗体确证"}))
    assert [row.sensitivity for row in rows(Report)] == [5]
    assert rows(Notice) == []


@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance"])
def test_what_was_ruled_out_is_no_diagnosis_and_no_allergy(kind: str) -> None:
    ruled_out = {"verificationStatus": {"coding": [{"code": "refuted"}]}, "patient": {"reference": "Patient/p1"}}
    assert fact(condition({"text": "青霉素"}, **ruled_out) | {"resourceType": kind}).withdrawn
