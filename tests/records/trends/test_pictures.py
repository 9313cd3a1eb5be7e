"""Where a value lies against its printed range, and the chart's places."""

from decimal import Decimal

import pytest

from records.presenters.charts import BOTTOM, TOP, chart
from records.presenters.range_pictures import END, HIGH, LOW, START, picture
from records.trends.series import trend
from tests.records.trends.making import result


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("value", "comparator", "low", "high", "side"),
    [
        ("5.0", "", "3.9", "6.1", "in"),
        ("3.9", "", "3.9", "6.1", "in"),
        ("7.8", "", "3.9", "6.1", "high"),
        ("3.0", "", "3.9", "6.1", "low"),
        ("4.0", "", None, "5.2", "in"),
        ("6.0", "", None, "5.2", "high"),
        ("0.9", "", "1.0", None, "low"),
        ("0.01", "<", "0.5", "4.8", "low"),
        ("3", "<", "0.5", "4.8", "unsure"),
        ("0.5", "<", None, "4.8", "in"),
        ("200", ">", "0.5", "4.8", "high"),
        ("3", ">", None, "4.8", "unsure"),
    ],
)
def test_the_words_say_only_what_is_sure(
    value: str, comparator: str, low: str | None, high: str | None, side: str
) -> None:
    found = picture(Decimal(value), comparator, number(low), number(high))
    assert found is not None and found.side == side


@pytest.mark.parametrize(("low", "high"), [(None, None), ("5", "5"), ("6", "5"), (None, "0"), ("-1", None)])
def test_a_range_that_says_nothing_is_not_drawn(low: str | None, high: str | None) -> None:
    assert picture(Decimal(5), "", number(low), number(high)) is None


def test_a_text_is_not_drawn() -> None:
    assert picture(None, "", Decimal(1), Decimal(2)) is None


def test_the_marker_stands_between_the_limits_in_proportion() -> None:
    found = picture(Decimal("5"), "", Decimal("4"), Decimal("6"))
    assert found is not None and (found.low, found.marker, found.high) == (LOW, (LOW + HIGH) // 2, HIGH)


def test_a_limit_that_is_not_printed_is_not_drawn() -> None:
    found = picture(Decimal("4"), "", None, Decimal("5.2"))
    assert found is not None and (found.low, found.band, found.band_width) == (None, 0, HIGH)


@pytest.mark.parametrize(("value", "place"), [("99", END), ("-99", START)])
def test_what_lies_far_out_is_an_arrow_at_the_edge(value: str, place: int) -> None:
    found = picture(Decimal(value), "", Decimal("4"), Decimal("6"))
    assert found is not None and found.is_beyond and found.marker == place


def test_all_marks_and_the_range_are_inside_the_chart() -> None:
    rows = [result(str(value), days=value) for value in (3, 9, 27, 1)]
    points = trend(rows[0].id, rows).points
    drawn = chart(points, rows[0].id, Decimal("3.9"), Decimal("40"))
    assert drawn is not None and drawn.band is not None
    places = [float(mark.y) for mark in drawn.marks] + [float(drawn.band.y)]
    assert min(places) >= TOP and max(places) <= BOTTOM


def test_a_limit_alone_is_an_open_mark_on_a_broken_line() -> None:
    rows = [result("5"), result("0.01", days=3, comparator="<"), result("6", days=6)]
    drawn = chart(trend(rows[0].id, rows).points, rows[0].id, None, None)
    assert drawn is not None
    assert [mark.look for mark in drawn.marks] == ["", "is-open", ""]
    assert [line.is_broken for line in drawn.lines] == [True, True] and "<0.01" in drawn.marks[1].title


def test_equal_values_are_drawn_too() -> None:
    rows = [result("5"), result("5", days=3)]
    assert chart(trend(rows[0].id, rows).points, rows[0].id, None, None) is not None


def test_one_value_alone_is_no_chart() -> None:
    row = result("5")
    assert chart(trend(row.id, [row]).points, row.id, None, None) is None
