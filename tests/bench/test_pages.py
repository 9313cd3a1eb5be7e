"""`make bench`: each hot page as a ratio to a floor measured in the same run, and its number of statements.

The floor is a bare view that does one indexed query through the same stack of middleware. Rounds alternate, medians
are compared, so a busy machine slows both. The table is also written to var/bench/pages.json.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from facilities.models import Facility
from portal import urls
from residents.models import Account
from tests import factories
from tests.people import People

ROUNDS = 30
ITEMS, REPORTS = 25, 50


@login_not_required
def floor(request: HttpRequest) -> HttpResponse:
    """One indexed query, no template."""
    return HttpResponse(Facility.objects.get(code="TOWN1").name)


urlpatterns = [*urls.urlpatterns, path("bench-floor/", floor)]
handler500 = urls.handler500


@pytest.fixture
def pages(people: People) -> dict[str, str]:
    """The pages measured, over a resident with fifty reports."""
    feed = factories.source(people.township)
    names = [f"item-{number}" for number in range(ITEMS)]
    for name in names:
        factories.observation(people.helanfang, feed, identifier=name)
    report = factories.report(people.helanfang, feed, item_identifiers=names)
    for number in range(REPORTS - 1):
        factories.report(people.helanfang, feed, title=f"检验 {number}")
    factories.article()
    return {
        "floor": "/bench-floor/",
        "home": reverse("home"),
        "record": reverse("records:home"),
        "reports": reverse("records:reports"),
        "report": reverse("records:report", args=[report.pk]),
        "report PDF": reverse("records:report_pdf", args=[report.pk]),
        "facilities": reverse("appointments:facilities"),
        "bookings": reverse("appointments:bookings"),
        "articles": reverse("health_education:articles"),
    }


def elapsed(client: Client, address: str) -> float:
    started = time.perf_counter()
    assert client.get(address).status_code == 200, address
    return (time.perf_counter() - started) * 1000


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["signin"]) as signin:
        client.get(address)
    return len(web) + len(signin)


def measure(client: Client, pages: dict[str, str]) -> dict[str, dict[str, float]]:
    """Median milliseconds, ratio to the floor and statements of each page."""
    times: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, address in pages.items():
            times[name].append(elapsed(client, address))
    medians = {name: statistics.median(values[3:]) for name, values in times.items()}
    return {
        name: {
            "ms": round(medians[name], 2),
            "ratio": round(medians[name] / medians["floor"], 2),
            "statements": statements(client, address),
        }
        for name, address in pages.items()
    }


@override_settings(ROOT_URLCONF=__name__)
def test_pages(
    people: People, pages: dict[str, str], signed_in: Callable[[Account], Client], capsys: pytest.CaptureFixture[Any]
) -> None:
    table = measure(signed_in(people.helanfang_account), pages)
    with capsys.disabled():
        print(f"\n{'page':<12}{'ms':>9}{'ratio':>8}{'statements':>12}")
        for name, row in table.items():
            print(f"{name:<12}{row['ms']:>9}{row['ratio']:>8}{row['statements']:>12}")
    target = Path(settings.DATA_DIR).parent / "bench" / "pages.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(table, indent=1))
    assert max(row["statements"] for row in table.values()) <= 25
