"""Every message is stored before it is understood, once for each version, and the counts add up."""

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError

from foundation.rowsecurity import acting_as
from records.exchange import ledger
from records.exchange.models import Held, Inbound, InboundKey, Pull, Source
from records.models import Observation
from tests.exchange.conftest import rows
from tests.exchange.sending import counts, deliver, observation, patient, versioned
from tests.factories import NOON, made
from tests.people import HELANFANG_NUMBER


def test_a_repeated_message_adds_nothing(feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(), 1))
    again = deliver(feed, patient(), versioned(observation(), 1))
    assert counts(again) == {"fetched": 2, "repeated": 2}
    assert (len(rows(Inbound)), len(rows(Observation))) == (2, 1)


def test_a_repetition_within_one_page_counts_as_repeated(feed: Source) -> None:
    assert counts(deliver(feed, patient(), patient())) == {"fetched": 2, "new": 1, "repeated": 1}


def test_the_same_content_with_another_time_of_change_is_repeated(feed: Source) -> None:
    deliver(feed, versioned(patient(), updated="2026-11-20T08:00:00Z"))
    assert counts(deliver(feed, versioned(patient(), updated="2026-11-21T08:00:00Z"))) == {"fetched": 1, "repeated": 1}


def test_another_content_under_a_known_version_is_not_lost(feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(value="5.60"), 1))
    deliver(feed, versioned(observation(value="6.50"), 1))
    again = deliver(feed, versioned(observation(value="6.50"), 1))
    assert [row.value_text for row in rows(Observation, superseded_at=None)] == ["6.50"]
    assert counts(again) == {"fetched": 1, "repeated": 1}


def test_a_content_that_comes_back_later_is_new_again(feed: Source) -> None:
    deliver(feed, patient())
    for hour, value in [(1, "5.60"), (2, "6.50"), (3, "5.60"), (3, "5.60")]:
        deliver(feed, versioned(observation(value=value), updated=f"2026-11-21T0{hour}:00:00Z"))
    assert [row.value_text for row in rows(Observation, superseded_at=None)] == ["5.60"]
    assert len(rows(Observation)) == 3


def test_the_payload_is_kept_to_the_byte_and_sealed(feed: Source) -> None:
    deliver(feed, patient())
    (row,) = rows(Inbound)
    assert HELANFANG_NUMBER.encode() not in bytes(row.payload)
    assert HELANFANG_NUMBER.encode() in ledger.raw_payload(row)


@pytest.mark.parametrize("nonsense", [None, 7, "text", [], {}, {"resourceType": 3}, {"id": "1"}])
def test_what_is_no_resource_is_held_and_the_rest_applied(feed: Source, nonsense: Any) -> None:
    run = deliver(feed, nonsense, patient(), observation())
    assert counts(run) == {"fetched": 3, "new": 2, "held": 1}
    assert [held.reason for held in rows(Held)] == ["unreadable"]


def test_half_broken_messages_are_held_each_with_its_reason(feed: Source) -> None:
    run = deliver(
        feed,
        patient(),
        observation(id="1", status="bogus"),
        observation(id="2", effectiveDateTime="2031-01-01"),
        observation(id="3", subject={}),
        observation(id="4", subject={"reference": "Patient/unknown"}),
        observation(id="5"),
    )
    assert counts(run) == {"fetched": 6, "new": 2, "held": 4}
    assert {held.identifier: held.reason for held in rows(Held)} == {
        "1": "unreadable",
        "2": "implausible_time",
        "3": "incomplete",
        "4": "unknown_subject",
    }


def test_a_time_of_change_in_the_far_future_is_held(feed: Source) -> None:
    run = deliver(feed, patient(), versioned(observation(), 1, "2099-01-01T00:00:00Z"))
    assert counts(run) == {"fetched": 2, "new": 1, "held": 1}


def test_a_version_that_is_no_version_is_replaced_by_the_content(feed: Source) -> None:
    deliver(feed, {**patient(), "meta": {"versionId": ["x"], "lastUpdated": 3}})
    assert [len(key.version) for key in rows(InboundKey)] == [32]


def test_the_database_refuses_counts_that_do_not_add_up(feed: Source) -> None:
    with pytest.raises(IntegrityError, match="pull_counts_add_up"):
        pull = Pull(source=feed, facility=feed.facility, started_at=NOON, alive_at=NOON, ended_at=NOON)
        pull.outcome, pull.fetched = Pull.Outcome.SUCCEEDED, 3
        made(pull)


def test_the_database_refuses_a_second_running_pull_of_a_source(feed: Source) -> None:
    def run() -> Pull:
        return Pull(source=feed, facility=feed.facility, started_at=NOON, alive_at=NOON)

    made(run())
    with pytest.raises(IntegrityError, match="one_running_pull_per_source"):
        made(run())


def test_what_was_received_is_never_changed(feed: Source) -> None:
    deliver(feed, patient())
    with acting_as("worker"), pytest.raises(ProgrammingError):
        Inbound.objects.update(entry=1)
    with acting_as("owner"), pytest.raises((InternalError, IntegrityError)):
        Inbound.objects.all().delete()
