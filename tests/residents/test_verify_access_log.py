"""`manage.py verify_access_log`: whatever the superuser does to the log is found, and the place is named."""

import json
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foundation.rowsecurity import acting_as
from residents import heads
from residents.models import AccessEvent
from tests.factories import NOON, SHANGHAI
from tests.residents.access_log import SECOND, event, seal, superuser

pytestmark = pytest.mark.usefixtures("folder")
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def log(db: None) -> list[AccessEvent]:
    """Seven sealed events, a second apart, in two runs of the sealer."""
    first = [event(NOON + n * SECOND, purpose=f"第 {n} 次") for n in range(4)]
    seal(NOON + 20 * SECOND)
    second = [event(NOON + 30 * SECOND + n * SECOND) for n in range(3)]
    seal(NOON + 40 * SECOND)
    return first + second


def verify(at: Any, now: datetime = LATER, **options: Any) -> tuple[str, str]:
    """What the command prints, and why it failed (empty where it passed)."""
    out = StringIO()
    with at(now), acting_as("worker"):
        try:
            call_command("verify_access_log", stdout=out, no_color=True, **options)
        except CommandError as error:
            return out.getvalue(), str(error)
    return out.getvalue(), ""


def faults(at: Any, **options: Any) -> list[str]:
    """The lines that name a place; there are some exactly when the command fails."""
    said, error = verify(at, **options)
    found = [line for line in said.splitlines() if line.startswith("✗")]
    assert bool(found) == bool(error)
    return found


def place(position: int, of: AccessEvent) -> str:
    moment = of.at.astimezone(SHANGHAI)
    return f"✗ 2026年11月，第 {position} 条，记录编号 {of.id}，时间 {moment:%Y-%m-%d %H:%M:%S}："


def test_an_untouched_log_passes(log: list[AccessEvent], at: Any) -> None:
    said, error = verify(at)
    assert error == ""
    assert "2026年11月：核对 7 条，链头 2 个，最慢的一条在 20 秒后封存" in said
    assert "核验通过。" in said


def test_an_empty_log_passes(db: None, at: Any) -> None:
    assert verify(at) == ("还没有访问记录，没有可核验的内容。\n", "")


