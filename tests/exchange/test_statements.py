"""Diagnoses, medicines, allergies, vaccinations, procedures and visits reach their tables."""

from typing import Any

from records.exchange.models import Held, InboundKey, Source
from records.models import Allergy, Condition, Encounter, Immunization, Medication, Procedure
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, patient

ME = {"reference": "Patient/p1"}


def sent(kind: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": f"{kind}-1", **fields}


def test_a_diagnosis(feed: Source) -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}], "text": "高血压"}
    state = {"coding": [{"code": "active"}]}
    deliver(feed, patient(), sent("Condition", subject=ME, code=code, clinicalStatus=state, onsetDateTime="2019"))
    (row,) = rows(Condition)
    assert (row.name, row.code, row.state, row.zone_assumed) == ("高血压", "I10", "active", True)


def test_a_psychiatric_diagnosis_is_of_the_highest_sensitivity(feed: Source) -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F20.0"}], "text": "待查"}
    deliver(feed, patient(), sent("Condition", subject=ME, code=code))
    assert [(row.sensitivity, row.release) for row in rows(Condition)] == [(5, "withheld")]


def test_prescriptions_and_statements_share_a_table_but_no_name(feed: Source) -> None:
    medicine = {"medicationCodeableConcept": {"text": "氨氯地平片"}, "subject": ME}
    request = sent("MedicationRequest", status="active", intent="order", **medicine) | {"id": "m1"}
    statement = sent("MedicationStatement", status="active", **medicine) | {"id": "m1"}
    run = deliver(feed, patient(), request | {"dosageInstruction": [{"text": "每日一次，每次一片"}]}, statement)
    assert (run.new, {row.dosage for row in rows(Medication)}) == (3, {"每日一次，每次一片", ""})


def test_a_medicine_in_the_same_page_lends_its_name(feed: Source) -> None:
    drug = sent("Medication", code={"text": "二甲双胍片"})
    request = sent("MedicationRequest", status="active", intent="order", subject=ME)
    deliver(feed, patient(), drug, request | {"medicationReference": {"reference": "Medication/Medication-1"}})
    assert [row.name for row in rows(Medication)] == ["二甲双胍片"]


def test_an_allergy(feed: Source) -> None:
    reaction = [{"manifestation": [{"text": "皮疹"}, {"text": "瘙痒"}]}]
    deliver(feed, patient(), sent("AllergyIntolerance", patient=ME, code={"text": "青霉素过敏"}, reaction=reaction))
    assert [(row.name, row.reaction) for row in rows(Allergy)] == [("青霉素过敏", "皮疹、瘙痒")]


def test_a_vaccination(feed: Source) -> None:
    dose = {"protocolApplied": [{"doseNumberPositiveInt": 2}], "lotNumber": "A7731", "site": {"text": "左上臂"}}
    given = {
        "status": "completed",
        "occurrenceDateTime": "2026-10-01T09:00:00+08:00",
        "vaccineCode": {"text": "流感疫苗"},
    }
    deliver(feed, patient(), sent("Immunization", patient=ME, **given, **dose))
    assert [(row.name, row.dose, row.lot_number, row.site) for row in rows(Immunization)] == [
        ("流感疫苗", "2", "A7731", "左上臂")
    ]


def test_a_procedure(feed: Source) -> None:
    period = {"start": "2026-10-01T09:00:00+08:00", "end": "2026-10-01T09:40:00+08:00"}
    deliver(
        feed,
        patient(),
        sent("Procedure", subject=ME, status="completed", code={"text": "结肠镜"}, performedPeriod=period),
    )
    assert [(row.name, row.ended_at is not None) for row in rows(Procedure)] == [("结肠镜", True)]


def test_a_visit(feed: Source) -> None:
    period = {"start": "2026-11-20T08:00:00+08:00", "end": "2026-11-20T08:30:00+08:00"}
    visit = sent(
        "Encounter",
        subject=ME,
        status="finished",
        period=period,
        serviceType={"text": "内科"},
        participant=[{"individual": {"display": "王医生"}}],
        reasonCode=[{"text": "头晕"}],
    )
    deliver(feed, patient(), visit | {"class": {"code": "AMB"}})
    assert [(row.kind, row.department_name, row.practitioner_name, row.reason) for row in rows(Encounter)] == [
        ("ambulatory", "内科", "王医生", "头晕")
    ]


def test_a_visit_that_is_only_planned_is_in_the_ledger_and_in_no_record(feed: Source) -> None:
    visit = sent("Encounter", subject=ME, status="planned", period={"start": "2026-12-24T08:00:00+08:00"})
    run = deliver(feed, patient(), visit)
    assert (run.new, rows(Encounter), rows(Held)) == (2, [], [])


def test_kinds_the_portal_has_no_use_for_are_skipped(feed: Source) -> None:
    run = deliver(feed, sent("Claim"), sent("Goal"), sent("SomethingNew"), sent("Organization", name="县人民医院"))
    assert (run.skipped, {key.state for key in rows(InboundKey)}) == (4, {"skipped"})
