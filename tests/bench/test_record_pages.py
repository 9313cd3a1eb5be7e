"""The pages of twenty years of one record: `.venv/bin/pytest -q tests/bench/test_record_pages.py`, in `make bench`.

CPU milliseconds of ours and of PostgreSQL for each page beside a bare view that does one indexed query ("floor") and a
page of the record that shows nothing ("frame": session, account, token, gate, one event, the template around every
page) in the same run: made anew and kept among a thousand residents, then both among PORTAL_BENCH_RESIDENTS (30,000
unless told otherwise; 1,000,000 have ten million records and take about ten minutes), then kept pages again (shown
from a real Redis, as long as nothing changed: docs/adr/0033).
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from facilities.models import Facility
from foundation import clock
from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from portal import urls
from records.access import READ_SUMMARY
from records.pages import for_resident
from residents.access import Viewer, record_event
from residents.models import Account
from tests import factories
from tests.bench import asking, life
from tests.bench.measuring import keep
from tests.bench.record_pages import addresses, prepare
from tests.people import People
from tests.records.kept import settle

ROUNDS = int(os.environ.get("PORTAL_BENCH_ROUNDS", "25"))
FEW, MANY = 1_000, int(os.environ.get("PORTAL_BENCH_RESIDENTS", "30000"))
# What row-level security and the frame cost grows with nothing; half as much again is the promise for the whole.
MOST_SLOWER = 1.5
AROUND = [model._meta.db_table for model in life.AROUND] + ["residents_resident"]


@login_not_required
def floor(request: HttpRequest) -> HttpResponse:
    """One indexed query, no template."""
    return HttpResponse(Facility.objects.get(code="TOWN1").name)


@for_resident("records")
def frame(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What every page of the record pays, and nothing else."""
    record_event(viewer=viewer, action=READ_SUMMARY, now=clock.now())
    return render(request, "base.html")


urlpatterns = [*urls.urlpatterns, path("bench-floor/", floor), path("bench-frame/", frame)]
handler500 = urls.handler500


@pytest.fixture
def redis_pages(redis_address: str) -> Iterator[None]:
    """Kept pages are in a Redis of this run's own."""
    pages = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_address}
    with override_settings(CACHES=settings.CACHES | {"pages": pages}):
        yield


def anew() -> None:
    """Let every page be made anew."""
    caches["pages"].clear()


@override_settings(ROOT_URLCONF=__name__)
def test_twenty_years(
    people: People, signed_in: Callable[[Account], Client], capsys: pytest.CaptureFixture[Any], redis_pages: None
) -> None:
    prepare(people.helanfang, factories.source(people.county))
    client = signed_in(people.helanfang_account)
    life.neighbours(people.helanfang, 1, FEW)
    pages = {"floor": "/bench-floor/", "frame": "/bench-frame/"} | addresses(client)
    settle()
    few = asking.table(client, pages, ROUNDS, anew)
    life.neighbours(people.helanfang, FEW, MANY)
    many = asking.table(client, pages, ROUNDS, anew)
    again = asking.table(client, pages, ROUNDS)
    with capsys.disabled():
        print(asking.lines(f"among {FEW} residents", few))
        print(asking.lines(f"among {MANY} residents", many))
        print(asking.lines(f"kept, among {MANY}", again))
    keep({f"{what} (among {MANY})": row for what, row in many.items()}, "record_pages")
    keep({f"{what} (kept, among {MANY})": row for what, row in again.items()}, "record_pages_kept")
    assert {what: row["statements"] for what, row in many.items() if row["statements"] > 6} == {}
    assert {what: scans for what, scans in _through_all(client, pages) if scans} == {}
    # In processor time, which a busy machine stretches less than the time on the clock, beside the floor of each run.
    slower = {what: many[what]["to floor"] / row["to floor"] for what, row in few.items()}
    assert {what: round(ratio, 2) for what, ratio in slower.items() if ratio > MOST_SLOWER} == {}


def _through_all(client: Client, pages: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Of each page the lines of its plans that go through a whole table of the county's records."""
    for what, address in pages.items():
        with CaptureQueriesContext(connections["default"]) as asked:
            client.get(address)
        texts = [query["sql"] for query in asked.captured_queries]
        read = [text for text in texts if text.lstrip(" (\n").startswith(("SELECT", "WITH"))]
        yield what, [line for text in read for line in _scans(client, text)]


def _scans(client: Client, text: str) -> list[str]:
    with seeing(client.session[TOKEN]), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("EXPLAIN " + text.replace("%", "%%"), [])
        plan = [line for (line,) in cursor.fetchall()]
    return [line for line in plan if "Seq Scan on" in line and any(f" {table}" in line for table in AROUND)]
