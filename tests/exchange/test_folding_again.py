"""Repetitions of other kinds, and judged anew when what may be read changes without a message."""

from datetime import timedelta
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from records.exchange.models import Fold, FoldingDue, Source
from records.exchange.retrying import sweep
from records.models import Encounter, Immunization, Report
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, patient
from tests.exchange.twice import immunization, listed, sent
from tests.factories import NOON

LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({}, 1),
        ({"lotNumber": "A7"}, 1),
        ({"occurrenceDateTime": "2026-10-09"}, 2),
        ({"vaccineCode": {"text": "乙肝疫苗"}}, 2),
    ],
)
def test_a_vaccination_through_two_feeds_is_one(
    feed: Source, township: Source, fields: dict[str, Any], count: int
) -> None:
    deliver(feed, patient(), immunization())
    deliver(township, patient(), immunization(**fields))
    assert len(listed(Immunization)) == count


def test_a_visit_through_two_feeds_is_one(feed: Source, township: Source) -> None:
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-10-08T09:00:00+08:00"},
        "serviceProvider": {"type": "Organization", "display": "县人民医院"},
    }
    for source in (feed, township):
        deliver(source, patient(), visit)
    assert len(listed(Encounter)) == 1


def test_where_the_listed_one_is_recalled_the_next_sweep_lists_the_other(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    deliver(township, *sent())
    with acting_as("owner"):
        Report.objects.filter(source=feed).update(release="recalled")
    assert len(rows(FoldingDue)) == 1
    with acting_as("worker"):
        sweep(LATER)
    assert [row.source_id for row in rows(Report, folded_into=None, release="released")] == [township.pk]


def test_what_is_released_later_is_folded_then(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    with acting_as("owner"):
        Report.objects.update(release="pending")
    deliver(township, *sent())
    assert rows(Report, folded_into__isnull=False) == []
    with acting_as("owner"):
        Report.objects.filter(source=feed).update(release="released")
    with acting_as("worker"):
        sweep(LATER)
    assert [row.source_id for row in listed()] == [feed.pk]


def test_where_the_link_of_the_listed_one_is_undone_the_next_sweep_lists_the_other(
    feed: Source, township: Source
) -> None:
    deliver(feed, *sent())
    deliver(township, *sent())
    with acting_as("owner"):  # as `parting` takes back what a link brought
        Report.objects.filter(source=feed).update(superseded_at=NOON, withdrawn_at=NOON)
    with acting_as("worker"):
        sweep(LATER)
    assert [row.source_id for row in listed()] == [township.pk]
    assert [fold.ended_at for fold in rows(Fold)] == [LATER]
