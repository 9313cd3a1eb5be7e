"""A view of a real PostgreSQL, over a real socket, as a login that may only read it."""

from datetime import timedelta

import psycopg
import pytest
from django.core.management import call_command

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from records.exchange import documents, filing, pulling, sqlviews
from records.exchange.models import Source, StoredFile
from records.models import Observation, Report
from tests.exchange.conftest import rows
from tests.exchange.sending import counts
from tests.exchange.sqlviews.conftest import Made, pulled, translated
from tests.exchange.sqlviews.frontend import FrontEnd
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER

MORNING = "2026-11-20 10:30:00"


def liver(machine: FrontEnd, report: str = "L001", changed: str = MORNING, value: str = "56.0", **more: str) -> None:
    """A report of two results."""
    both = {"report": report, "changed": changed, "document": HELANFANG_NUMBER} | more
    machine.add(code="ALT", item="谷丙转氨酶", value=value, **both)
    machine.add(code="ALB", item="白蛋白", value="42.10", **both)


def values() -> list[str]:
    return sorted(one.value_text for one in rows(Observation, superseded_at=None))


def kept() -> list[str]:
    """The documents that were kept, as text."""
    with acting_as("worker"):
        found = []
        for file in StoredFile.objects.order_by("id"):
            with filing.stored_stream(file) as stream:
                found.append(stream.read().decode("utf-8-sig"))
        return found


def cursor() -> dict[str, str]:
    return rows(Source, code="county-view")[0].cursor


def test_what_is_in_the_view_is_in_the_records(machine: FrontEnd, view: Made) -> None:
    liver(machine)
    feed = view()
    run = pulled(feed)
    assert (run.outcome, run.error) == ("succeeded", "")
    assert counts(translated(feed)) == {"fetched": 4, "new": 4}
    assert values() == ["42.10", "56.0"]
    assert [report.title for report in rows(Report)] == ["肝功能"]


def test_only_the_columns_that_are_mapped_leave_the_machine(machine: FrontEnd, view: Made) -> None:
    liver(machine)
    pulled(view())
    assert "321.00" not in kept()[0] and "费用" not in kept()[0]


def test_nothing_new_keeps_nothing(machine: FrontEnd, view: Made) -> None:
    liver(machine)
    feed = view()
    for _ in range(2):
        assert pulled(feed).outcome == "succeeded"
    assert len(kept()) == 1


def test_a_result_that_changed_brings_its_whole_report(machine: FrontEnd, view: Made) -> None:
    liver(machine)
    feed = view()
    pulled(feed)
    translated(feed)
    machine.ask("UPDATE results SET value = 65.0, changed = '2026-11-20 11:30' WHERE code = 'ALT'")
    pulled(feed)
    assert "42.10" in kept()[1]
    translated(feed)
    assert values() == ["42.10", "65.0"]


def test_a_result_that_changes_back_is_taken_again(machine: FrontEnd, view: Made) -> None:
    feed = view()
    for minute, value in enumerate(("56.0", "65.0", "56.0")):
        machine.ask("DELETE FROM results")
        liver(machine, changed=f"2026-11-20 10:0{minute}", value=value)
        pulled(feed)
        translated(feed)
    assert values() == ["42.10", "56.0"]


def test_rows_of_one_moment_are_not_lost_at_the_edge_of_a_page(machine: FrontEnd, view: Made) -> None:
    for number in range(7):
        liver(machine, report=f"L{number}")
    feed = view(page_rows=3)
    assert pulled(feed).outcome == "succeeded"
    assert {report for report in map(str, range(7)) if any(f'"L{report}"' in text for text in kept())} == set("0123456")


def test_a_walk_that_ran_out_of_time_goes_on_after_its_last_row(machine: FrontEnd, view: Made) -> None:
    for number in range(4):
        liver(machine, report=f"L{number}")
    feed = view(page_rows=3)
    pulls = 0
    while cursor().get("key", "first"):
        with acting_as("worker"):
            pulling.pull(feed.pk, clock=ticking(), seconds=0)
        pulls += 1
        assert pulls < 9
    assert pulls == 3 and all(any(f'"L{number}"' in text for text in kept()) for number in range(4))


def ticking():
    """A clock that moves on with each look."""
    moments = iter(NOON + timedelta(seconds=second) for second in range(10_000))
    return lambda: next(moments)


def test_a_row_that_was_committed_late_is_found(machine: FrontEnd, view: Made) -> None:
    liver(machine, report="L1", changed="2026-11-20 10:31:00")
    feed = view()
    pulled(feed)
    liver(machine, report="L0", changed="2026-11-20 10:30:00")
    pulled(feed)
    assert any('"L0"' in text for text in kept())


def test_a_row_that_was_committed_hours_late_is_found_once_a_night(machine: FrontEnd, view: Made) -> None:
    liver(machine, report="L1", changed="2026-11-20 10:31:00")
    feed = view()
    for _run in range(2):
        pulled(feed)
    liver(machine, report="L0", changed="2026-11-20 02:30:00")
    found = []
    for hours in (1, 24):
        with acting_as("worker"):
            pulling.pull(feed.pk, clock=lambda hours=hours: NOON + timedelta(hours=hours))
        found.append(any('"L0"' in text for text in kept()))
    assert found == [False, True]


