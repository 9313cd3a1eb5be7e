"""A document all the way: kept, translated, in the records; a replacement takes the place of what it replaces."""

from collections.abc import Callable
from datetime import datetime

from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Pull, Source, StoredFile
from records.models import Condition, Encounter, Observation, Report
from tests.exchange.cda.making import LABORATORY, document
from tests.exchange.cda.test_documents import HYPERTENSION, summary
from tests.exchange.conftest import rows
from tests.exchange.sending import counts
from tests.factories import NOON

LAYOUT = StoredFile.Layout.CDA
Clock = Callable[[], datetime]


def taken(source: Source, raw: str, clock: Clock) -> Pull:
    with acting_as("worker"):
        documents.keep(raw.encode(), source, LAYOUT, "document.xml", NOON)
        return documents.translate(source.pk, clock=clock)


def test_a_laboratory_report_is_in_the_records(feed: Source, clock: Clock) -> None:
    assert counts(taken(feed, LABORATORY, clock)) == {"fetched": 5, "new": 5}
    assert sorted(row.value_text for row in rows(Observation)) == ["42.10", "56.0", "阴性"]
    assert [row.reporting_name for row in rows(Report)] == ["县检验中心"]


def test_a_replacement_supersedes_the_report(feed: Source, clock: Clock) -> None:
    taken(feed, LABORATORY, clock)
    later = LABORATORY.replace("56.0", "36.0").replace("20261120103000", "20261120153000")
    taken(feed, later.replace('extension="DOC-1"/>', 'extension="DOC-2"/><versionNumber value="2"/>', 1), clock)
    assert [row.status for row in rows(Report, superseded_at=None)] == ["corrected"]
    assert "36.0" in {row.value_text for row in rows(Observation, superseded_at=None)}
    assert len(rows(Observation)) == 6


def test_a_summary_and_a_follow_up_of_one_person_are_one_record(feed: Source, clock: Clock) -> None:
    taken(feed, summary(), clock)
    taken(feed, HYPERTENSION.replace('extension="DOC-1"', 'extension="DOC-7"'), clock)
    assert len({row.resident_id for row in (*rows(Encounter), *rows(Condition), *rows(Observation))}) == 1
    assert sorted(row.kind for row in rows(Encounter)) == ["home", "inpatient"]
    assert rows(Held) == []


def test_a_document_of_another_type_is_held_with_its_type(feed: Source, clock: Clock) -> None:
    assert counts(taken(feed, document("C0032", ""), clock)) == {"fetched": 1, "held": 1}
    assert "C0032" in rows(Held)[0].explanation
