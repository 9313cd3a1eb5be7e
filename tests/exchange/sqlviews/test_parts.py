"""The parts that need no database: statements, watermarks, rows as a document."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from records.exchange.problems import PullFailed
from records.exchange.sqlviews.marks import BEIJING, Mark, at_most, before, mark_of
from records.exchange.sqlviews.rows import document, text
from records.exchange.sqlviews.statements import Asking, Position

OVERLAP = timedelta(seconds=120)


def asking(quote: str = "`") -> Asking:
    return Asking(quote, ["lis", "v"], "changed", ["a", "b"], ["changed", "a", "b"])


def test_a_page_begins_behind_the_last_row_in_the_order_of_all_its_columns() -> None:
    statement, values = asking().changed(Position(Mark("number", 7), ("x", 2)), 51)
    assert statement == (
        "SELECT `changed`, `a`, `b` FROM `lis`.`v` WHERE `changed` >= %s AND (`changed` > %s OR "
        "(`changed` = %s AND `a` > %s) OR (`changed` = %s AND `a` = %s AND `b` > %s)) "
        "ORDER BY `changed`, `a`, `b` LIMIT %s"
    )
    assert values == [7, 7, 7, "x", 7, "x", 2, 51]


@pytest.mark.parametrize("quote", ['"', "`"])
def test_a_name_cannot_end_its_quotes_nor_make_place_for_a_value(quote: str) -> None:
    statement, _values = Asking(quote, ["v"], f"a{quote}b", ["k"], ["完成%s"]).changed(Position(), 1)
    assert f"{quote}a{quote * 2}b{quote}" in statement and f"{quote}完成%%s{quote}" in statement


def test_groups_are_asked_for_by_bound_values() -> None:
    statement, values = asking().of_groups(["a", "b"], [("x'", 1), ("y", 2)], 9)
    assert statement.endswith("WHERE (`a` = %s AND `b` = %s) OR (`a` = %s AND `b` = %s) LIMIT %s")
    assert values == ["x'", 1, "y", 2, 9]


@pytest.mark.parametrize(
    ("cell", "kind", "earlier"),
    [
        (datetime(2026, 11, 20, 10, 30, 0, 5), "moment", "2026-11-20 10:28:00.000005"),
        (datetime(2026, 11, 20, 2, 30, tzinfo=UTC), "zoned", "2026-11-20T02:28:00+00:00"),
        (date(2026, 11, 20), "day", "2026-11-19"),
        ("20261120103000", "digits", "20261120102800"),
        ("2026-11-20 10:30:00", "stamp", "2026-11-20 10:28:00"),
        (7000, "number", 6000),
        (Decimal("7000"), "number", 6000),
    ],
)
def test_a_watermark_of_each_kind_is_written_read_and_taken_back(cell: object, kind: str, earlier: str | int) -> None:
    mark = mark_of(cell)
    assert Mark.read(mark.written()) == mark
    assert before(mark, OVERLAP, 1000) == Mark(kind, earlier)


@pytest.mark.parametrize(
    "cell", [None, True, 1.5, Decimal("1.5"), "昨天", "20261340999999", "0000-00-00 00:00:00", b"x"]
)
def test_what_cannot_be_a_watermark_is_said(cell: object) -> None:
    with pytest.raises(PullFailed):
        mark_of(cell)


def test_a_mark_ahead_of_the_clock_is_held_at_the_clock() -> None:
    ceiling = datetime(2026, 11, 20, 10, 0, tzinfo=BEIJING)
    assert at_most(mark_of("20991231000000"), ceiling) == Mark("digits", "20261120100000")
    assert at_most(mark_of("20261120095959"), ceiling) == Mark("digits", "20261120095959")


def test_the_same_rows_in_any_order_are_the_same_bytes() -> None:
    rows = [("b", 2), ("a", None), ("b", 2)]
    assert document(["x", "y"], rows, ",") == document(["x", "y"], rows[:2][::-1], ",")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Decimal("42.10"), "42.10"),
        (Decimal("1E+3"), "1000"),
        (datetime(2026, 11, 20, 2, 30, tzinfo=UTC), "2026-11-20 10:30:00+08:00"),
        ("白蛋白".encode(), "白蛋白"),
        (None, ""),
    ],
)
def test_cells_say_what_the_database_says(cell: object, shown: str) -> None:
    assert text(cell) == shown


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PullFailed):
        text(b"\xff\xd8\xff")
