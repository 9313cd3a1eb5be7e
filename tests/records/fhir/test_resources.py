"""Each kind of row as FHIR R4: valid whatever is missing, and nothing changed that the facility printed."""

from decimal import Decimal
from typing import Any

import pytest

from records import fhir
from records.models import (
    Allergy,
    Condition,
    Dispute,
    Document,
    Encounter,
    Examination,
    FollowUp,
    ImagingStudy,
    Immunization,
    Medication,
    Observation,
    Procedure,
    Report,
)
from residents.models import Identifier
from tests.factories import NOON
from tests.records.fhir.rows import RESIDENT, accepted, person, place, row

LOINC = "http://loinc.org"
ANSWERS = [
    {"section": "一般状况", "code": "1", "label": "体温", "value": "36.5", "unit": "℃"},
    {"section": "一般状况", "label": "脉率", "value": "72"},
    {"label": "症状", "value": ""},
]
WRITERS: dict[Any, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    # writer: the table, what a sparse feed sends, what a talkative one adds
    fhir.observation: (
        Observation,
        {"name": "白细胞", "category": "other", "value_text": ""},
        {
            "category": "laboratory",
            "value_text": "<5.60",
            "value_number": Decimal("5.6"),
            "comparator": "<",
            "unit": "10^9/L",
            "unit_code": "10*9/L",
            "range_text": "3.5-9.5",
            "range_low": Decimal("3.5"),
            "range_high": Decimal("9.5"),
            "flag": "low",
            "code_system": LOINC,
            "code": "6690-2",
            "local_code": "WBC",
            "specimen": "全血",
            "method": "流式",
            "note": "复查",
            "part": "x",
        },
    ),
    fhir.condition: (
        Condition,
        {"name": "高血压"},
        {"state": "active", "code": "I10", "code_system": "http://hl7.org/fhir/sid/icd-10", "ended_at": NOON},
    ),
    fhir.medication_statement: (Medication, {"name": "氨氯地平片"}, {"state": "cancelled", "dosage": "每日一次"}),
    fhir.allergy_intolerance: (
        Allergy,
        {"name": "青霉素"},
        {"criticality": "high", "reaction": "皮疹、气促", "practitioner_name": "王医生", "state": "resolved"},
    ),
    fhir.immunization: (
        Immunization,
        {"name": "流感疫苗"},
        {"lot_number": "L1", "dose": "2", "site": "左上臂", "practitioner_name": "李护士", "state": "completed"},
    ),
    fhir.procedure: (Procedure, {"name": "阑尾切除术"}, {"ended_at": NOON, "state": "completed"}),
    fhir.encounter: (
        Encounter,
        {"kind": "other"},
        {"kind": "inpatient", "ended_at": NOON, "department_name": "内科", "practitioner_name": "王", "reason": "头晕"},
    ),
    fhir.document_reference: (
        Document,
        {"title": "出院小结"},
        {"sections": [{"title": "经过", "text": "好转"}], "author": "王医生", "code": "18842-5", "code_system": LOINC},
    ),
    fhir.questionnaire_response: (Examination, {"title": "体检"}, {"answers": ANSWERS, "assessment": "正常"}),
    fhir.imaging_study: (ImagingStudy, {}, {"study_uid": "1.2.3", "accession": "A9", "modality": "CT", "images": 3}),
}


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize("told", ["little", "much"])
def test_a_row_of_every_kind_is_valid_r4_whatever_its_feed_leaves_out(writer: Any, told: str) -> None:
    model, little, more = WRITERS[writer]
    accepted(writer(row(model, NOON if told == "much" else None, **little | (more if told == "much" else {}))))


def test_a_follow_up_keeps_its_answers_under_their_headings() -> None:
    found = fhir.questionnaire_response(row(FollowUp, programme="hypertension", title="随访", answers=ANSWERS))
    accepted(found)
    assert [item["text"] for item in found["item"]] == ["症状", "一般状况"]
    assert found["item"][1]["item"][0] == {"linkId": "1", "text": "体温", "answer": [{"valueString": "36.5 ℃"}]}


def test_a_report_refers_to_the_items_it_is_given_and_to_no_other() -> None:
    items = [
        row(Observation, name="白细胞", category="laboratory"),
        row(Observation, name="血红蛋白", category="other"),
    ]
    report = row(Report, category="laboratory", status="corrected", title="血常规", report_number="R1", findings="见")
    found = fhir.diagnostic_report(report, items)
    accepted(found)
    assert [one["reference"] for one in found["result"]] == [f"Observation/{item.id}" for item in items]
    assert found["status"] == "corrected"


@pytest.mark.parametrize(
    ("printed", "number", "value", "places"),
    [("5.60", "5.6", 5.6, 2), ("120", "120", 120, None), ("0.05", "0.05", 0.05, None), ("7.00", "7", 7, 2)],
)
def test_a_number_is_written_as_it_was_printed(printed: str, number: str, value: float, places: int | None) -> None:
    told = {"value_text": printed, "value_number": Decimal(number).quantize(Decimal("1e-10"))}
    quantity = fhir.observation(row(Observation, name="钾", category="laboratory", **told))["valueQuantity"]
    assert quantity["value"] == value
    assert [one["valueInteger"] for one in quantity.get("extension", [])] == ([places] if places else [])


def test_a_unit_without_a_known_code_is_written_as_printed_and_claims_no_code() -> None:
    told = {"value_text": "3", "value_number": Decimal(3), "unit": "个/片"}
    quantity = fhir.observation(row(Observation, name="管型", category="laboratory", **told))["valueQuantity"]
    assert quantity == {"value": 3, "unit": "个/片"}


def test_a_facility_s_own_code_stands_under_its_own_feed_beside_the_standard_one() -> None:
    told = {"code_system": LOINC, "code": "6690-2", "local_code": "WBC"}
    code = fhir.observation(row(Observation, name="白细胞", category="laboratory", **told))["code"]
    assert [one["code"] for one in code["coding"]] == ["6690-2", "WBC"]
    assert code["coding"][0]["system"] == LOINC
    assert code["coding"][1]["system"].startswith("urn:health-portal:source:")


def test_a_contested_entry_carries_both_sides_and_a_mark() -> None:
    dispute = Dispute(reason="wrong", words="没有这回事", asked_at=NOON, facility_name="县医院")
    dispute.answer, dispute.answered_at, dispute.verdict = "核实无误", NOON, "kept"
    found = fhir.condition(row(Condition, name="糖尿病"), dispute)
    accepted(found)
    assert "disputed" in [tag["code"] for tag in found["meta"]["tag"]]
    assert [note["text"] for note in found["note"]] == ["本人异议（内容有误）：没有这回事", "核实无误"]


def test_a_problem_that_has_ended_is_not_written_as_active() -> None:
    ended = row(Condition, name="肺炎", state="active", ended_at=NOON)
    assert fhir.condition(ended)["clinicalStatus"]["coding"][0]["code"] == "resolved"


def test_a_person_is_written_with_the_documents_handed_in_and_never_with_a_claimed_one() -> None:
    known = Identifier(kind="health_record", value="64019900100112345")
    found = fhir.patient(person(), [known, Identifier(kind="passport", value="E1", claimed=True)])
    accepted(found)
    assert (found["id"], found["gender"]) == (str(RESIDENT), "female")
    assert [one["value"] for one in found["identifier"]] == ["64019900100112345"]


def test_a_facility_is_valid_r4() -> None:
    accepted(fhir.organization(place(phone="0951-1234", address="人民路1号")))
