"""One report that two feeds send is listed once; anything less than the same report stays two."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connections

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from portal.testdb import wipe
from records.exchange import folding
from records.exchange.models import Fold, FoldingDue, Source
from records.exchange.retrying import sweep
from records.models import Observation, Report
from residents.models import Notice
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.counting import statements
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.exchange.twice import COUNTY, SEEN, listed, sent
from tests.factories import NOON

LATER = NOON + timedelta(hours=1)


def test_the_same_report_from_two_feeds_is_listed_once_with_its_items(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    deliver(township, *sent())
    assert (len(rows(Report)), len(rows(Observation))) == (2, 2)
    assert [row.source_id for row in listed()] == [feed.pk]
    assert [row.source_id for row in listed(Observation)] == [feed.pk]


def test_the_one_of_who_performed_it_is_listed_whichever_came_first(feed: Source, township: Source) -> None:
    deliver(township, *sent())
    deliver(feed, *sent(), now=LATER)
    assert [row.source_id for row in listed()] == [feed.pk]


def test_the_person_is_told_once(feed: Source, township: Source) -> None:
    deliver(township, *sent())
    deliver(feed, *sent())
    assert len(rows(Notice, kind="report_ready")) == 1


def test_what_was_seen_through_one_feed_is_not_new_through_the_other(feed: Source, township: Source) -> None:
    deliver(township, *sent())
    with acting_as("owner"):
        Report.objects.update(first_seen_at=NOON)
    deliver(feed, *sent())
    assert [row.first_seen_at for row in listed()] == [NOON]


LESS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"value": "5.61"}, {}),
    ({"valueQuantity": {"value": 5, "unit": "mg/dL"}}, {}),
    ({"code": {"text": "餐后血糖"}}, {}),
    ({"status": "entered-in-error"}, {}),
    ({}, {"result": [{"reference": "Observation/o1"}, {"reference": "Observation/not-here"}]}),
    ({}, {"effectiveDateTime": "2026-11-20T08:11:00+08:00"}),
    ({}, {"category": [{"coding": [{"code": "RAD"}]}]}),
    ({}, {"performer": [{"type": "Organization", "display": "河东镇卫生院"}]}),
    ({}, {"status": "preliminary"}),
    ({}, {"status": "cancelled"}),
    ({}, {"conclusion": "血糖正常。"}),
    ({}, {"specimen": [{"display": "尿液"}]}),
    ({}, {"code": {"text": "HIV 抗体检测"}}),
]


@pytest.mark.parametrize(("item", "fields"), LESS)
def test_anything_less_stays_two(feed: Source, township: Source, item: dict[str, Any], fields: dict[str, Any]) -> None:
    deliver(feed, *sent(conclusion="血糖偏高。", specimen=[{"display": "血清"}]))
    same = {"conclusion": "血糖偏高。", "specimen": [{"display": "血清"}]}
    deliver(township, *sent(item, **same | fields))
    assert rows(Report, folded_into__isnull=False) == []
    assert rows(Observation, folded_into__isnull=False) == []


def test_what_one_feed_leaves_out_is_no_difference(feed: Source, township: Source) -> None:
    deliver(feed, *sent(conclusion="血糖偏高。", specimen=[{"display": "血清"}]))
    deliver(township, *sent({"code": {"text": "空腹血糖"}, "referenceRange": []}))
    assert [row.source_id for row in listed()] == [feed.pk]


def test_the_same_number_will_do_where_the_facility_is_named_otherwise(feed: Source, township: Source) -> None:
    number: dict[str, Any] = {"identifier": [{"use": "official", "value": "L20261120-7"}]}
    deliver(feed, *sent(**number))
    deliver(township, *sent(performer=[{"type": "Organization", "display": "贺兰县人民医院检验科"}], **number))
    assert len(listed()) == 1


def test_two_reports_of_one_feed_are_never_one(feed: Source, township: Source) -> None:
    twice = [observation(id="o2", **COUNTY), report(id="r2", result=[{"reference": "Observation/o2"}], **COUNTY)]
    deliver(feed, *sent(), *twice)
    deliver(township, *sent())
    assert len(listed()) == 3


IMAGING: dict[str, Any] = {
    "category": [{"coding": [{"code": "CT"}]}],
    "code": {"text": "胸部CT平扫"},
    "conclusion": "未见异常。",
}


@pytest.mark.parametrize(("other", "count"), [("双肺纹理清晰。", 1), ("双肺纹理增粗。", 2)])
def test_images_are_the_same_by_what_was_seen_and_what_it_means(
    feed: Source, township: Source, other: str, count: int
) -> None:
    seen = {name: value for name, value in SEEN.items() if value is not None}
    for source, words in ((feed, "双肺纹理清晰。"), (township, other)):
        item = {key: value for key, value in observation(**COUNTY).items() if key != "valueQuantity"}
        deliver(source, patient(), item | seen | {"valueString": words}, report(**IMAGING, **COUNTY))
    assert (len(listed()), len(listed(Observation))) == (count, count)


def test_a_correction_through_one_feed_parts_them_until_the_other_says_the_same(feed: Source, township: Source) -> None:
    first, second = at_utc(1), at_utc(2)
    corrected = [
        versioned(observation(value="6.10", **COUNTY), updated=second),
        versioned(report(status="corrected", **COUNTY), updated=second),
    ]
    for source in (feed, township):
        deliver(source, *(versioned(one, updated=first) for one in sent()))
    deliver(feed, *corrected)
    assert len(listed()) == 2
    deliver(township, *corrected)
    assert [row.value_text for row in listed(Observation)] == ["6.10"]
    assert [row.source_id for row in listed()] == [feed.pk]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_where_the_listed_one_is_taken_back_the_other_one_shows_again(
    feed: Source, township: Source, status: str
) -> None:
    for source in (feed, township):
        deliver(source, *(versioned(one, 1) for one in sent()))
    deliver(feed, versioned(report(status=status, **COUNTY), 2))
    assert {row.source_id for row in listed()} == {feed.pk, township.pk}


def test_an_item_that_comes_late_completes_the_report_and_folds_it(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    person, item, whole = sent()
    deliver(township, person, whole)
    assert len(listed()) == 2
    deliver(township, item)
    assert len(listed()) == 1


def state() -> list[tuple[str, str, str]]:
    """Each current row by its source and name, with what it is folded into."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT s.code, r.identifier, coalesce(k.code, '') FROM records_report r"
            " JOIN exchange_source s ON s.id = r.source_id LEFT JOIN records_report root ON root.id = r.folded_into"
            " LEFT JOIN exchange_source k ON k.id = root.source_id WHERE r.superseded_at IS NULL"
        )
        return sorted(cursor.fetchall())


