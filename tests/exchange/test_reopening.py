"""What is opened again is read once for all that waits of it, and not once for each of its messages."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from records.exchange import applying, documents, filing, parting, reopening, runs
from records.exchange.bench import Bench
from records.exchange.importing import import_file
from records.exchange.limits import Limits
from records.exchange.models import Held, InboundKey, Source, SourcePatient, StoredFile
from records.exchange.numbers import Number
from records.exchange.retrying import sweep
from tests.exchange.conftest import rows
from tests.exchange.sending import bundle_file, observation, patient
from tests.exchange.tables.making import COLUMNS, row, text
from tests.factories import NOON

LAYOUT = StoredFile.Layout.TABLE
LATER = NOON + timedelta(minutes=5)
BATCH = 50


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "BATCH", BATCH)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Each time that a document is translated, or a file of FHIR begun."""
    seen: list[str] = []

    def noted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*args: Any) -> Any:
            seen.append(name)
            return work(*args)

        return noting

    monkeypatch.setattr(reopening, "entries_of", noted("translated", reopening.entries_of))
    monkeypatch.setattr(filing, "entries", noted("begun", filing.entries))
    yield seen


@pytest.fixture
def laboratory(feed: Source) -> Source:
    feed.options = {"columns": COLUMNS, "charset": "GBK"}
    with acting_as("owner"):
        feed.save()
    return feed


def sheet(good: int, doubtful: int) -> bytes:
    """So many rows, each of a report of its own; the doubtful ones are of a person whose number cannot be."""
    lines = [row(检验单号=f"L{place:05d}") for place in range(good)]
    lines += [row(检验单号=f"M{place:05d}", 病历号="20001", 身份证号="64019919620305012A") for place in range(doubtful)]
    return text(lines).encode("gbk")


def _ask_again() -> None:
    """Staff ask for everything held once more."""
    with acting_as("owner"):
        Held.objects.filter(resolved_at=None).update(retry_requested_at=NOON)


def test_a_sheet_of_which_much_is_held_is_translated_once_for_all_of_it(
    laboratory: Source, clock: Callable[[], datetime], readings: list[str]
) -> None:
    with acting_as("worker"):
        documents.keep(sheet(400, 100), laboratory, LAYOUT, "results.csv", NOON)
        documents.translate(laboratory.pk, clock=clock)
        assert len(rows(Held, resolved_at=None)) > 2 * BATCH
        _ask_again()
        readings.clear()
        sweep(LATER)
    assert readings.count("translated") == 1


def test_a_bundle_that_waits_is_gone_through_and_not_begun_again_for_each_batch(
    feed: Source, tmp_path: Path, clock: Callable[[], datetime], readings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [patient(), *(observation(id=f"o{place}") for place in range(6 * BATCH))]
    with monkeypatch.context() as patched, acting_as("worker"):
        patched.setattr(runs, "apply_waiting", lambda *args, **kwargs: 0)
        import_file(bundle_file(tmp_path, *entries), feed.pk, clock=clock)
    readings.clear()
    with acting_as("worker"):
        assert sweep(LATER) == len(entries)
    assert {key.state for key in rows(InboundKey)} == {"applied"}
    # Once for the names in it, once for its messages.
    assert len(readings) == 2


def test_what_an_undone_link_brought_by_file_is_read_once(
    feed: Source, tmp_path: Path, clock: Callable[[], datetime], readings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parting, "BATCH", BATCH)
    path = bundle_file(tmp_path, patient(), *(observation(id=f"o{number}") for number in range(6 * BATCH)))
    with acting_as("worker"):
        import_file(path, feed.pk, clock=clock)
        (link,) = rows(SourcePatient)
        bench = Bench.of(feed, LATER, Limits.at(LATER))
        readings.clear()
        woken = parting.take_back(Number(feed.pk, link.identifier), link.resident_id, NOON, bench)
    assert (len(woken), readings.count("begun")) == (6 * BATCH, 2)  # once for the names in it, once for its messages


def test_what_is_remembered_has_a_bound(
    laboratory: Source, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reopening, "MOST_ENTRIES", 25)
    with acting_as("worker"):
        for place in range(6):
            lines = [row(检验单号=f"{place}-{number}") for number in range(5)]
            documents.keep(text(lines).encode("gbk"), laboratory, LAYOUT, f"{place}.csv", NOON)
        documents.translate(laboratory.pk, clock=clock)
        reopener = reopening.Reopener()
        keys = list(InboundKey.objects.exclude(kind="Patient").order_by("id"))
        for key in keys:
            assert set(reopener.open([key])) == {key.pk}
            assert reopener._size <= 25
