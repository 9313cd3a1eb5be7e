"""`make bench`: a whole record of 300 reports as one signed PDF: seconds, and memory of each process at its most."""

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from residents.models import Account
from tests import factories
from tests.bench.life import REPORTS, live
from tests.bench.measuring import keep
from tests.factories import NOON
from tests.faults.breaking import PATIENCE, process
from tests.people import People
from tests.records import booklets

WANTED = 300
MOST_SECONDS, MOST_MEGABYTES = 60, 300
# The worker's own process: what it needs, and what the process that sets the type needs, at their most.
MAKE = """
import json, re, resource, sys, time
from pathlib import Path
from uuid import UUID
import django
django.setup()
from foundation import clock
from records.booklet import making
hwm = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before, start = hwm(), time.perf_counter()
assert making.make(UUID(sys.argv[1]), clock=clock.now)
told = {"seconds": time.perf_counter() - start, "before": before / 1024, "worker": hwm() / 1024}
told["setting"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print("told", json.dumps(told))
"""


@pytest.fixture
def hers(people: People, signed_in: Callable[[Account], Client]) -> Client:
    """The browser of a resident with twenty years of a record."""
    live(people.helanfang, factories.source(people.county))
    return signed_in(people.helanfang_account)


def most_memory() -> float:
    """Megabytes that this process held at most since the last asking."""
    held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return int(held.split()[1]) / 1024


def made(key: str, script: Path) -> dict[str, float]:
    script.write_text(MAKE)
    environment = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONPATH": os.getcwd()}
    with process(str(script), key, login="worker", **environment) as run:
        printed, _ = run.communicate(timeout=PATIENCE * 3)
    assert "told" in printed, printed
    told: dict[str, float] = json.loads(printed.rpartition("told")[2])
    return told


def test_three_hundred_reports_take_less_than_a_minute_and_300_megabytes(
    hers: Client, tmp_path: Path, capsys: pytest.CaptureFixture[Any]
) -> None:
    since = NOON - timedelta(days=int(20 * 365.25 * WANTED / REPORTS) - 1)
    most_memory()
    began, cpu, before = time.perf_counter(), time.process_time(), most_memory()
    parcel = booklets.asked(hers, period="between", starts_on=since.date().isoformat())
    asking = {"seconds": time.perf_counter() - began, "CPU s": time.process_time() - cpu}
    grown = most_memory() - before
    told = made(str(parcel.pk), tmp_path / "make.py")
    pdf = booklets.fetched(hers, parcel)
    pages, reports = booklets.stored(parcel.pk).pages, booklets.stored(parcel.pk).reports
    keep({"booklet": told | {"pages": pages, "reports": reports}}, "booklet")
    with capsys.disabled():
        print(
            f"\n{reports} reports, {pages} pages, {len(pdf) / 1e6:.1f} MB\nasking (the person's request):"
            f" {asking['seconds']:.2f} s, {asking['CPU s']:.2f} s of our CPU, {grown:.0f} MB more\n"
            f"making: {told['seconds']:.1f} s; worker {told['worker']:.0f} MB ({told['before']:.0f} MB before),"
            f" the process that sets the type {told['setting']:.0f} MB"
        )
    assert reports >= WANTED and asking["seconds"] + told["seconds"] < MOST_SECONDS
    assert max(told["worker"], told["setting"]) < MOST_MEGABYTES and before + grown < MOST_MEGABYTES * 2
