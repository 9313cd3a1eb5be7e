"""Whatever may be recalled: hidden at once in every version, given back as it was, moved with what comes later."""

from typing import Any

import pytest
from django.test import Client

from records.exchange.models import Source
from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    FollowUp,
    ImagingStudy,
    Immunization,
    Medication,
    Observation,
    Procedure,
)
from residents.models import Resident
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient, report, versioned
from tests.exchange.test_recalls import (
    WANG,
    asked,
    clerk,
    decide,
    head,
    lan,
    name,
    swept,
    wang,
)
from tests.exchange.twice import COUNTY, immunization
from tests.portal.staffing import events

__all__ = ["clerk", "head", "lan", "wang"]
ORIGIN = "NULL, ''"
HERS = {"subject": {"reference": "Patient/p1"}}
PICTURES = {
    "resourceType": "ImagingStudy",
    "id": "x",
    "status": "available",
    "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.840.99.1"}],
    "started": "2026-11-20T08:10:00+08:00",
    "modality": [{"code": "CT"}],
    "numberOfSeries": 1,
    "numberOfInstances": 20,
    "description": "胸部平扫",
    **HERS,
}
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Observation": (Observation, observation(id="x")),
    "ImagingStudy": (ImagingStudy, PICTURES),
    "Encounter": (
        Encounter,
        {"status": "finished", "class": {"code": "AMB"}, "period": {"start": "2026-10-08T09:00:00+08:00"}, **HERS},
    ),
    "Condition": (Condition, {"code": {"text": "高血压"}, "recordedDate": "2026-10-08", **HERS}),
    "Procedure": (Procedure, {"status": "completed", "code": {"text": "阑尾切除术"}, **HERS}),
    "MedicationRequest": (
        Medication,
        {"status": "active", "medicationCodeableConcept": {"text": "二甲双胍"}, **HERS},
    ),
    "MedicationStatement": (
        Medication,
        {"status": "active", "medicationCodeableConcept": {"text": "二甲双胍"}, **HERS},
    ),
    "AllergyIntolerance": (
        Allergy,
        {"code": {"text": "青霉素"}, "patient": {"reference": "Patient/p1"}},
    ),
    "Immunization": (Immunization, immunization(id="x")),
    "QuestionnaireResponse": (
        FollowUp,
        {"status": "completed", "questionnaire": "http://a/Questionnaire/hypertension", **HERS},
    ),
    "DocumentReference": (Document, {"status": "current", "type": {"text": "出院记录"}, **HERS}),
    "Composition": (Document, {"status": "final", "title": "出院小结", **HERS}),
}
EVERY = pytest.mark.parametrize("kind", KINDS)


