"""ADT: patients and their visits."""

import pytest

from tests.exchange.hl7v2.messages import PID, of, one, read, text

EVN = "EVN|A01|20261120080500"


def pv1(kind: str = "I", number: str = "ZY0001^^^HIS", admitted: str = "20261120080000", discharged: str = "") -> str:
    fields = {2: kind, 3: "心内科^3^12", 7: "D01^周^主治", 19: number, 44: admitted, 45: discharged}
    return "|".join(["PV1", *(fields.get(place, "") for place in range(1, 46))])


def adt(event: str, *segments: str) -> str:
    return text(EVN, PID, *segments, kind=f"ADT^{event}")


def visit(event: str, *segments: str) -> dict:
    return one("Encounter", adt(event, *segments))


def test_an_admission_is_a_patient_and_a_visit() -> None:
    patient, encounter = read(adt("A01", pv1(), "PV2|||胸痛^胸痛待查^L"))
    assert patient["id"] == "HIS.10020137"
    assert patient["meta"] == {"lastUpdated": "2026-11-20T08:05:00"}
    assert encounter == {
        "resourceType": "Encounter",
        "id": "HIS.ZY0001",
        "meta": {"lastUpdated": "2026-11-20T08:05:00"},
        "status": "in-progress",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/HIS.10020137"},
        "period": {"start": "2026-11-20T08:00:00"},
        "serviceType": {"text": "心内科"},
        "participant": [{"individual": {"type": "Practitioner", "display": "周主治"}}],
        "reasonCode": [{"coding": [{"code": "胸痛", "display": "胸痛待查"}], "text": "胸痛待查"}],
    }


@pytest.mark.parametrize(
    ("event", "discharged", "status"),
    [
        ("A01", "", "in-progress"),
        ("A04", "", "in-progress"),
        ("A08", "20261121", "finished"),
        ("A03", "20261121", "finished"),
        ("A11", "", "cancelled"),
        ("A13", "20261121", "in-progress"),
        ("A05", "", "planned"),
    ],
)
def test_the_event_says_how_the_visit_stands(event: str, discharged: str, status: str) -> None:
    assert visit(event, pv1(discharged=discharged))["status"] == status


@pytest.mark.parametrize(("kind", "code"), [("I", "IMP"), ("O", "AMB"), ("E", "EMER"), ("门诊", "AMB"), ("Z", "Z")])
def test_the_class_of_a_visit(kind: str, code: str) -> None:
    assert visit("A04", pv1(kind))["class"] == {"code": code}


def test_a_visit_that_cannot_be_told_from_others_is_none() -> None:
    assert of("Encounter", adt("A08", pv1(number="", admitted=""))) == []
    assert visit("A08", pv1(number=""))["id"] == "visit.HIS.10020137.20261120080000"


@pytest.mark.parametrize("event", ["A28", "A31", "A08"])
def test_demographics_alone_make_a_patient(event: str) -> None:
    assert [item["resourceType"] for item in read(adt(event))] == ["Patient"]


@pytest.mark.parametrize("event", ["A24", "A45", "A60"])
def test_other_events_are_only_counted(event: str) -> None:
    assert [item["resourceType"] for item in read(adt(event, pv1()))] == ["MessageHeader"]


def test_vital_signs_in_an_admission_are_left_out_and_do_no_harm() -> None:
    found = read(adt("A01", pv1(), "OBX|1|NM|HR^心率^L||72||||||F"))
    assert [item["resourceType"] for item in found] == ["Patient", "Encounter"]
