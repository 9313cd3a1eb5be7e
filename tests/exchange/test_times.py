"""FHIR times of any precision."""

from datetime import UTC, datetime, timedelta

import pytest

from records.exchange.problems import CannotApply, Reason
from records.exchange.times import instant, plausible
from tests.factories import NOON


@pytest.mark.parametrize(
    ("text", "expected", "assumed"),
    [
        ("2026", datetime(2025, 12, 31, 16, tzinfo=UTC), True),
        ("2026-11", datetime(2026, 10, 31, 16, tzinfo=UTC), True),
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC), True),
        ("2026-11-20T08:10", datetime(2026, 11, 20, 0, 10, tzinfo=UTC), True),
        ("2026-11-20T08:10:05.123456789", datetime(2026, 11, 20, 0, 10, 5, 123456, tzinfo=UTC), True),
        ("2026-11-20T08:10:05+08:00", datetime(2026, 11, 20, 0, 10, 5, tzinfo=UTC), False),
        ("2026-11-20T00:10:05Z", datetime(2026, 11, 20, 0, 10, 5, tzinfo=UTC), False),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), False),
    ],
)
def test_any_precision_is_an_instant_and_a_missing_zone_is_shanghai(
    text: str, expected: datetime, assumed: bool
) -> None:
    moment = instant(text)
    assert (moment.at, moment.zone_assumed) == (expected, assumed)


@pytest.mark.parametrize(
    "text", ["", "昨天", "2026-13", "2026-02-30", "2026-11-20 08:10", "20261120", "2026-11-20T25:00Z"]
)
def test_anything_else_is_held_as_unreadable(text: str) -> None:
    with pytest.raises(CannotApply) as problem:
        plausible(text, "effectiveDateTime", NOON)
    assert problem.value.reason == Reason.UNREADABLE


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "1899-12-31", "2026-11-24T00:00:00+08:00", "9999-12-31T23:59:59-12:00"]
)
def test_an_implausible_time_is_held(text: str) -> None:
    with pytest.raises(CannotApply):
        plausible(text, "effectiveDateTime", NOON)


def test_a_clock_that_is_a_day_ahead_is_borne_with() -> None:
    assert plausible("2026-11-23T11:59:00+08:00", "issued", NOON).at < NOON + timedelta(hours=24)