def test_a_row_dated_ahead_hides_nothing_that_comes_after_it(machine: FrontEnd, view: Made) -> None:
    liver(machine, report="L1", changed="2099-01-01 00:00:00")
    feed = view()
    pulled(feed)
    liver(machine, report="L2", changed=f"{NOON:%Y-%m-%d %H:%M:%S}")
    pulled(feed)
    assert any('"L2"' in text for text in kept())


def test_a_machine_whose_clock_is_behind_moves_the_cursor_no_further_than_its_clock(
    machine: FrontEnd, view: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    liver(machine, changed=f"{NOON:%Y-%m-%d %H:%M:%S}")
    behind = NOON - timedelta(hours=3)
    monkeypatch.setattr(sqlviews.postgresql.PostgreSQL, "clock", lambda self: behind)
    pulled(view())
    assert cursor()["mark"] == f"moment:{behind.astimezone(sqlviews.marks.BEIJING):%Y-%m-%d %H:%M:%S.%f}"


@pytest.mark.parametrize(
    ("column", "values_of", "kind"),
    [
        ("时刻", {"zoned": "2026-11-20 10:30+08"}, "zoned"),
        ("流水号", {"number": 5000}, "number"),
        ("文字时间", {"digits": "20261120103000"}, "digits"),
        ("出生日期", {}, "day"),
    ],
)
def test_watermarks_of_each_kind_are_asked_again_from_a_little_before(
    machine: FrontEnd, view: Made, column: str, values_of: dict, kind: str
) -> None:
    liver(machine, **values_of)
    feed = view(watermark=column)
    for _ in range(2):
        assert pulled(feed).error == ""
    assert cursor()["mark"].partition(":")[0] == kind and len(kept()) == 1


def test_a_killed_pull_is_repeated_and_keeps_nothing_twice(
    machine: FrontEnd, view: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    liver(machine)
    feed = view()
    with monkeypatch.context() as patched:
        patched.setattr(sqlviews.fetching._Walk, "_move", _killed)
        with pytest.raises(KeyboardInterrupt):
            pulled(feed)
    assert (len(kept()), cursor()) == (1, {})
    pulled(feed)
    assert len(kept()) == 1 and cursor()


def test_what_was_kept_before_the_disk_was_full_is_not_skipped(
    machine: FrontEnd, view: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    liver(machine)
    feed = view()
    with monkeypatch.context() as patched:
        patched.setattr(documents, "keep", _full)
        with pytest.raises(psycopg.errors.DiskFull):
            pulled(feed)
    assert cursor() == {}
    pulled(feed)
    assert len(kept()) == 1


def test_a_row_without_a_report_number_is_held_and_said(machine: FrontEnd, view: Made) -> None:
    liver(machine)
    machine.add(code="ALT", item="谷丙转氨酶", value="1", report=None, changed=MORNING)
    feed = view()
    pulled(feed)
    assert counts(translated(feed)) == {"fetched": 5, "new": 4, "held": 1}


def test_a_page_that_is_too_much_at_once_is_asked_for_in_halves(
    machine: FrontEnd, view: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        liver(machine, report=f"L{number}")
    monkeypatch.setattr(sqlviews.fetching, "MOST_ROWS_OF_PAGE", 3)
    assert pulled(view()).error == ""
    assert kept()[0].count("白蛋白") == 4


def test_the_worker_asks_views_too_when_they_are_due(view: Made) -> None:
    feed = view()
    with acting_as("worker"):
        assert pulling.due(NOON) == [feed.pk]


def test_another_view_begins_at_its_beginning(machine: FrontEnd, view: Made) -> None:
    liver(machine, number=7)
    feed = view()
    pulled(feed)
    with acting_as("owner"):
        Source.objects.filter(pk=feed.pk).update(options=feed.options | {"watermark": "流水号"})
    pulled(feed)
    assert cursor()["mark"] == "number:7"


def test_answers_are_bounded_in_bytes(machine: FrontEnd, view: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.answer_megabytes", Registered("exchange.answer_megabytes", 1, ""))
    machine.add(code="ALT", item="x" * 2_000_000, value="1", report="L1", changed=MORNING)
    assert "太大" in pulled(view()).error


def test_the_command_pulls_and_translates(machine: FrontEnd, view: Made, capsys: pytest.CaptureFixture) -> None:
    liver(machine)
    feed = view()
    with acting_as("worker"):
        call_command("pull", source=feed.code)
    assert values() == ["42.10", "56.0"]
    assert capsys.readouterr().out.splitlines()[-1].split() == ["合计", "4", "4", "0", "0", "0", "0"]


def _killed(*args: object) -> None:
    raise KeyboardInterrupt


def _full(*args: object) -> None:
    raise psycopg.errors.DiskFull


@pytest.mark.parametrize("column", ["changed", "report"])
def test_a_row_that_loses_its_watermark_or_key_later_is_said_in_every_run(
    machine: FrontEnd, view: Made, column: str
) -> None:
    liver(machine)
    feed = view(key=["行号", "检验单号"])
    assert pulled(feed).error == ""
    liver(machine, report="L002", changed="2026-11-20 10:31:00")
    machine.ask(f"UPDATE results SET {column} = NULL WHERE report = 'L001' AND code = 'ALT'")
    for _run in range(2):
        run = pulled(feed)
        assert (run.outcome, "水位列或 key 列为空" in run.error) == ("succeeded", True)
    assert any("L002" in text for text in kept())
    machine.ask(f"UPDATE results SET {column} = {'now()' if column == 'changed' else repr('L001')}")
    assert pulled(feed).error == ""
