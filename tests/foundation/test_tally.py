"""What counts as reading health data, whoever writes the statement."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from foundation import tally
from foundation.middleware import own_transaction
from foundation.rowsecurity import acting_as
from records.models import Report
from residents import reconciliation
from residents.models import AccessEvent, ReadTally
from tests.architecture.tables import RESIDENT, TABLES
from tests.people import People


@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ('SELECT "records_report"."id" FROM "records_report"', True),
        ("select value_text from public.records_observation", True),
        ("  (SELECT 1 FROM records_report)", True),
        ("WITH x AS (SELECT * FROM records_condition) SELECT * FROM x", True),
        ("UPDATE records_report SET first_seen_at = now() RETURNING title", True),
        ('UPDATE "records_report" SET "first_seen_at" = now()', False),
        ('INSERT INTO "records_issuedcopy" ("id") VALUES (1)', False),
        ('SELECT "residents_notice"."id" FROM "residents_notice"', False),
    ],
)
def test_what_counts_as_reading(statement: str, counts: bool) -> None:
    assert tally.reads(statement) is counts


def test_every_table_of_the_record_is_watched() -> None:
    assert {name for name, (kind, _) in TABLES.items() if kind == RESIDENT and name.startswith("records_")} == (
        tally.TABLES & {model._meta.db_table for model in apps.get_app_config("records").get_models()}
    )


def test_reads_are_counted_and_those_of_which_nothing_is_shown_are_not(db: None) -> None:
    with tally.counting() as counter:
        list(Report.objects.all())
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1 FROM records_report")
        with tally.unseen("a test"):
            Report.objects.count()
    assert counter.statements == 2


def test_who_hides_a_read_says_why() -> None:
    with pytest.raises(ValueError), tally.unseen(""):
        pass


# --- in a request ----------------------------------------------------------------------------------------------------
def shows(request: HttpRequest) -> HttpResponse:
    Report.objects.count()
    return HttpResponse("shown")


def fails(request: HttpRequest) -> HttpResponse:
    Report.objects.count()
    raise RuntimeError("the page broke")


def shows_nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


urlpatterns = [
    path("shows", shows, name="shows"),
    path("fails", fails, name="fails"),
    path("alone", own_transaction(shows), name="alone"),
    path("nothing", shows_nothing, name="nothing"),
]


@pytest.fixture
def client_of(people: People, signed_in: Callable[..., Client], settings: Any) -> Client:
    client = signed_in(people.helanfang_account)
    client.raise_request_exception = False
    settings.ROOT_URLCONF = __name__
    return client


def tallies() -> list[ReadTally]:
    with acting_as("worker"):
        return list(ReadTally.objects.order_by("at"))


@pytest.mark.parametrize("name", ["shows", "alone"])
def test_a_request_that_reads_leaves_one_tally(client_of: Client, name: str) -> None:
    response: Any = client_of.get(f"/{name}")
    (row,) = tallies()
    assert (row.reference, row.view, row.statements, row.status) == (response.wsgi_request.reference, name, 1, 200)


def test_a_page_that_was_rolled_back_leaves_its_tally(client_of: Client) -> None:
    client_of.get("/fails")
    (row,) = tallies()
    assert (row.view, row.status) == ("fails", 500)


def test_a_page_without_health_data_leaves_none(client_of: Client) -> None:
    client_of.get("/nothing")
    assert tallies() == []


def test_what_cannot_be_counted_is_not_shown(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(reading: tally.Reading) -> None:
        raise DatabaseError("the sign-in connection is away")

    monkeypatch.setattr(tally, "WRITERS", [away])
    response = client_of.get("/shows")
    assert (response.status_code, b"shown" in response.content) == (500, False)


def test_the_writer_is_the_rooms(db: None) -> None:
    assert [reconciliation.keep] == tally.WRITERS


def test_no_event_is_made_by_counting(client_of: Client) -> None:
    client_of.get("/shows")
    with acting_as("worker"):
        assert not AccessEvent.objects.exists()
