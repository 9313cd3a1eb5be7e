"""Nothing that was received is lost: crashes, mistakes of our own, patients who come late, and staff who ask again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from records.exchange import applying, runs
from records.exchange.importing import import_file
from records.exchange.models import CodeMapping, Held, InboundKey, Pull, Source
from records.exchange.problems import AlreadyRunning
from records.exchange.retrying import sweep
from records.models import Observation, Report
from tests.exchange.conftest import rows
from tests.exchange.sending import bundle_file, counts, deliver, observation, patient, report
from tests.factories import NOON, made

LATER = NOON + timedelta(minutes=5)


def swept(now: datetime = LATER) -> int:
    with acting_as("worker"):
        return sweep(now)


def test_a_patient_who_comes_late_brings_in_what_waited(feed: Source) -> None:
    deliver(feed, observation(), report())
    assert {held.reason for held in rows(Held)} == {"unknown_subject"}
    run = deliver(feed, patient())
    assert (len(rows(Observation)), len(rows(Report))) == (1, 1)
    assert {held.resolution for held in rows(Held)} == {"已收到患者信息，自动入档"}
    assert counts(run) == {"fetched": 1, "new": 1}


def test_a_crash_between_storing_and_applying_leaves_work_for_the_sweep(
    feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(runs, "apply_waiting", _killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(feed, patient(), observation())
    assert {key.state for key in rows(InboundKey)} == {"waiting"}
    assert [(run.outcome, run.failed) for run in rows(Pull)] == [("failed", 2)]
    assert swept() == 2
    assert len(rows(Observation)) == 1


def test_a_crash_during_an_import_is_made_good_from_the_stored_file(
    feed: Source, tmp_path: Path, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = {"reference": "urn:uuid:11"}
    doctor = ("urn:uuid:22", {"resourceType": "Practitioner", "name": [{"text": "周医生"}]})
    read = report(subject=subject, resultsInterpreter=[{"reference": "urn:uuid:22"}])
    path = bundle_file(tmp_path, read, ("urn:uuid:11", patient(id="")), doctor)
    with monkeypatch.context() as patched, acting_as("worker"):
        patched.setattr(runs, "apply_waiting", lambda *args, **kwargs: 0)
        import_file(path, feed.pk, clock=clock)
    path.unlink()
    swept()
    assert [row.practitioner_name for row in rows(Report)] == ["周医生"]


def test_a_second_import_finishes_what_an_interrupted_one_left(
    feed: Source, tmp_path: Path, clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bundle_file(tmp_path, patient(), observation())
    with acting_as("worker"):
        with monkeypatch.context() as patched:
            patched.setattr(runs, "apply_waiting", lambda *args, **kwargs: 0)
            import_file(path, feed.pk, clock=clock)
        again = import_file(path, feed.pk, clock=clock)
    assert counts(again) == {"fetched": 2, "repeated": 2}
    assert len(rows(Observation)) == 1


def test_a_message_our_code_stumbles_over_is_set_aside_after_five_attempts(
    feed: Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(applying.MAPPINGS, "Observation", _stumble)
        run = deliver(feed, patient(), observation(), report())
        assert counts(run) == {"fetched": 3, "new": 2, "failed": 1}
        for minutes in range(5, 9):
            swept(NOON + timedelta(minutes=minutes))
        assert [held.reason for held in rows(Held)] == ["repeated_failure"]
        assert [key.attempts for key in rows(InboundKey, kind="Observation")] == [5]
        assert swept() == 0
    assert "贺兰芳" not in caplog.text


def test_an_attempt_is_on_record_before_the_work(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(applying.MAPPINGS, "Observation", _killed)
        with pytest.raises(KeyboardInterrupt):
            deliver(feed, patient(), observation())
    assert [key.attempts for key in rows(InboundKey, kind="Observation")] == [1]


def test_a_message_that_kills_every_worker_is_set_aside_too(feed: Source) -> None:
    deliver(feed, observation())
    with acting_as("owner"):
        InboundKey.objects.update(state="waiting", attempts=5)
    swept()
    assert [held.reason for held in rows(Held)] == ["repeated_failure"]


def test_staff_ask_for_another_try(feed: Source) -> None:
    deliver(feed, patient())
    deliver(feed, observation(code={"coding": [{"code": "GLU"}]}, status="bogus"))
    deliver(feed, observation(id="o2", subject={"reference": "Patient/p9"}))
    with acting_as("owner"):
        Held.objects.update(retry_requested_at=NOON)
    assert swept() == 2
    assert {(held.retry_requested_at, held.resolved_at) for held in rows(Held)} == {(None, None)}


def test_what_is_no_message_at_all_stays_held_however_often_it_is_tried(feed: Source) -> None:
    deliver(feed, 7)
    with acting_as("owner"):
        Held.objects.update(retry_requested_at=NOON)
    assert swept() == 0
    assert [key.state for key in rows(InboundKey)] == ["held"]
    assert [held.retry_requested_at for held in rows(Held)] == [None]


def test_a_try_that_succeeds_settles_the_held_message(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(applying, "ATTEMPTS", 1)
        patched.setitem(applying.MAPPINGS, "Observation", _stumble)
        deliver(feed, patient(), observation())
    with acting_as("owner"):
        Held.objects.update(retry_requested_at=NOON)
    swept()
    assert [held.resolution for held in rows(Held)] == ["重新处理后已入档"]
    assert len(rows(Observation)) == 1


def test_a_mapping_made_later_counts_from_then_on(feed: Source) -> None:
    made(CodeMapping(source=feed, facility=feed.facility, local_code="GLU", standard_code="1558-6"))
    deliver(feed, patient(), observation(code={"coding": [{"system": "https://lab", "code": "GLU"}], "text": "血糖"}))
    assert [(row.code, row.local_code) for row in rows(Observation)] == [("1558-6", "GLU")]


def test_a_second_run_of_the_same_source_steps_back(feed: Source) -> None:
    made(Pull(source=feed, facility=feed.facility, started_at=NOON, alive_at=NOON))
    with pytest.raises(AlreadyRunning):
        deliver(feed, patient())


def test_a_run_that_was_killed_is_closed_by_the_next(feed: Source) -> None:
    long_ago = NOON - timedelta(hours=1)
    made(Pull(source=feed, facility=feed.facility, started_at=long_ago, alive_at=long_ago))
    deliver(feed, patient())
    assert sorted(run.outcome for run in rows(Pull)) == ["failed", "succeeded"]


def _killed(*args: Any, **kwargs: Any) -> Any:
    raise KeyboardInterrupt


def _stumble(resource: dict[str, Any], frame: Any) -> Any:
    return {}[resource["subject"]["reference"] + "贺兰芳"]
