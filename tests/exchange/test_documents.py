"""Documents that are not FHIR: kept first, translated as a whole or not at all, repeated without harm."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange import documents, runs, translators
from records.exchange.bundles import Entry
from records.exchange.models import Held, InboundKey, Pull, Source, StoredFile, Translation
from records.exchange.reading import parse
from records.exchange.retrying import release_requested, sweep
from records.exchange.translating import Setup, Untranslatable
from records.models import Observation
from tests.exchange.conftest import rows
from tests.exchange.sending import counts, observation, patient
from tests.exchange.test_retrying import LATER
from tests.factories import NOON

LAYOUT = StoredFile.Layout.HL7V2
Clock = Callable[[], datetime]


def resources(raw: bytes, setup: Setup) -> Iterator[Entry]:
    """A layout as simple as can be: a JSON list of resources."""
    try:
        values = parse(raw)
    except ValueError:
        raise Untranslatable("这份文件不是 JSON。") from None
    return (Entry("", value) for value in values)


@pytest.fixture(autouse=True)
def translator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(translators.TRANSLATORS, LAYOUT, resources)


def document(*values: Any) -> bytes:
    return ("[" + ",".join(map(dumps, values)) + "]").encode()


def sent(feed: Source, raw: bytes) -> bool:
    with acting_as("worker"):
        return documents.keep(raw, feed, LAYOUT, "MSG00001", NOON)


def translated(feed: Source, clock: Clock) -> Pull:
    with acting_as("worker"):
        return documents.translate(feed.pk, clock=clock)


def test_what_was_kept_is_translated_with_its_patient_first(feed: Source, clock: Clock) -> None:
    sent(feed, document(observation(), patient()))
    assert counts(translated(feed, clock)) == {"fetched": 2, "new": 2}
    assert len(rows(Observation)) == 1
    assert {row.state for row in rows(Translation)} == {"done"}


def test_the_same_bytes_are_kept_once(feed: Source, clock: Clock) -> None:
    assert [sent(feed, document(patient())) for _ in range(2)] == [True, False]
    assert (len(rows(StoredFile)), len(rows(Translation))) == (1, 1)


def test_a_source_is_due_while_something_of_it_waits(feed: Source, clock: Clock) -> None:
    sent(feed, document(patient()))
    with acting_as("worker"):
        assert documents.due() == [feed.pk]
    translated(feed, clock)
    with acting_as("worker"):
        assert documents.due() == []


def test_a_document_that_nobody_can_read_is_held_whole_with_its_reason(feed: Source, clock: Clock) -> None:
    sent(feed, b"MSH|")
    assert counts(translated(feed, clock)) == {"fetched": 1, "held": 1}
    assert [(held.reason, held.explanation) for held in rows(Held)] == [("unreadable", "这份文件不是 JSON。")]


def test_a_document_that_can_be_read_after_all_settles_its_held_line(
    feed: Source, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(feed, b"MSH|")
    translated(feed, clock)
    with acting_as("owner"):
        Held.objects.update(retry_requested_at=NOON)
    monkeypatch.setitem(translators.TRANSLATORS, LAYOUT, lambda raw, setup: iter([Entry("", patient())]))
    with acting_as("worker"):
        release_requested()
    assert counts(translated(feed, clock)) == {"fetched": 1, "new": 1}
    assert [held.resolution for held in rows(Held)] == ["重新处理后已入档"]


def test_a_crash_after_storing_is_made_good_by_translating_once_more(
    feed: Source, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(feed, document(observation(), patient()))
    with monkeypatch.context() as patched:
        patched.setattr(runs, "apply_waiting", lambda *args, **kwargs: 0)
        translated(feed, clock)
    with acting_as("worker"):
        assert sweep(LATER) == 2
    assert len(rows(Observation)) == 1


def test_a_killed_run_is_repeated_and_adds_nothing_twice(
    feed: Source, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(feed, document(observation(), patient()))
    with monkeypatch.context() as patched:
        patched.setattr(documents, "_settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            translated(feed, clock)
    assert counts(translated(feed, clock)) == {"fetched": 2, "repeated": 2}
    assert len(rows(Observation)) == 1


def test_a_document_that_breaks_the_translator_waits_and_is_set_aside_in_the_end(
    feed: Source, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(translators.TRANSLATORS, LAYOUT, lambda raw, setup: {}[raw])
    sent(feed, document(patient()))
    runs_made = [counts(translated(feed, clock)) for _ in range(6)]
    assert runs_made == [{}] * 5 + [{"fetched": 1, "held": 1}]


def test_found_again_by_name_where_a_better_translator_puts_it_elsewhere(
    feed: Source, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(feed, document(observation()))
    translated(feed, clock)
    monkeypatch.setitem(
        translators.TRANSLATORS, LAYOUT, lambda raw, setup: iter([Entry("", patient(id="p9")), *resources(raw, setup)])
    )
    sent(feed, document(patient()))
    translated(feed, clock)
    assert [row.identifier for row in rows(Observation)] == ["o1"]
    assert {key.state for key in rows(InboundKey)} == {"applied"}


def _killed(*args: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("depth", [100, 900, 980, 5_000, 100_000])
def test_what_is_nested_without_end_is_held_and_ends_no_run(
    feed: Source, clock: Callable[[], datetime], depth: int
) -> None:
    deep = b'{"resourceType":"Observation","id":"deep","extension":' + b"[" * depth + b"]" * depth + b"}"
    good = [dumps(one).encode() for one in (patient(), observation())]
    entries = b",".join(b'{"resource":' + one + b"}" for one in (*good, deep))
    with acting_as("worker"):
        raw = b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"
        documents.keep(raw, feed, StoredFile.Layout.BUNDLE, "deep.json", NOON)
        run = documents.translate(feed.pk, clock=clock)
    assert (run.outcome, len(rows(Held)), rows(Translation)[0].state) == ("succeeded", 1, "done")


@pytest.mark.parametrize(("name", "most"), [("exchange.document_entries", 1), ("exchange.document_seconds", 0)])
def test_a_document_beyond_the_limits_of_today_is_held_whole(
    feed: Source, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    raw = ("[" + ",".join(map(dumps, (patient(), observation()))) + "]").encode()
    with acting_as("worker"):
        documents.keep(raw, feed, LAYOUT, "MSG00001", NOON)
        with monkeypatch.context() as patched:
            patched.setitem(REGISTRY, name, Registered(name, most, ""))
            assert counts(documents.translate(feed.pk, clock=clock)) == {"fetched": 1, "held": 1}
        assert "参数设置" in rows(Held)[0].explanation
        Held.objects.update(retry_requested_at=NOON)
        release_requested()
        assert counts(documents.translate(feed.pk, clock=clock)) == {"fetched": 2, "new": 2}
