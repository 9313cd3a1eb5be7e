"""Messages applied together leave what they leave one by one, in fewer statements, and survive being interrupted."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DataError, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from portal.testdb import wipe
from records.exchange import applying, batching, claims, copying, runs
from records.exchange.bundles import Entry
from records.exchange.models import Held, InboundKey, Pull, Source
from records.exchange.reading import parse
from records.exchange.retrying import sweep
from records.exchange.runs import running
from records.exchange.values import Neighbours
from records.models import Observation, Report
from residents.models import Notice, Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.counting import statements
from tests.exchange.sending import at_utc, counts, deliver, observation, patient, report, versioned
from tests.factories import NOON, id_number
from tests.people import HELANFANG_NUMBER

STRANGER = id_number()
LATER = NOON + timedelta(minutes=5)
TABLES = {
    "records_observation": "id, resident_id, source_id, facility_id",
    "records_report": "id, resident_id, source_id, facility_id",
    "records_medication": "id, resident_id, source_id, facility_id",
    "exchange_inboundkey": "id, resident_id, source_id, pull_id, inbound_id, content",
    "exchange_held": "id, key_id, source_id, facility_id",
    "exchange_sourcepatient": "id, resident_id, source_id",
    "residents_notice": "id, resident_id, subject_id",
    "residents_resident": "id, created_at",
}
WHOSE = {"exchange_held": "NULL", "residents_resident": "name"}
# Which case a held message names is a key of ours, too.
CASE = re.compile(r"case:[0-9a-f-]{36}")
NAME = "(SELECT name FROM residents_resident WHERE id = t.resident_id)"


def left_behind() -> dict[str, list[str]]:
    """Every row that messages leave, without its own keys; whose it is by the name."""
    found = {}
    with connections["owner"].cursor() as cursor:
        for table, ours in TABLES.items():
            keys = [name.strip() for name in ours.split(",")]
            cursor.execute(f"SELECT to_jsonb(t) - %s::text[], {WHOSE.get(table, NAME)} FROM {table} t", [keys])
            said = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in cursor)
            found[table] = sorted(CASE.sub("case", row) for row in said)
    return found


def man(id: str, name: str = "王建国", **fields: Any) -> dict[str, Any]:
    """Another patient."""
    return patient(STRANGER, id=id, name=[{"text": name}], gender="male", birthDate="1980-01-01", **fields)


def of(number: str) -> dict[str, Any]:
    return {"subject": {"reference": f"Patient/{number}"}}


MEDICINE = {"status": "active", "medicationCodeableConcept": {"text": "二甲双胍"}, **of("p1")}
MESSAGES: list[Any] = [
    patient(),
    versioned(patient(telecom=[{"value": "1"}]), updated=at_utc(9)),
    patient(id="p1-again"),
    patient(id="p1-other-name", name=[{"text": "李四"}]),
    patient(None, id="p4"),
    patient("640199195702130025", id="p5"),
    man("p2"),
    man("p2", name="王建军", active=True),
    man("p3"),
    observation(),
    versioned(observation(value="6.50"), updated=at_utc(5)),
    versioned(observation(value="7.50"), updated=at_utc(7)),
    versioned(observation(value="8.50", status="entered-in-error"), updated=at_utc(6)),
    versioned(observation(value="9.50", **of("p2")), updated=at_utc(10)),
    observation(id="o2", **of("p2")),
    observation(id="o3", **of("p3"), status="corrected"),
    observation(id="o4", **of("nobody")),
    observation(id="o5", status="nonsense"),
    observation(id="o6", effectiveDateTime="2031-01-01"),
    observation(id="o7", **of("p1-other-name")),
    observation(id="o8", valueQuantity={"value": "much"}),
    observation(id="o9", component=[{"code": {"text": "甲"}, "valueString": "阴性"}] * 2),
    observation(id="o10", subject={"identifier": {"system": "urn:oid:2.16.156.10011.1.3", "value": HELANFANG_NUMBER}}),
    report(),
    report(id="r2", status="registered"),
    report(id="r3", code={"text": "HIV 抗体检测"}),
    versioned(report(conclusion="未见异常"), updated=at_utc(8)),
    versioned(report(status="corrected", result=[{"reference": "Observation/o2"}]), updated=at_utc(9)),
    versioned(report(id="r4", result=[{"reference": "Observation/o3"}, {"reference": "Observation/o1"}])),
    {"resourceType": "MedicationRequest", "id": "m1", **MEDICINE},
    {"resourceType": "MedicationStatement", "id": "m1", **MEDICINE},
    {"resourceType": "Claim", "id": "c1"},
    7,
]


def after(pages: list[list[Any]]) -> dict[str, list[str]]:
    """What these pages leave behind, in a database that was empty."""
    wipe()
    feed = factories.source(factories.facility("COUNTY", "县人民医院", "county"), "county-files")
    for page in pages:
        deliver(feed, *page)
    with acting_as("worker"):
        sweep(LATER)
    return left_behind()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_together_or_one_by_one_the_same_is_left(db: None, data: st.DataObject) -> None:
    sent = data.draw(st.lists(st.sampled_from(MESSAGES), min_size=4, max_size=40))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=3)))
    pages = [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    together = after(pages)
    with patch.object(applying, "apply_together", lambda *args: set()):
        one_by_one = after(pages)
    assert together == one_by_one


def test_in_the_usual_order_everything_simple_goes_together(feed: Source) -> None:
    deliver(feed, patient())
    with patch.object(applying, "_try") as alone:
        deliver(feed, *(observation(id=f"o{n}") for n in range(20)), report())
    assert (alone.call_count, len(rows(Observation)), len(rows(Report))) == (0, 20, 1)


def test_new_patients_are_linked_together(feed: Source) -> None:
    with patch.object(applying, "_try") as alone:
        deliver(feed, patient(), man("p2"))
        deliver(feed, versioned(patient(id="p9")), man("p8"))
    assert (alone.call_count, len(rows(Resident))) == (0, 2)


def test_two_hundred_results_take_ten_statements_from_receipt_to_record(feed: Source) -> None:
    deliver(feed, patient())
    raws = [dumps(observation(id=f"o{number}")).encode() for number in range(200)]
    page = [Entry("", parse(raw), raw) for raw in raws]
    with acting_as("worker"), running(feed.pk, lambda: NOON, lambda progress: None) as run:
        with statements() as seen:
            run.receive(page, Neighbours(), cursor={})
        run.close(Pull.Outcome.SUCCEEDED)
    assert (len(rows(Observation)), len(seen) <= 0.05 * len(page)) == (200, True), seen


def test_a_page_that_is_sent_again_takes_two_statements_more_than_the_run_itself(feed: Source) -> None:
    page = [patient(), *(observation(id=f"page-{n}") for n in range(200))]
    deliver(feed, *page)
    with statements() as empty:
        deliver(feed)
    with statements() as again:
        run = deliver(feed, *page)
    assert counts(run) == {"fetched": 201, "repeated": 201}
    assert len(again) <= len(empty) + 2


def test_one_message_that_the_database_refuses_does_not_hold_up_the_others(
    feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(feed, patient())
    write = copying.write

    def refused(model: Any, *args: Any) -> None:
        if model is Observation:
            raise DataError
        write(model, *args)

    monkeypatch.setattr(copying, "write", refused)
    assert counts(deliver(feed, *(observation(id=f"o{n}") for n in range(3)))) == {"fetched": 3, "new": 3}
    assert len(rows(Observation)) == 3


def test_what_waited_for_a_patient_goes_together_and_is_settled(feed: Source) -> None:
    deliver(feed, observation(), observation(id="o2"), report())
    with patch.object(applying, "_try") as alone:
        deliver(feed, patient())
    assert (alone.call_count, len(rows(Observation))) == (0, 2)
    assert {held.resolution for held in rows(Held)} == {"已收到患者信息，自动入档"}


def test_people_are_told_of_each_new_report_once(feed: Source) -> None:
    deliver(feed, patient(), report(), report(id="r2"), report(id="r3", issued="2020-01-01T00:00:00Z"))
    subjects = {notice.subject_id for notice in rows(Notice)}
    assert subjects == {row.pk for row in rows(Report) if row.identifier != "r3"}


def test_a_batch_that_was_interrupted_is_tried_again_one_by_one(feed: Source) -> None:
    deliver(feed, patient())
    with patch.object(batching.claims, "settle", _killed), pytest.raises(KeyboardInterrupt):
        deliver(feed, *(observation(id=f"o{n}") for n in range(3)))
    assert {(key.state, key.attempts) for key in rows(InboundKey, kind="Observation")} == {("waiting", 1)}
    with patch.object(batching, "apply_together") as together, acting_as("worker"):
        sweep(LATER)
    assert (together.call_count, len(rows(Observation))) == (0, 3)


@pytest.fixture
def broken_at() -> Callable[[str], Any]:
    """Ways to end a run, as a lost process would, at one of the steps of a batch."""
    steps = {
        "claiming": (claims, "claim_all"),
        "writing": (copying, "write"),
        "telling": (batching, "notify_all"),
        "settling": (claims, "settle"),
    }
    return lambda step: patch.object(*steps[step], _killed)


@pytest.mark.parametrize("step", ["claiming", "writing", "telling", "settling"])
def test_a_run_that_ends_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    feed: Source, step: str, broken_at: Callable[[str], Any]
) -> None:
    page = [observation(), observation(id="o2", **of("nobody")), report()]
    deliver(feed, patient())
    with patch.object(runs, "apply_waiting", lambda *args, **kwargs: 0):
        deliver(feed, *page)
    with acting_as("owner"):
        InboundKey.objects.filter(state="waiting").update(attempts=0)
    with broken_at(step), acting_as("worker"), pytest.raises(KeyboardInterrupt):
        sweep(LATER)
    assert (rows(Observation), rows(Report), rows(Notice)) == ([], [], [])
    with acting_as("worker"):
        sweep(LATER)
    assert (len(rows(Observation)), len(rows(Report)), len(rows(Notice)), len(rows(Held))) == (1, 1, 1, 1)


def _killed(*args: Any, **kwargs: Any) -> Iterator[Any]:
    raise KeyboardInterrupt
