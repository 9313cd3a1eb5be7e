"""`make bench`: what taking in Synthea-like bundles costs, next to floors measured in the same run.

CPU time of ours and of PostgreSQL's backend, which other work on the machine disturbs little, and statements, for each
resource; rounds alternate, medians are shown. The floors: parsing the JSON alone, and copying the very rows that
result into tables without an index, a rule or a key. The table is also written to var/bench/ingest.json.
"""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from foundation.rowsecurity import acting_as
from records.exchange.importing import import_file
from records.exchange.models import InboundKey, Pull, Source
from tests import factories
from tests.bench.measuring import Row, keep, measured, medians, show
from tests.bench.synthea_like import bundle_file
from tests.factories import NOON
from tests.faults.breaking import ask, process

ROUNDS, PEOPLE = 3, 25
RECORDS = ["encounter", "observation", "report", "immunization", "procedure", "condition", "medication", "allergy"]
FILLED = ["exchange_inbound", "exchange_inboundkey", *(f"records_{name}" for name in RECORDS)]


@pytest.fixture
def feed(db: None) -> Source:
    return factories.source(factories.facility("COUNTY", "县人民医院", "county"), "county-files")


def parsed(path: Path, resources: int) -> Row:
    with measured(resources) as row:
        json.loads(path.read_bytes())
    return row


def copied(resources: int) -> Row:
    """The rows of the newest import, copied into bare tables."""
    taken = [_taken(table) for table in FILLED]
    with connections["owner"].cursor() as cursor, ExitStack() as rest:
        for table in FILLED:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table})")
            rest.callback(cursor.execute, f"DROP TABLE bare_{table}")
        with measured(resources, "owner") as row:
            for table, content in zip(FILLED, taken, strict=True):
                with cursor.copy(f"COPY bare_{table} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(content)
    return row


def _taken(table: str) -> bytes:
    newest = "received_at = (SELECT max(received_at) FROM exchange_inbound)"
    question = f"COPY (SELECT * FROM {table} WHERE {newest}) TO STDOUT (FORMAT binary)"
    with connections["owner"].cursor() as cursor, cursor.copy(question) as copy:
        return b"".join(bytes(piece) for piece in copy)


def imported(path: Path, feed: Source, resources: int, number: int) -> Row:
    with measured(resources) as row:
        run = import_file(path, feed.pk, clock=lambda: NOON.replace(minute=number))
    row["new"] = run.new
    return row


def measure(folder: Path, feed: Source) -> dict[str, list[Row]]:
    """Each round: a bundle of new people parsed, imported, imported again, and its rows copied."""
    found: dict[str, list[Row]] = {name: [] for name in ("parse", "copy rows", "import", "import again")}
    for number in range(ROUNDS + 1):
        path = folder / f"{number}.json"
        resources = bundle_file(path, number * PEOPLE, PEOPLE)
        rows = {
            "parse": parsed(path, resources),
            "import": imported(path, feed, resources, number),
            "import again": imported(path, feed, resources, number),
            "copy rows": copied(resources),
        }
        for name, row in rows.items() if number else ():  # the first round warms up
            found[name].append(row)
    return found


def test_ingest(feed: Source, tmp_path: Path, capsys: pytest.CaptureFixture[Any]) -> None:
    table = {name: medians(rows) for name, rows in measure(tmp_path, feed).items()}
    with capsys.disabled():
        show(table, "for each resource", print)
    keep(table, "ingest")
    with acting_as("owner"):
        assert not InboundKey.objects.exclude(state__in=["applied", "skipped"]).exists()
    assert (table["import again"]["new"], table["import"]["statements"] <= 0.05) == (0, True)
    assert table["import again"]["CPU ms"] < table["import"]["CPU ms"]


def test_two_workers(tmp_path: Path, db: None, capsys: pytest.CaptureFixture[Any]) -> None:
    """Two processes, each with a file of its own, from the first message received to the last one applied."""
    resources = 0
    with ExitStack() as running:
        started = []
        for number, code in enumerate(["one", "two"]):
            factories.source(factories.facility(code.upper()), code)
            path = tmp_path / f"{code}.json"
            resources += bundle_file(path, 1000 * (number + 1), 2 * PEOPLE)
            command = ["manage.py", "import_fhir", str(path), "--source", code]
            started.append(running.enter_context(process(*command, login="worker")))
        for one in started:
            assert one.wait(300) == 0
    with acting_as("owner"):
        runs = list(Pull.objects.all())
    seconds = (max(run.ended_at for run in runs) - min(run.started_at for run in runs)).total_seconds()
    load = os.getloadavg()[0]
    with capsys.disabled():
        print(f"\ntwo workers: {resources / seconds:.0f} resources a second (load of the machine {load:.1f})")
    assert (sum(run.new + run.skipped for run in runs), ask("SELECT 1 FROM exchange_held")) == (resources, [])
