"""Files through the same door: bundles and NDJSON, whole, broken, repeated, and large."""

import tracemalloc
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange import filing
from records.exchange.filing import BadFile
from records.exchange.importing import import_file
from records.exchange.models import FilePart, Held, Inbound, Pull, Source, StoredFile
from records.models import Encounter, Observation, Report
from tests.exchange.conftest import rows
from tests.exchange.sending import DATA, bundle_file, counts, observation, patient
from tests.people import HELANFANG_NUMBER

VISIT = DATA / "visit.json"
Clock = Callable[[], datetime]


def imported(path: Path, feed: Source, clock: Clock) -> Pull:
    with acting_as("worker"):
        return import_file(path, feed.pk, clock=clock)


def everything() -> dict[str, int]:
    """How many rows each table has, the record of runs itself left out."""
    with acting_as("owner"):
        return {model._meta.db_table: model.objects.count() for model in apps.get_models() if model is not Pull}


def test_every_entry_of_a_bundle_is_accounted_for(feed: Source, clock: Clock) -> None:
    assert counts(imported(VISIT, feed, clock)) == {"fetched": 7, "new": 4, "skipped": 3}


def test_references_inside_the_bundle_lead_to_ids_and_names(feed: Source, clock: Clock) -> None:
    imported(VISIT, feed, clock)
    (report,), (visit,), (result,) = rows(Report), rows(Encounter), rows(Observation)
    assert report.item_identifiers == [result.identifier]
    assert report.encounter_identifier == visit.identifier
    assert (report.facility_name, visit.practitioner_name) == ("河东镇卫生院检验科", "周明远")


def test_a_result_in_a_file_is_as_exact_as_a_pulled_one(feed: Source, clock: Clock) -> None:
    imported(VISIT, feed, clock)
    (row,) = rows(Observation)
    assert (row.value_text, row.range_text, row.flag, row.zone_assumed) == ("5.90", "<5.20", "high", True)


def test_a_second_load_adds_no_row_to_any_table(feed: Source, clock: Clock) -> None:
    imported(VISIT, feed, clock)
    before = everything()
    again = imported(VISIT, feed, clock)
    assert counts(again) == {"fetched": 7, "repeated": 7}
    assert everything() == before


def test_the_file_is_stored_once_sealed_and_its_messages_point_into_it(feed: Source, clock: Clock) -> None:
    imported(VISIT, feed, clock)
    (file,) = rows(StoredFile)
    assert {(row.file_id, row.payload) for row in rows(Inbound)} == {(file.pk, None)}
    assert HELANFANG_NUMBER.encode() not in b"".join(bytes(part.content) for part in rows(FilePart))
    with acting_as("owner"), filing.stored_stream(file) as stream:
        assert stream.read() == VISIT.read_bytes()


def test_a_line_that_cannot_be_read_is_held_and_the_next_is_applied(feed: Source, clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "export.ndjson"
    path.write_text(f'{dumps(patient())}\n{{"resourceType":"Obser\n\n{dumps(observation())}\n')
    assert counts(imported(path, feed, clock)) == {"fetched": 3, "new": 2, "held": 1}


def test_a_line_that_is_too_long_is_held(
    feed: Source, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.entry_megabytes", Registered("exchange.entry_megabytes", 1, ""))
    path = tmp_path / "export.ndjson"
    long_one = dumps({"resourceType": "Observation", "text": "长" * 1_500_000})
    path.write_text(f"{long_one}\n{dumps(patient())}\n")
    assert counts(imported(path, feed, clock)) == {"fetched": 2, "new": 1, "held": 1}


def test_a_bundle_that_breaks_off_is_applied_up_to_the_break(feed: Source, clock: Clock, tmp_path: Path) -> None:
    whole = bundle_file(tmp_path, patient(), observation(), observation(id="o2"))
    whole.write_bytes(whole.read_bytes()[:-40])
    assert counts(imported(whole, feed, clock)) == {"fetched": 3, "new": 2, "held": 1}
    assert "第 3 条" in rows(Held)[0].explanation
    assert counts(imported(whole, feed, clock)) == {"fetched": 3, "repeated": 3}


@pytest.mark.parametrize("kind", ["transaction", "collection", "searchset", "batch"])
def test_any_kind_of_bundle_will_do(feed: Source, clock: Clock, tmp_path: Path, kind: str) -> None:
    assert imported(bundle_file(tmp_path, patient(), kind=kind), feed, clock).new == 1


def test_a_byte_order_mark_does_no_harm(feed: Source, clock: Clock, tmp_path: Path) -> None:
    path = bundle_file(tmp_path, patient())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert imported(path, feed, clock).new == 1


def test_what_stands_in_the_place_of_an_entry_is_held(feed: Source, clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"resourceType":"Bundle","entry":[7,null,{},{"resource":[]},{"resource":{}}]}')
    run = imported(path, feed, clock)
    assert (run.fetched, run.held + run.repeated) == (5, 5)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("report.pdf", b"%PDF-1.7", "不是 JSON"),
        ("empty.json", b"", "不是 JSON"),
        ("other.json", b'{"resourceType":"Bundle"}', "没有找到 FHIR 资源"),
        ("list.json", b"[]", "不是 JSON"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words_and_nothing_is_stored(
    feed: Source, clock: Clock, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=words):
        imported(path, feed, clock)
    assert (rows(Pull), rows(StoredFile)) == ([], [])


def test_a_file_above_the_limit_is_refused_unread(
    feed: Source, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.file_megabytes", Registered("exchange.file_megabytes", 0, ""))
    with pytest.raises(BadFile, match="超过 0 MB"):
        imported(bundle_file(tmp_path, patient()), feed, clock)


def test_a_large_file_is_read_with_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    claim: dict[str, Any] = {"resourceType": "Claim", "id": "1", "text": {"div": "x" * 20_000}}
    entry = dumps({"resource": claim})
    with path.open("w") as stream:
        stream.write('{"resourceType":"Bundle","entry":[' + ",".join([entry] * 1500) + "]}")
    tracemalloc.start()
    with path.open("rb") as stream:
        found = filing.survey(stream, "bundle")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.entries, found.breaks_off) == (1500, False)
    assert peak < path.stat().st_size / 8