def test_in_whatever_order_three_feeds_send_it_the_same_one_is_listed(db: None) -> None:
    found = []
    for order in permutations(("county", "town", "centre")):
        wipe()
        county = factories.facility("COUNTY", "县人民医院", "county")
        places = {"county": county, "town": factories.facility("T1", "河东镇卫生院"), "centre": county}
        feeds = {name: factories.source(place, name) for name, place in places.items()}
        for hour, name in enumerate(order):
            said: dict[str, Any] = {"conclusion": "血糖偏高。"} if name == "county" else {}
            deliver(feeds[name], *sent(**said), now=NOON + timedelta(hours=hour))
        found.append(state())
    assert found == [[("centre", "r1", "county"), ("county", "r1", ""), ("town", "r1", "county")]] * 6


def test_a_fold_is_on_record_without_whose_it_is(feed: Source, township: Source) -> None:
    deliver(feed, *sent(identifier=[{"value": "L7"}]))
    deliver(township, *sent(identifier=[{"value": "L7"}]))
    (fold,) = rows(Fold)
    assert (fold.report_number, fold.kept_source_id, fold.folded_source_id) == ("L7", feed.pk, township.pk)
    assert (fold.facility_id, fold.other_facility_id) == (feed.facility_id, township.facility_id)
    assert not {"resident", "resident_id"} & {item.attname for item in Fold._meta.concrete_fields}


def test_what_staff_have_parted_stays_two_for_good(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    deliver(township, *sent())
    with acting_as("owner"):
        Fold.objects.update(parted_at=LATER, parted_by=uuid7(), parted_name="张前台", parted_reason="两次抽血")
    with acting_as("worker"):
        sweep(LATER)
    assert (len(listed()), len(listed(Observation))) == (2, 2)
    deliver(township, versioned(report(status="corrected", **COUNTY), 2))
    assert len(listed()) == 2
    assert [fold.ended_at for fold in rows(Fold)] == [LATER]


def test_a_run_that_ends_before_it_looked_leaves_a_note_for_the_next_sweep(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    deliver(township, patient())
    with patch.object(folding, "settle", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        deliver(township, *sent())
    assert len(rows(FoldingDue)) == 1 and len(listed()) == 2
    with acting_as("worker"):
        sweep(LATER)
    assert (rows(FoldingDue), len(listed())) == ([], 1)


def test_a_mistake_while_looking_loses_no_message(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    with patch.object(folding, "_judge", side_effect=ValueError):
        run = deliver(township, *sent())
    assert (run.outcome, run.new, len(rows(FoldingDue))) == ("succeeded", 3, 1)


def test_where_one_feed_speaks_of_a_person_two_statements_are_spent(feed: Source, township: Source) -> None:
    deliver(feed, *sent())
    with statements() as seen:
        deliver(feed, *(observation(id=f"x{number}") for number in range(50)))
    assert sum("exchange_foldingdue" in one for one in seen) == 2
    assert rows(FoldingDue) == []
