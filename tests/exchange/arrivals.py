"""The same messages of four kinds of feed for three people, handed over in any order; and the record they leave.

The township's FHIR feed hands on what the county did, too: those reports are folded, parted by a correction that only
one of them has, or stand alone where the county takes its own back.

What is compared is what anybody could see or look up: each row with what it says, whose it is and whether it still
counts; which messages wait for somebody, and why. Left out are our own keys and the moments of arrival.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import connections

from foundation.rowsecurity import acting_as
from portal.testdb import wipe
from records.exchange import documents
from records.exchange.models import Fold, Held, InboundKey, Source, StoredFile
from records.exchange.retrying import sweep
from records.provenance import Provenance
from tests import factories
from tests.exchange.cda.making import LABORATORY
from tests.exchange.cda.test_documents import HYPERTENSION, summary
from tests.exchange.hl7v2.messages import GLUCOSE, OBR, PID, oru, text
from tests.exchange.hl7v2.test_reports import CT, FINDING, OPINION
from tests.exchange.hl7v2.test_visits import EVN, pv1
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.exchange.tables import making as tables
from tests.exchange.twins import COUNTY_TOO, MAN, TOWN
from tests.factories import NOON

LATER = NOON + timedelta(minutes=5)
OURS = re.compile(r"(^|_)id$|^received_at$|^superseded_at$|^withdrawn_at$|^folded_into$")
WHO = "(SELECT name || birth_date FROM residents_resident WHERE id = t.resident_id)"
FEED = "(SELECT code FROM exchange_source WHERE id = t.source_id)"
FOLDED = """(SELECT s.code || ' ' || r.identifier FROM {table} r JOIN exchange_source s ON s.id = r.source_id
    WHERE r.id = t.folded_into AND r.resident_id = t.resident_id)"""
FOLDED_NAMES = ("folded_source__code", "folded_identifier")
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Arrival:
    """One thing that a feed hands over: a resource, or a whole document."""

    feed: str
    content: Any


def _of(number: str) -> dict[str, Any]:
    return {"subject": {"reference": f"Patient/{number}"}}


MEDICINE = {"status": "active", "medicationCodeableConcept": {"text": "二甲双胍"}, **_of("p1")}
RESOURCES: list[Any] = [
    patient(),
    versioned(patient(telecom=[{"value": "1"}]), updated=at_utc(9)),
    MAN,
    versioned(observation(), updated=at_utc(1)),
    versioned(observation(value="6.50", status="corrected"), updated=at_utc(5)),
    versioned(observation(value="9.50", **_of("p2")), updated=at_utc(10)),
    versioned(observation(id="o2"), 1),
    versioned(observation(id="o2", status="entered-in-error"), 2),
    observation(id="o3", **_of("p2"), component=[{"code": {"text": "甲"}, "valueString": "阴性"}] * 2),
    observation(id="o4", **_of("nobody")),
    observation(id="o5", status="nonsense"),
    versioned(report(), updated=at_utc(2)),
    versioned(report(conclusion="未见异常", status="corrected"), updated=at_utc(8)),
    report(id="r2", code={"text": "HIV 抗体检测"}, result=[]),
    {"resourceType": "MedicationRequest", "id": "m1", **MEDICINE},
    {"resourceType": "Claim", "id": "c1"},
    *COUNTY_TOO,
]
CORRECTED = GLUCOSE.replace("||5.60|", "||6.50|").replace("|N|||F|", "|H|||C|")
LATER_OBR = OBR.replace("20261120090000", "20261120150000").replace("|LAB|F|", "|LAB|C|")
MESSAGES = [
    oru(GLUCOSE),
    oru(CORRECTED, obr=LATER_OBR),
    text(EVN, PID, pv1(), kind="ADT^A01"),
    oru(FINDING, OPINION, obr=CT),
    oru(GLUCOSE, pid="PID|1"),
]
CORRECTED_ROWS = [
    [*line[:9], "36.0" if line[7] == "ALT" else line[9], *line[10:15], "2026-11-21 09:00:00", "已更正", line[17]]
    for line in tables.ROWS[:3]
]
SHEETS = [tables.text(tables.ROWS[:2] + tables.ROWS[3:]), tables.text(tables.ROWS[:3]), tables.text(CORRECTED_ROWS)]
CDA_LATER = (
    LABORATORY.replace("56.0", "36.0")
    .replace("20261120103000", "20261120153000")
    .replace('extension="DOC-1"/>', 'extension="DOC-2"/><versionNumber value="2"/>', 1)
)
DOCUMENTS = [LABORATORY, CDA_LATER, summary(), HYPERTENSION.replace('extension="DOC-1"', 'extension="DOC-7"')]
LAYOUTS = {"lis": StoredFile.Layout.HL7V2, "sheets": StoredFile.Layout.TABLE, "shared": StoredFile.Layout.CDA}
ARRIVALS = [
    *(Arrival("fhir", one) for one in RESOURCES),
    *(Arrival("town", one) for one in TOWN),
    *(Arrival("lis", one) for one in MESSAGES),
    *(Arrival("sheets", one) for one in SHEETS),
    *(Arrival("shared", one) for one in DOCUMENTS),
]


def left_after(arrivals: Sequence[Arrival], cuts: Sequence[int]) -> dict[str, list[str]]:
    """What these leave behind in an empty database, a run ended at each cut."""
    wipe()
    feeds = _feeds()
    for part in _parts(arrivals, cuts):
        for code, some in groupby(part, lambda one: one.feed):
            _hand_over(feeds[code], [one.content for one in some])
    _work_off(feeds)
    return record()


def _feeds() -> dict[str, Source]:
    county, town = factories.facility("COUNTY", "县人民医院", "county"), factories.facility("TOWN", "镇卫生院")
    options = {"columns": tables.COLUMNS}
    return {
        "fhir": factories.source(county, "fhir"),
        "town": factories.source(town, "town"),
        "lis": factories.source(county, "lis", kind="hl7v2"),
        "sheets": factories.source(town, "sheets", kind="table", options=options),
        "shared": factories.source(town, "shared", kind="cda"),
    }


def _parts(arrivals: Sequence[Arrival], cuts: Sequence[int]) -> Iterator[Sequence[Arrival]]:
    for start, end in zip([0, *cuts], [*cuts, len(arrivals)], strict=True):
        yield arrivals[start:end]


def _hand_over(feed: Source, contents: list[Any]) -> None:
    if feed.code not in LAYOUTS:
        deliver(feed, *contents)
        return
    with acting_as("worker"):
        for content in contents:
            documents.keep(content.encode(), feed, LAYOUTS[feed.code], "file", NOON)
        documents.translate(feed.pk, clock=lambda: NOON)


def _work_off(feeds: dict[str, Source]) -> None:
    """What the timetable does, until nothing waits any more."""
    with acting_as("worker"):
        for _turn in range(3):
            sweep(LATER)
            for feed in feeds.values():
                if feed.code in LAYOUTS:
                    documents.translate(feed.pk, clock=lambda: LATER)


def record() -> dict[str, list[str]]:
    """Every row of the record and every held message, without our own keys and moments."""
    found = {model._meta.db_table: _rows(model._meta.db_table) for model in apps.get_models() if _is_record(model)}
    with acting_as("owner"):
        waiting = Held.objects.filter(resolved_at=None).values_list("source__code", "kind", "reason")
        found["held"] = sorted(" ".join(row) for row in waiting)
        ledger = InboundKey.objects.values_list("source__code", "kind", "state").distinct()
        found["ledger"] = sorted(" ".join(row) for row in ledger)
        folds = Fold.objects.filter(ended_at=None).values_list("kept_source__code", "kept_identifier", *FOLDED_NAMES)
        found["folds"] = sorted(" ".join(row) for row in folds)
    return found


def _is_record(model: Any) -> bool:
    return issubclass(model, Provenance)


def _rows(table: str) -> list[str]:
    folded = FOLDED.format(table=table)
    facts = f"""SELECT to_jsonb(t), {WHO}, {FEED}, superseded_at IS NULL, withdrawn_at IS NULL, {folded},
        (SELECT code FROM facilities_facility WHERE id = t.facility_id) FROM {table} t"""
    with connections["owner"].cursor() as cursor:
        cursor.execute(facts)
        said = [(_without_ours(json.loads(row[0])), *map(str, row[1:])) for row in cursor]
    return sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in said)


def _without_ours(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in row if not OURS.search(key)}
