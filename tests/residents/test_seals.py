"""The chain over the access log: what is sealed, in what order, by whom, and that nobody changes it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from foundation.rowsecurity import acting_as
from residents import chain, chain_tasks, heads
from residents.canonical import FORM, FORMS
from residents.models import AccessEvent, Seal
from tests.factories import NOON, SHANGHAI
from tests.residents.access_log import SECOND, event, seal, superuser

pytestmark = pytest.mark.usefixtures("folder")


def links() -> list[Seal]:
    with acting_as("worker"):
        return list(Seal.objects.order_by("month", "position"))


def test_every_event_gets_a_link_in_the_order_of_time(db: None) -> None:
    late, early = event(NOON + SECOND), event(NOON)
    assert seal() == 2
    assert [(link.position, link.event_id) for link in links()] == [(1, early.id), (2, late.id)]


def test_sealing_again_seals_nothing_twice(db: None) -> None:
    event()
    assert (seal(), seal(), len(links())) == (1, 0, 1)


def test_an_empty_log_is_sealed_without_a_word(db: None, folder: Path) -> None:
    assert (seal(), links(), folder.exists()) == (0, [], False)


def test_an_event_committed_late_is_sealed_at_the_end_of_the_chain(db: None) -> None:
    event(NOON)
    seal()
    late = event(NOON - 40 * SECOND)
    seal(NOON + 40 * SECOND)
    assert links()[-1].event_id == late.id


def test_a_row_put_into_the_past_is_not_sealed(db: None) -> None:
    event(NOON)
    seal()
    event(NOON - timedelta(hours=1))
    assert (seal(NOON + 40 * SECOND), len(links())) == (0, 1)


def test_after_a_pause_of_the_worker_everything_is_sealed(db: None) -> None:
    event(NOON)
    seal()
    for hour in range(1, 30):
        event(NOON + timedelta(hours=hour))
    assert seal(NOON + timedelta(hours=30)) == 29


def test_more_than_a_batch_is_sealed_in_one_run(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    made_at = [event(NOON + n * SECOND).at for n in range(5)]
    assert (seal(), [link.event_at for link in links()]) == (5, made_at)


def test_each_month_of_shanghai_has_a_chain_of_its_own(db: None) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=SHANGHAI)
    event(midnight - SECOND)
    event(midnight)
    seal(midnight + 20 * SECOND)
    november, december = links()
    assert (november.month, november.position) == (datetime(2026, 11, 1, tzinfo=SHANGHAI), 1)
    assert (december.month, december.position) == (midnight, 1)


def test_two_sealers_at_once_seal_each_event_once(db: None) -> None:
    for n in range(200):
        event(NOON + timedelta(milliseconds=n))

    def run(_turn: int) -> int:
        try:
            return seal()
        finally:
            connections["worker"].close()

    with ThreadPoolExecutor(4) as sealers:
        counts = list(sealers.map(run, range(4)))
    assert (sum(counts), [link.position for link in links()]) == (200, list(range(1, 201)))


def test_a_sealer_killed_midway_leaves_nothing_behind(db: None) -> None:
    event()
    event(NOON + SECOND)
    with acting_as("worker"), pytest.raises(KeyboardInterrupt), transaction.atomic(using="worker"):
        chain.seal_batch(NOON + 20 * SECOND, chain.start(NOON + 20 * SECOND))
        raise KeyboardInterrupt
    assert links() == []
    assert (seal(), [link.position for link in links()]) == (2, [1, 2])


def test_the_task_seals_what_is_there_now(db: None, at: Callable[[datetime], Any]) -> None:
    with at(NOON + SECOND):
        event()
        with acting_as("worker"):
            assert chain_tasks.seal_access_log() == 1


def test_the_form_names_every_column_of_the_log() -> None:
    assert set(FORMS[FORM]) == {field.attname for field in AccessEvent._meta.local_concrete_fields} - {"pk"}


# --- nobody changes it -----------------------------------------------------------------------------------------------
@contextmanager
def entered(login: str) -> Iterator[Any]:
    with connections[login].cursor() as cursor:
        yield cursor


@pytest.mark.parametrize("login", ["default", "signin", "worker", "owner"])
@pytest.mark.parametrize(
    "deed",
    ["UPDATE residents_seal SET position = 7", "DELETE FROM residents_seal", "TRUNCATE residents_seal"],
)
def test_no_login_changes_the_chain(db: None, login: str, deed: str) -> None:
    event()
    seal()
    with pytest.raises(DatabaseError, match="never changed|permission denied"), entered(login) as cursor:
        cursor.execute(deed)
    assert [link.position for link in links()] == [1]


@pytest.mark.parametrize("login", ["default", "signin"])
def test_who_writes_events_writes_no_links(db: None, login: str) -> None:
    insert = "INSERT INTO residents_seal SELECT now(), 1, now(), gen_random_uuid(), 1, '', now()"
    with pytest.raises(DatabaseError, match="permission denied"), entered(login) as cursor:
        cursor.execute(insert)


def test_a_link_names_the_start_of_a_month(db: None) -> None:
    insert = "INSERT INTO residents_seal SELECT now(), 1, now(), gen_random_uuid(), 1, '', now()"
    with pytest.raises(DatabaseError, match="seal_names_the_start_of_a_month"), entered("worker") as cursor:
        cursor.execute(insert)


# --- heads leave the machine -----------------------------------------------------------------------------------------
def exported(folder: Path, month: str = "202611") -> list[heads.Head | int]:
    return list(heads.read(heads.file_of(month, folder)))


def test_the_head_is_exported_after_each_run(db: None, folder: Path) -> None:
    event()
    seal()
    event(NOON + SECOND)
    seal(NOON + 40 * SECOND)
    seal(NOON + 60 * SECOND)
    assert [(head.position, head.mac) for head in exported(folder)] == [
        (link.position, bytes(link.mac).hex()) for link in links()
    ]


def test_the_head_is_a_line_of_the_log(db: None, caplog: pytest.LogCaptureFixture) -> None:
    event()
    with caplog.at_level("INFO", logger="residents.heads"):
        seal()
    assert caplog.messages == [f"access log sealed: month 202611 position 1 mac {bytes(links()[0].mac).hex()}"]


def test_a_share_that_is_away_stops_no_sealing(db: None, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.write_text("not a folder")
    event()
    assert seal() == 1
    assert "heads of the access log cannot be written" in caplog.text
    folder.unlink()
    seal(NOON + 40 * SECOND)
    assert [head.position for head in exported(folder)] == [1]


def test_a_line_torn_by_a_crash_is_left_behind(db: None, folder: Path) -> None:
    event()
    seal()
    with heads.file_of("202611", folder).open("a") as file:
        file.write('{"month": "2026')
    event(NOON + SECOND)
    seal(NOON + 40 * SECOND)
    assert [head if isinstance(head, int) else head.position for head in exported(folder)] == [1, 2, 2]


def test_the_sealer_says_at_once_that_the_chain_was_cut(
    db: None, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    event()
    seal()
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_seal")
    event(NOON + SECOND, actor_name="someone else")
    seal(NOON + 40 * SECOND)
    assert "no longer holds the exported head 1" in caplog.text
