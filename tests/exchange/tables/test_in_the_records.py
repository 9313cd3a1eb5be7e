"""A table all the way: kept, translated, in the records; bad rows wait with their reason, corrections replace."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Pull, Source, StoredFile, Translation
from records.exchange.resending import READ, SENT
from records.exchange.retrying import release_requested
from records.exchange.tables import errors_sheet
from records.exchange.translating import Setup
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


def taken(source: Source, raw: str, clock: Clock, received: datetime = NOON) -> Pull:
    with acting_as("worker"):
        documents.keep(raw.encode("gbk"), source, LAYOUT, "results.csv", received)
        return documents.translate(source.pk, clock=clock)


def remap(source: Source, columns: dict[str, Any]) -> None:
    """Another mapping, as staff save it."""
    with acting_as("owner"):
        Source.objects.filter(pk=source.pk).update(options={**source.options, "columns": columns})


def read_again(source: Source, clock: Clock) -> None:
    """Everything that is held is asked for once more, and every file read again."""
    with acting_as("worker"):
        Held.objects.filter(resolved_at=None).update(retry_requested_at=NOON)
        release_requested()
        Translation.objects.update(state=Translation.State.WAITING)
        documents.translate(source.pk, clock=clock)


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


def waiting() -> list[str]:
    return [held.explanation[:5] for held in rows(Held, resolved_at=None)]


def test_a_bad_row_is_settled_when_the_corrected_row_comes(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text([*ROWS[:2], [*ROWS[2][:9], "", *ROWS[2][10:]]]), clock)
    assert waiting() == ["第 4 行"]
    taken(laboratory, text(ROWS[:3]), clock)
    assert (waiting(), rows(Held)[0].resolution) == ([], SENT)


def test_a_row_that_is_bad_once_more_takes_the_place_of_the_older_one(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text([[*ROWS[0][:9], "", *ROWS[0][10:]]]), clock)
    taken(laboratory, text([ROWS[1], row(采样时间="昨天")]), clock)
    assert [held.explanation[:10] for held in rows(Held, resolved_at=None)] == ["第 3 行：“采样时"]


def test_a_row_of_another_item_settles_nothing(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text([[*ROWS[0][:9], "", *ROWS[0][10:]]]), clock)
    taken(laboratory, text([ROWS[1], ROWS[3]]), clock)
    assert waiting() == ["第 2 行"]


def test_an_older_file_that_is_read_again_settles_nothing_of_a_newer_one(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text(ROWS[:3]), clock)
    taken(laboratory, text([[*ROWS[0][:9], "", *ROWS[0][10:]]]), clock, received=NOON + timedelta(hours=1))
    read_again(laboratory, clock)
    assert waiting() == ["第 2 行"]


def test_rows_are_settled_when_the_mapping_is_mended_and_the_file_read_again(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text([row(状态="三审"), ROWS[3]]), clock)
    assert (waiting(), current(Observation)) == (["第 2 行"], ["<0.5"])
    remap(laboratory, COLUMNS | {"values": {"report_status": {"三审": "final"}}})
    read_again(laboratory, clock)
    assert (waiting(), current(Observation), rows(Held)[0].resolution) == ([], ["56.0", "<0.5"], READ)


def test_the_sheet_of_bad_rows_makes_its_reports_whole_again(laboratory: Source, clock: Clock) -> None:
    raw = text([*ROWS[:2], [*ROWS[2][:9], "", *ROWS[2][10:]], ROWS[3]])
    taken(laboratory, raw, clock)
    back = errors_sheet(raw.encode("gbk"), Setup(charset="GBK", columns=COLUMNS)).decode("gb18030")
    mended = back.replace("乙肝表面抗原,,", "乙肝表面抗原,阴性,")
    taken(laboratory, mended, clock)
    assert (waiting(), current(Observation)) == ([], ["42.10", "56.0", "<0.5", "阴性"])
    assert {one.status for one in rows(Report, superseded_at=None)} == {"final"}


def test_what_a_corrected_sheet_leaves_out_is_shown_no_longer(laboratory: Source, clock: Clock) -> None:
    taken(laboratory, text(ROWS[:3]), clock)
    later = [[*line[:15], "2026-11-21 09:00:00", "已更正", line[17]] for line in ROWS[:2]]
    taken(laboratory, text(later), clock)
    assert (current(Observation), len(rows(Observation))) == (["42.10", "56.0"], 5)


def test_a_table_that_cannot_be_read_is_held_whole(laboratory: Source, clock: Clock) -> None:
    assert counts(taken(laboratory, "a,b\r\n1,2\r\n", clock)) == {"fetched": 1, "held": 1}
    assert "表头" in rows(Held)[0].explanation
