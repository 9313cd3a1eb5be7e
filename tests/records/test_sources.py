"""The page that says up to when each facility's data is here."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from foundation.rowsecurity import acting_as
from records.exchange.models import Pull, Source
from records.sources import freshness
from tests import factories
from tests.exchange.sending import deliver, observation, patient
from tests.factories import NOON, made
from tests.people import People
from tests.portal.staffing import Enter, colleague
from tests.records import rows


@pytest.fixture
def feed(people: People) -> Source:
    """The township's feed, fetched at noon."""
    return rows.fetched(factories.source(people.township, kind="fhir_r4", address="https://town.example/fhir"))


def page() -> str:
    response = Client().get(reverse("records:sources"))
    assert response.status_code == 200
    return response.content.decode()


def failed(feed: Source) -> None:
    at = NOON + timedelta(hours=1)
    run = Pull(
        source=feed, facility=feed.facility, started_at=at, alive_at=at, ended_at=at, outcome="failed", error="x"
    )
    made(run)


def test_anybody_reads_up_to_when_a_facilitys_data_is_here(feed: Source) -> None:
    assert [words for words in ("河东镇卫生院", "2026-11-22 12:00", "正常") if words not in page()] == []


def test_a_facility_without_a_feed_is_said_to_be_absent(people: People, feed: Source) -> None:
    text = page()
    assert text.index("河东镇卫生院") < text.index("县人民医院") < text.index("该机构暂未接入，在那里做的检查")
    assert text.count("该机构暂未接入") == 1


def test_a_feed_that_never_brought_anything_is_on_its_way(people: People) -> None:
    factories.source(people.township)
    text = page()
    assert text.index("正在接入") < text.index("河东镇卫生院") < text.index("该机构暂未接入")


def test_after_a_failed_run_what_may_be_missing_is_said(feed: Source) -> None:
    failed(feed)
    assert "2026-11-22 12:00 以后的资料可能不全" in page()


def test_a_feed_that_works_again_misses_nothing(feed: Source) -> None:
    failed(feed)
    rows.fetched(feed, NOON + timedelta(hours=2))
    assert "可能不全" not in page()


def test_a_paused_feed_is_a_gap(feed: Source) -> None:
    with acting_as("owner"):
        Source.objects.update(state="paused")
    assert "可能不全" in page()


def test_what_waits_is_counted(feed: Source) -> None:
    deliver(feed, observation(), observation(id="o2"), now=NOON)
    assert "2 条资料已收到" in page()


def test_what_is_in_the_record_waits_no_more(feed: Source) -> None:
    deliver(feed, patient(), observation(), now=NOON)
    assert "已收到" not in page()


def test_no_address_and_no_error_is_told(feed: Source) -> None:
    failed(feed)
    assert "town.example" not in page()


def test_engineers_find_it_on_their_first_page(people: People, signed_in: Enter) -> None:
    first = signed_in(colleague(people, "engineer")).get(reverse("staff:index")).content.decode()
    assert reverse("records:sources") in first


def test_however_many_facilities_there_are_the_statements_are_the_same(
    people: People, feed: Source, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        factories.source(factories.facility(f"V{number}"))
    with django_assert_max_num_queries(4):
        assert len(freshness(NOON)) >= 22