def test_a_deleted_event_is_found(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = %s", [log[2].id])
    assert faults(at) == [place(3, log[2]) + "这一条的访问记录已被删除。"]


ALTERATIONS = [
    ("actor_name", "'别人'"),
    ("actor_id", "gen_random_uuid()"),
    ("resident_id", "gen_random_uuid()"),
    ("facility_id", "gen_random_uuid()"),
    ("action", "'records.read_summary'"),
    ("subject_kind", "'records.report'"),
    ("subject_id", "'1'"),
    ("purpose", "'复诊'"),
    ("capacity", "'self'"),
    ("opening_id", "gen_random_uuid()"),
    ("address", "'10.0.0.1'"),
    ("reference", "''"),
    ("written_at", "written_at + interval '1 microsecond'"),
]


@pytest.mark.parametrize(("column", "value"), ALTERATIONS, ids=[column for column, _ in ALTERATIONS])
def test_an_altered_event_is_found(log: list[AccessEvent], at: Any, column: str, value: str) -> None:
    with superuser() as cursor:
        cursor.execute(f"UPDATE residents_accessevent SET {column} = {value} WHERE id = %s", [log[4].id])
    assert faults(at) == [place(5, log[4]) + "这一条的访问记录（或它的封存链）被改动过。"]


def test_an_event_moved_in_time_is_found_at_both_places(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("UPDATE residents_accessevent SET at = at - interval '1 hour' WHERE id = %s", [log[0].id])
    gone, loose = faults(at)
    assert gone == place(1, log[0]) + "这一条的访问记录已被删除。"
    assert f"记录编号 {log[0].id}，时间 2026-11-22 11:00:00：超过规定时间仍未封存" in loose


def test_an_event_deleted_with_its_link_is_found(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = %s", [log[2].id])
        cursor.execute("DELETE FROM residents_seal WHERE event_id = %s", [log[2].id])
    assert faults(at) == ["✗ 2026年11月：封存链缺少第 3 条。"]


def test_a_gap_closed_by_counting_anew_is_found(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = %s", [log[2].id])
        cursor.execute("DELETE FROM residents_seal WHERE event_id = %s", [log[2].id])
        for position in range(4, 8):
            cursor.execute("UPDATE residents_seal SET position = %s WHERE position = %s", [position - 1, position])
    found = faults(at)
    assert found[0] == place(3, log[3]) + "这一条的访问记录（或它的封存链）被改动过。"
    assert any("末尾被截去" in line for line in found)


def test_a_cut_off_tail_is_found_by_the_exported_heads(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = ANY (%s)", [[row.id for row in log[5:]]])
        cursor.execute("DELETE FROM residents_seal WHERE position > 5")
    head = f"导出的链头到过第 7 条（{(NOON + 40 * SECOND).isoformat()}）"
    assert faults(at) == [f"✗ 2026年11月：{head}，现在只到第 5 条，末尾被截去。"]


def test_a_tail_that_was_cut_and_grew_again_is_found(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = ANY (%s)", [[row.id for row in log[5:]]])
        cursor.execute("DELETE FROM residents_seal WHERE position > 5")
    regrown = [event(NOON + n * SECOND) for n in range(60, 64)]
    seal(NOON + 70 * SECOND)
    assert faults(at) == [place(7, regrown[1]) + "这一条与导出的链头不一致，封存链被换过。"]


def test_a_whole_month_taken_away_is_found(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("TRUNCATE residents_accessevent, residents_seal")
    assert any("现在只到第 0 条，末尾被截去" in line for line in faults(at))


def test_a_row_put_into_the_past_is_found(log: list[AccessEvent], at: Any) -> None:
    forged = event(NOON - timedelta(days=3))
    seal(NOON + 60 * SECOND)
    (found,) = faults(at)
    assert f"记录编号 {forged.id}，时间 2026-11-19 12:00:00：超过规定时间仍未封存" in found


def test_a_row_put_into_an_earlier_month_is_found(log: list[AccessEvent], at: Any) -> None:
    forged = event(datetime(2026, 2, 1, tzinfo=SHANGHAI))
    seal(NOON + 60 * SECOND)
    (found,) = faults(at)
    assert found.startswith(f"✗ 2026年02月，记录编号 {forged.id}，时间 2026-02-01 00:00:00：超过规定时间")


def test_a_row_from_the_future_is_found(log: list[AccessEvent], at: Any) -> None:
    event(NOON + timedelta(days=2))
    seal(NOON + 60 * SECOND)
    (found,) = faults(at)
    assert "时间 2026-11-24 12:00:00：时间在将来" in found


def test_a_row_with_a_false_time_that_was_sealed_is_found(log: list[AccessEvent], at: Any) -> None:
    forged = event(NOON + 50 * SECOND, written_at=NOON + timedelta(hours=3))
    seal(NOON + 60 * SECOND)
    assert faults(at) == [place(8, forged) + "这一条的时间与数据库记下的写入时间不符。"]


def test_two_swapped_rows_are_found(log: list[AccessEvent], at: Any) -> None:
    swap = """UPDATE residents_accessevent e SET purpose = o.purpose FROM residents_accessevent o
              WHERE (e.id, o.id) IN ((%s, %s), (%s, %s))"""
    with superuser() as cursor:
        one, two = log[1].id, log[3].id
        cursor.execute(swap, [one, two, two, one])
    assert [line[: len(place(2, log[1]))] for line in faults(at)] == [place(2, log[1]), place(4, log[3])]


def test_two_swapped_links_are_found(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("UPDATE residents_seal SET position = 100 WHERE position = 2")
        cursor.execute("UPDATE residents_seal SET position = 2 WHERE position = 3")
        cursor.execute("UPDATE residents_seal SET position = 3 WHERE position = 100")
    assert faults(at)[0].startswith("✗ 2026年11月，第 2 条")


@pytest.mark.parametrize("change", ["mac = sha256('x')", "sealed_at = sealed_at + interval '1 second'", "form = 9"])
def test_an_altered_link_is_found(log: list[AccessEvent], at: Any, change: str) -> None:
    with superuser() as cursor:
        cursor.execute(f"UPDATE residents_seal SET {change} WHERE position = 7")
    assert faults(at)[0].startswith(place(7, log[6]))


def test_a_link_made_without_the_key_is_found(log: list[AccessEvent], at: Any) -> None:
    forged = event(NOON - timedelta(days=3))
    with superuser() as cursor:
        cursor.execute(
            "INSERT INTO residents_seal SELECT month, 8, %s, %s, 1, sha256('guess'), sealed_at FROM residents_seal"
            " WHERE position = 7",
            [forged.at, forged.id],
        )
    assert faults(at)[0] == place(8, forged) + "这一条的访问记录（或它的封存链）被改动过。"


def test_triggers_switched_off_do_not_help(log: list[AccessEvent], at: Any) -> None:
    with superuser() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ALTER TABLE residents_accessevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM residents_accessevent WHERE id = %s", [log[6].id])
        cursor.execute("ALTER TABLE residents_accessevent ENABLE TRIGGER USER")
    assert faults(at) == [place(7, log[6]) + "这一条的访问记录已被删除。"]


# --- what is no fault ------------------------------------------------------------------------------------------------
def test_an_event_of_the_last_minute_may_wait(log: list[AccessEvent], at: Any) -> None:
    event(LATER - 50 * SECOND)
    assert faults(at) == []


def test_an_event_that_was_never_sealed_is_found(log: list[AccessEvent], at: Any) -> None:
    waiting = event(LATER - 61 * SECOND)
    (found,) = faults(at)
    assert str(waiting.id) in found


def test_a_late_commit_is_no_fault(log: list[AccessEvent], at: Any) -> None:
    event(NOON + 10 * SECOND, written_at=NOON + 70 * SECOND)
    seal(NOON + 80 * SECOND)
    assert faults(at) == []


def test_a_log_older_than_its_sealing_is_no_fault(db: None, at: Any) -> None:
    event(NOON - timedelta(days=20), written_at=NOON)
    seal(NOON)
    assert faults(at) == []


# --- months, heads, keys ---------------------------------------------------------------------------------------------
def test_only_the_wanted_month_is_walked(log: list[AccessEvent], at: Any) -> None:
    event(datetime(2026, 2, 1, tzinfo=SHANGHAI))
    assert faults(at, month="202611") == []


@pytest.mark.parametrize("month", ["2026", "20261", "202613", "november"])
def test_a_month_that_is_none_is_refused(db: None, at: Any, month: str) -> None:
    assert verify(at, month=month)[1] == f"月份“{month}”写得不对，应形如 202611。"


def test_heads_are_read_from_another_place(log: list[AccessEvent], at: Any, folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "elsewhere")
    assert faults(at, heads=tmp_path / "elsewhere") == []


def test_a_place_without_heads_is_refused(log: list[AccessEvent], at: Any, tmp_path: Path) -> None:
    assert verify(at, heads=tmp_path / "nowhere")[1] == f"找不到链头目录 {tmp_path / 'nowhere'}。"


def test_heads_that_were_taken_away_are_missed(log: list[AccessEvent], at: Any, folder: Path) -> None:
    heads.file_of("202611", folder).unlink()
    assert faults(at, now=NOON + timedelta(hours=1)) == [
        "✗ 2026年11月：没有导出的链头，无法确认链的末尾是否完整（第 1 条起）。"
    ]


def test_heads_that_cannot_be_read_are_no_pass(log: list[AccessEvent], at: Any, folder: Path) -> None:
    heads.file_of("202611", folder).unlink()
    heads.file_of("202611", folder).mkdir()
    assert verify(at)[1] == f"链头目录 {folder} 读不了（IsADirectoryError），没有核验完。"


def test_after_a_restore_and_a_new_file_of_heads_the_log_passes(log: list[AccessEvent], at: Any, folder: Path) -> None:
    with superuser() as cursor:
        cursor.execute("DELETE FROM residents_accessevent WHERE id = ANY (%s)", [[row.id for row in log[5:]]])
        cursor.execute("DELETE FROM residents_seal WHERE position > 5")
    heads.file_of("202611", folder).rename(folder / "access-log-202611.before-restore")
    event(NOON + 60 * SECOND)
    seal(NOON + 70 * SECOND)
    assert faults(at) == []


def test_an_invented_head_is_found(log: list[AccessEvent], at: Any, folder: Path) -> None:
    line = {"month": "202611", "position": 9, "mac": "00", "at": "now", "detached": True, "proof": "00" * 32}
    with heads.file_of("202611", folder).open("a") as file:
        file.write(json.dumps(line) + "\n")
    assert faults(at) == [
        "✗ 2026年11月：导出的链头文件里有一行不是本系统写的，或已损坏（access-log-202611.jsonl 第 3 行）。"
    ]


def test_links_of_an_earlier_key_still_hold(log: list[AccessEvent], at: Any, settings: Any) -> None:
    settings.AUDIT_KEYS = (b"n" * 32, *settings.AUDIT_KEYS)
    event(NOON + 50 * SECOND)
    seal(NOON + 60 * SECOND)
    assert faults(at) == []


def test_without_the_key_nothing_holds(log: list[AccessEvent], at: Any, settings: Any) -> None:
    settings.AUDIT_KEYS = (b"n" * 32,)
    assert faults(at)
