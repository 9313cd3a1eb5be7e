"""The worker is killed (SIGKILL) while it moves a recalled report, at each step: hidden throughout, moved once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.exchange.retrying import sweep
from residents.models import Resident
from tests import factories
from tests.exchange.sending import bundle_file, deliver, observation, patient, report
from tests.factories import NOON
from tests.faults.breaking import ask, number, process, say, until
from tests.faults.test_killed_batch import GATE, WAITING, gate
from tests.people import HELANFANG_NUMBER
from tests.portal.staffing import Enter
from tests.sessions import session_of

WANG = factories.id_number(NOON.date().replace(1961, 5, 4), 13)
# Where the killed worker stands: the statement that waits.
STEPS = {
    "ending the rows": "CREATE TRIGGER gate BEFORE UPDATE OF superseded_at ON records_report FOR EACH ROW"
    " EXECUTE FUNCTION",
    "waking the lines": "CREATE TRIGGER gate BEFORE UPDATE OF state ON exchange_inboundkey FOR EACH ROW"
    " WHEN (NEW.state = 'waiting') EXECUTE FUNCTION",
    "telling people": "CREATE TRIGGER gate BEFORE INSERT ON residents_notice FOR EACH ROW EXECUTE FUNCTION",
    "carried out": "CREATE TRIGGER gate AFTER UPDATE OF carried_out_at ON exchange_recall FOR EACH ROW"
    " EXECUTE FUNCTION",
    "writing for the right person": "CREATE TRIGGER gate BEFORE INSERT ON records_observation FOR EACH ROW"
    " EXECUTE FUNCTION",
}
SWEEP = (
    "import django; django.setup(); from foundation import clock; from records.exchange.retrying import sweep;"
    " sweep(clock.now())"
)
START = "SELECT answer FROM app.start_recall(%s, 'DiagnosticReport', 'r1', 'staff', false, '贴错条码', NULL, NULL, '')"
SHOWN = """
SELECT r.name, count(*) FILTER (WHERE t.release = 'released'), count(*) FILTER (WHERE t.release = 'recalled')
FROM records_{table} t JOIN residents_resident r ON r.id = t.resident_id GROUP BY r.name ORDER BY r.name
"""


@pytest.fixture
def feed(db: None) -> Source:
    county: Facility = factories.facility("COUNTY", "县人民医院", "county")
    source: Source = factories.source(county, "county-files")
    factories.resident("贺兰芳", HELANFANG_NUMBER)
    factories.resident("王建国", WANG)
    deliver(source, patient(), observation(), report())
    return source


@pytest.fixture
def clerk(feed: Source, signed_in: Enter) -> Client:
    return signed_in(factories.staff("chuangkou", "窗口小马", feed.facility, "reception"))


@pytest.fixture
def head(feed: Source, signed_in: Enter) -> Client:
    return signed_in(factories.staff("yuanzhang", "王院长", feed.facility, "manager"))


def asked(client: Client, statement: str, *values: Any) -> Any:
    with session_of(client), connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def decide_to_move(feed: Source, clerk: Client, head: Client) -> None:
    """Recalled by one person, moved to 王建国 by another; the worker has not come round yet."""
    assert asked(clerk, START, feed.pk) == "done"
    wang = Resident.objects.using("owner").get(name="王建国")
    recall = ask("SELECT id FROM exchange_recall")[0][0]
    ask(
        "INSERT INTO exchange_recallperson (id, recall_id, resident_id, part, knew, found_at, told_of)"
        " VALUES (gen_random_uuid(), %s, %s, 'right', false, now(), '')",
        *(recall, wang.pk),
    )
    assert asked(head, "SELECT app.decide_recall(%s, 'move', '核对了条码', 0, NULL, '')", recall) == "done"


def shown() -> list[list[tuple]]:
    """Whose rows are shown, and how many are hidden, of reports and items."""
    return [ask(SHOWN.format(table=table)) for table in ("report", "observation")]


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_while_moving_shows_it_to_nobody_wrong_and_moves_it_once(
    step: str, feed: Source, clerk: Client, head: Client, capsys: pytest.CaptureFixture[Any]
) -> None:
    decide_to_move(feed, clerk, head)
    with gate(STEPS[step]), process("-c", SWEEP, login="worker", DJANGO_SETTINGS_MODULE="portal.settings") as worker:
        until(lambda: number(WAITING, GATE) or worker.poll() is not None, "the worker at the gate")
        worker.kill()
        assert worker.wait() == -9, "the sweep ended before it was killed"
    between = shown()
    with acting_as("worker"):
        for minutes in (5, 6):
            sweep(NOON + timedelta(minutes=minutes))
    say(capsys, f"killed {step}: {between} then {shown()}")
    assert [line for table in between for line in table if line[0] == "贺兰芳" and line[1]] == []
    assert shown() == [[("王建国", 1, 0), ("贺兰芳", 0, 1)]] * 2
    assert number("SELECT count(*) FROM residents_notice WHERE kind = 'result_taken_back'") == 1
    assert number("SELECT count(*) FROM exchange_inboundkey WHERE state <> 'applied'") == 0


def test_what_is_being_applied_in_that_moment_is_hidden_by_the_next_sweep(
    feed: Source, clerk: Client, tmp_path: Path, capsys: pytest.CaptureFixture[Any]
) -> None:
    """A worker stands in the middle of a batch; whoever recalls does not wait for it for ever."""
    ask("UPDATE records_report SET item_identifiers = ARRAY['o1', 'o2']")
    file = bundle_file(tmp_path, patient(), observation(id="o2"))
    opened = gate("CREATE TRIGGER gate BEFORE INSERT ON records_observation FOR EACH ROW EXECUTE FUNCTION")
    with process("manage.py", "import_fhir", str(file), "--source", feed.code, login="worker") as worker:
        with opened:
            until(lambda: number(WAITING, GATE) or worker.poll() is not None, "the worker at the gate")
            begun = time.monotonic()
            assert asked(clerk, START, feed.pk) == "done"
            assert number("SELECT count(*) FROM records_report WHERE release <> 'recalled'") == 0
            waited = time.monotonic() - begun
        assert worker.wait(30) == 0
    slipped = number("SELECT count(*) FROM records_observation WHERE release <> 'recalled'")
    with acting_as("worker"):
        sweep(NOON + timedelta(minutes=5))
    say(capsys, f"hidden after {waited:.1f} s beside a worker that held the source; {slipped} slipped through, then 0")
    assert number("SELECT count(*) FROM records_observation WHERE release <> 'recalled'") == 0
    assert waited < 30


def test_two_who_recall_in_the_same_moment_start_one_recall(feed: Source, clerk: Client, head: Client) -> None:
    """The first stands in the middle of hiding; the second waits for it, and finds what it did."""

    def start(client: Client) -> str:
        try:
            return str(asked(client, START, feed.pk))
        finally:
            connections.close_all()

    held = gate("CREATE TRIGGER gate BEFORE INSERT ON exchange_recallrow FOR EACH ROW EXECUTE FUNCTION")
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with ThreadPoolExecutor(2) as pool:
        with held:
            first = pool.submit(start, clerk)
            until(lambda: number(WAITING, GATE), "the first at the gate")
            second = pool.submit(start, head)
            until(lambda: number(waiting) == 2, "the second behind the first")
        assert (first.result(), second.result()) == ("done", "already")
    assert number("SELECT count(*) FROM exchange_recall") == 1