def resource(kind: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    """A message of the kind, about her."""
    return versioned({"resourceType": kind, "id": "x", **KINDS[kind][1], **fields}, version)


def sent(feed: Source, kind: str, version: int = 1, **fields: Any) -> None:
    deliver(feed, patient(), resource(kind, version, **fields))
    assert rows(KINDS[kind][0]), kind


def start(client: Client, feed: Source, kind: str, *, found_by: str = "staff", resends: bool = False) -> Any:
    statement = f"SELECT * FROM app.start_recall(%s, %s, 'x', %s, %s, '机构来电说不是本人', NULL, {ORIGIN})"
    return asked(client, statement, feed.pk, kind, found_by, resends)[0]


def released(kind: str) -> list[str]:
    return [row.release for row in rows(KINDS[kind][0])]


def whose(kind: str) -> list[Any]:
    """Whose the rows are that stand now and are shown."""
    return [row.resident_id for row in rows(KINDS[kind][0], superseded_at=None) if row.release != "recalled"]


@EVERY
def test_it_is_found_by_its_number_and_hidden_in_every_version(
    feed: Source, lan: Resident, clerk: Client, kind: str
) -> None:
    sent(feed, kind)
    sent(feed, kind, 2, note=[{"text": "改"}])
    (found,) = [asked(clerk, f"SELECT kind, who, versions FROM app.find_recallable('x', {ORIGIN})")]
    assert found[:2] == (kind, "贺**")
    assert start(clerk, feed, kind) == "done"
    assert set(released(kind)) == {"recalled"}


@EVERY
def test_a_later_version_stays_hidden(feed: Source, lan: Resident, clerk: Client, kind: str) -> None:
    sent(feed, kind)
    start(clerk, feed, kind)
    sent(feed, kind, 2, note=[{"text": "改"}])
    assert set(released(kind)) == {"recalled"} and len(released(kind)) == 2


@EVERY
def test_unfounded_it_stands_as_it_stood(feed: Source, lan: Resident, clerk: Client, kind: str) -> None:
    sent(feed, kind)
    before = [(row.pk, row.release, row.superseded_at, row.withdrawn_at) for row in rows(KINDS[kind][0])]
    start(clerk, feed, kind)
    assert decide(clerk, "unfounded") == "done"
    swept()
    assert [(row.pk, row.release, row.superseded_at, row.withdrawn_at) for row in rows(KINDS[kind][0])] == before


@EVERY
def test_moved_it_is_his_with_what_comes_later_and_undone_it_is_nobodys_until_given_back(
    feed: Source, lan: Resident, wang: Resident, clerk: Client, head: Client, kind: str
) -> None:
    sent(feed, kind)
    start(clerk, feed, kind)
    assert (name(head), decide(head, "move")) == ("named", "done")
    swept()
    assert whose(kind) == [wang.pk]
    sent(feed, kind, 2, note=[{"text": "改"}])
    swept(6)
    assert whose(kind) == [wang.pk]
    assert decide(head, "undo", 1) == "done"
    assert whose(kind) == []
    decide(head, "unfounded", 2)
    swept(7)
    assert whose(kind) == [lan.pk]


@EVERY
def test_withdrawn_it_is_nobodys(feed: Source, lan: Resident, clerk: Client, kind: str) -> None:
    sent(feed, kind)
    start(clerk, feed, kind)
    assert decide(clerk, "withdraw") == "done"
    sent(feed, kind, 2, note=[{"text": "改"}])
    swept()
    assert whose(kind) == []


@EVERY
def test_a_correction_that_the_facility_announced_decides_by_itself(
    feed: Source, lan: Resident, wang: Resident, clerk: Client, kind: str
) -> None:
    sent(feed, kind)
    start(clerk, feed, kind, found_by="facility", resends=True)
    his = {"reference": "Patient/p2"}
    said = resource(kind, 2)
    other = patient(WANG, id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1961-05-04")
    deliver(feed, other, {**said, ("subject" if "subject" in said else "patient"): his})
    swept()
    assert whose(kind) == [wang.pk]


@EVERY
def test_who_decided_and_what_was_done_stands_in_her_log(feed: Source, lan: Resident, clerk: Client, kind: str) -> None:
    sent(feed, kind)
    start(clerk, feed, kind)
    found = [event.action for event in events(resident_id=lan.pk, subject_kind="exchange.recall")]
    assert found == ["exchange.recalled"]


@pytest.mark.parametrize("kind", ["Immunization", "Encounter"])
def test_the_same_through_another_feed_is_hidden_with_it_and_moved_with_it(
    feed: Source, township: Source, lan: Resident, wang: Resident, clerk: Client, head: Client, kind: str
) -> None:
    place = {"type": "Organization", "display": "县人民医院"}
    named = {"serviceProvider": place} if kind == "Encounter" else {}
    sent(feed, kind, **named)
    sent(township, kind, **named)
    assert len(rows(KINDS[kind][0], folded_into__isnull=False)) == 1
    start(clerk, feed, kind)
    swept()
    assert released(kind) == ["recalled", "recalled"]
    name(head)
    decide(head, "move")
    swept(6)
    swept(7)
    assert set(whose(kind)) == {wang.pk}


def test_a_recalled_result_takes_the_same_result_through_another_feed_with_it(
    feed: Source, township: Source, lan: Resident, clerk: Client
) -> None:
    for source in (feed, township):
        deliver(
            source, patient(), observation(id="x", **COUNTY), report(result=[{"reference": "Observation/x"}], **COUNTY)
        )
    assert len(rows(Observation, folded_into__isnull=False)) == 1
    start(clerk, feed, "Observation")
    swept()
    assert released("Observation") == ["recalled", "recalled"]


@pytest.mark.parametrize("kind", ["Immunization", "Encounter"])
def test_what_was_recalled_and_comes_again_through_another_feed_is_hidden_by_the_next_sweep(
    feed: Source, township: Source, lan: Resident, clerk: Client, kind: str
) -> None:
    place = {"type": "Organization", "display": "县人民医院"}
    named = {"serviceProvider": place} if kind == "Encounter" else {}
    sent(feed, kind, **named)
    start(clerk, feed, kind)
    sent(township, kind, **named)
    swept()
    assert whose(kind) == []
