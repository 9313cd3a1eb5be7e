"""A table all the way: kept, translated, in the records; bad rows wait with their reason, corrections replace."""

from collections.abc import Callable
from datetime import datetime

import pytest

from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Pull, Source, StoredFile
from records.models import Observation, Report
from tests.exchange.conftest import rows
from tests.exchange.sending import counts
from tests.exchange.tables.making import COLUMNS, ROWS, row, text
from tests.factories import NOON

LAYOUT = StoredFile.Layout.TABLE
Clock = Callable[[], datetime]


@pytest.fixture
def laboratory(feed: Source) -> Source:
    """A feed of tables with its column mapping."""
    feed.options = {"columns": COLUMNS, "charset": "GBK"}
    with acting_as("owner"):
        feed.save()
    return feed


def taken(source: Source, raw: str, clock: Clock) -> Pull:
    with acting_as("worker"):
        documents.keep(raw.encode("gbk"), source, LAYOUT, "results.csv", NOON)
        return documents.translate(source.pk, clock=clock)


def current(model: type[Observation] | type[Report]) -> list[str]:
    found = rows(model, superseded_at=None)
    return sorted(one.value_text if isinstance(one, Observation) else one.title for one in found)


def test_a_table_in_gbk_is_in_the_records(laboratory: Source, clock: Clock) -> None:
    assert counts(taken(laboratory, text(), clock)) == {"fetched": 8, "new": 8}
    assert (current(Observation), current(Report)) == (["42.10", "56.0", "<0.5", "阴性"], ["肝功能", "血糖"])


def test_a_bad_row_waits_with_its_reason_and_the_others_are_in_the_records(laboratory: Source, clock: Clock) -> None:
    raw = text([*ROWS[:3], row(检验单号="L009", 采样时间="昨天")])
    assert counts(taken(laboratory, raw, clock)) == {"fetched": 6, "new": 5, "held": 1}
    held = rows(Held)[0]
    assert held.reason == "unreadable"
    assert held.explanation.startswith("第 5 行：“采样时间”")


def test_the_same_rows_in_another_file_add_nothing(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text(), clock)
    assert counts(taken(laboratory, "导出\r\n" + text(list(reversed(ROWS))), clock)) == {"fetched": 8, "repeated": 8}


def test_a_corrected_export_replaces_what_it_corrects(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text(ROWS[:3]), clock)
    later = [[*line[:15], "2026-11-21 09:00:00", "已更正", line[17]] for line in ROWS[:3]]
    later[0][9] = "36.0"
    taken(laboratory, text(later), clock)
    assert current(Observation) == ["36.0", "42.10", "阴性"]
    assert [one.status for one in rows(Report, superseded_at=None)] == ["corrected"]


def test_a_report_that_was_torn_is_whole_when_the_missing_row_comes(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text([*ROWS[:2], [*ROWS[2][:9], "", *ROWS[2][10:]]]), clock)
    assert [one.status for one in rows(Report, superseded_at=None)] == ["preliminary"]
    taken(laboratory, text(ROWS[:3]), clock)
    report = rows(Report, superseded_at=None)[0]
    assert (report.status, len(report.item_identifiers)) == ("final", 3)


def test_a_table_that_cannot_be_read_is_held_whole(laboratory: Source, clock: Clock) -> None:
    assert counts(taken(laboratory, "a,b\r\n1,2\r\n", clock)) == {"fetched": 1, "held": 1}
    assert "表头" in rows(Held)[0].explanation
