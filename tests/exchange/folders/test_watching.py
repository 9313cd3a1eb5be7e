"""Drop folders on a real disk: taken when complete, kept before they are put away, nothing lost and nothing twice."""

import errno
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import override_settings

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from records.exchange import documents, folders, tasks
from records.exchange.folders import taking
from records.exchange.models import Pull, Source, StoredFile, Translation
from tests import factories
from tests.exchange.conftest import rows
from tests.factories import NOON

Looking = Callable[..., None]


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """The folder into which a township's program writes."""
    place = tmp_path / "town3" / "lis"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def feed(county: Facility) -> Source:
    return source(county)


def source(county: Facility, kind: str = "hl7v2", **options: Any) -> Source:
    return factories.source(county, f"drop-{kind}", kind=kind, options={"folder": "town3/lis"} | options)


@pytest.fixture
def look(feed: Source, drop: Path) -> Looking:
    """Some looks, 15 seconds apart."""
    cache.clear()
    moments = [NOON]

    def looking(times: int = 1, of: Source = feed) -> None:
        for _ in range(times):
            moments.append(moments[-1] + timedelta(seconds=15))
            one(of, drop, moments[-1])

    return looking


def one(of: Source, drop: Path, now: datetime) -> None:
    with override_settings(DROP_FOLDER=str(drop.parent.parent)), acting_as("worker"):
        folders.watch(of.pk, clock=lambda: now)


def files(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir())


def sizes() -> list[int]:
    """How large the documents are that were kept."""
    return sorted(row.size for row in rows(StoredFile))


def test_a_file_is_taken_when_it_was_the_same_at_two_looks_and_put_away(drop: Path, look: Looking) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    look()
    assert sizes() == []
    look()
    assert (sizes(), len(rows(Translation))) == ([4], 1)
    (name,) = files(drop)
    assert name.startswith(f"done/{NOON:%Y-%m-%d}/") and name.endswith("-a.hl7")


def test_a_file_that_grows_is_left_until_it_has_stopped(drop: Path, look: Looking) -> None:
    path = drop / "a.hl7"
    for piece in range(1, 4):
        path.write_bytes(b"x" * piece)
        look()
    assert sizes() == []
    look()
    assert sizes() == [3]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop / "a.hl7").write_bytes(b"half")
    look()
    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", writing_meanwhile(os.rename, b" and more"))
        look()
    assert (sizes(), files(drop)[0][:7]) == ([], "taking/")
    look(2)
    assert sizes() == [13]


def writing_meanwhile(real: Callable[..., None], more: bytes) -> Callable[..., None]:
    """A rename after which the sender, who still has the file open, goes on writing."""

    def rename(name: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        real(name, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        found = os.open(target, os.O_WRONLY | os.O_APPEND, dir_fd=dst_dir_fd)
        os.write(found, more)
        os.close(found)

    return rename


@pytest.mark.parametrize("name", [".a.hl7", "~a.hl7", "a.hl7.tmp", "a.hl7.part", "A.HL7.FILEPART"])
def test_names_of_unfinished_files_are_left_alone_until_they_are_renamed(drop: Path, look: Looking, name: str) -> None:
    (drop / name).write_bytes(b"MSH|")
    look(3)
    assert (sizes(), files(drop)) == ([], [name])


@pytest.mark.parametrize("marker", ["a.csv.ok", "a.ok"])
def test_with_a_marker_a_file_is_taken_when_its_marker_is_there(
    county: Facility, drop: Path, look: Looking, marker: str
) -> None:
    table = source(county, "table", marker=".ok")
    (drop / "a.csv").write_bytes(b"x,y")
    look(3, of=table)
    assert sizes() == []
    (drop / marker).touch()
    look(of=table)
    assert sizes() == [3] and all("done/" in name for name in files(drop))


def test_the_same_name_with_another_content_is_another_file(drop: Path, look: Looking) -> None:
    for content in (b"MSH|1", b"MSH|22", b"MSH|1"):
        (drop / "a.hl7").write_bytes(content)
        look(2)
    assert sizes() == [5, 6]
    assert len(files(drop)) == 3 and all(name.startswith("done/") for name in files(drop))


def test_a_name_that_comes_again_while_the_first_is_read_loses_nothing(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop / "a.hl7").write_bytes(b"first")
    look()
    real = documents.keep
    with monkeypatch.context() as patched:
        patched.setattr(documents, "keep", lambda *args: (drop / "a.hl7").write_bytes(b"second!") and real(*args))
        look()
    look(2)
    assert sizes() == [5, 7]


def test_a_crash_after_keeping_is_made_good_and_nothing_is_kept_twice(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    look()
    with monkeypatch.context() as patched:
        patched.setattr(taking, "_put_away", killed)
        with pytest.raises(KeyboardInterrupt):
            look()
    assert sizes() == [4] and files(drop)[0].startswith("taking/")
    look(2)
    assert sizes() == [4] and files(drop)[0].startswith("done/")


@pytest.mark.parametrize("trouble", [OperationalError("no space left"), KeyboardInterrupt()])
def test_a_database_that_cannot_keep_it_leaves_the_file(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    look()
    with monkeypatch.context() as patched:
        patched.setattr(documents, "keep", raising(trouble))
        with pytest.raises(type(trouble)):
            look()
    assert sizes() == [] and files(drop)[0].startswith("taking/")
    look(2)
    assert sizes() == [4]


def test_a_full_disk_on_the_share_is_said_and_the_file_is_put_away_later(
    drop: Path, look: Looking, feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    look()
    real = os.mkdir
    with monkeypatch.context() as patched:
        patched.setattr(os, "mkdir", lambda name, *a, **k: full() if name == "done" else real(name, *a, **k))
        look()
    assert [run.outcome for run in rows(Pull)] == ["failed"] and "磁盘已满" in rows(Pull)[0].error
    look(2)
    assert sizes() == [4] and files(drop)[0].startswith("done/")
    assert rows(Source, pk=feed.pk)[0].failures == 0


def test_a_share_that_can_only_be_read_is_read_once(drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    reads: list[str] = []
    real = taking.read
    monkeypatch.setattr(taking, "read", lambda place, name, *rest: reads.append(name) or real(place, name, *rest))
    monkeypatch.setattr(os, "mkdir", raising(OSError(errno.EROFS, "read-only")))
    look(4)
    assert (sizes(), files(drop), reads) == ([4], ["a.hl7"], ["a.hl7"])
    (drop / "a.hl7").write_bytes(b"MSH|2")
    look(2)
    assert sizes() == [4, 5]


def test_what_was_forgotten_of_a_share_that_can_only_be_read_adds_nothing(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    monkeypatch.setattr(os, "mkdir", raising(OSError(errno.EROFS, "read-only")))
    look(2)
    cache.clear()
    look(2)
    assert sizes() == [4]


def test_a_file_that_is_too_large_is_put_aside_with_the_reason(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.drop_megabytes", Registered("exchange.drop_megabytes", 1, ""))
    (drop / "a.hl7").write_bytes(b"x" * 1_100_000)
    look(2)
    assert sizes() == []
    assert "超过 1 MB" in reason(drop)


def test_a_file_that_cannot_be_read_is_put_aside_with_the_reason(
    drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    look()
    real = os.open
    denied = raising(PermissionError(errno.EACCES, "denied"))
    monkeypatch.setattr(
        os, "open", lambda name, *a, **k: (denied if str(name).endswith("~a.hl7") else real)(name, *a, **k)
    )
    look()
    monkeypatch.undo()
    assert "没有读取这个文件的权限" in reason(drop)


def test_a_link_is_not_followed(drop: Path, look: Looking, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("MSH|secret")
    (drop / "a.hl7").symlink_to(secret)
    look(2)
    assert (sizes(), secret.read_text()) == ([], "MSH|secret")
    assert "不是普通的文件" in reason(drop)


def test_a_pipe_does_not_stop_the_worker(drop: Path, look: Looking) -> None:
    os.mkfifo(drop / "a.hl7")
    look(50)
    assert "不是普通的文件" in reason(drop)


def test_an_empty_file_is_given_time_to_be_filled(drop: Path, look: Looking) -> None:
    (drop / "a.hl7").touch()
    look(30)
    assert files(drop) == ["a.hl7"]
    look(20)
    assert "是空的" in reason(drop)


def reason(drop: Path) -> str:
    """What is said beside the one file that was put aside."""
    names = files(drop)
    assert len(names) == 2 and all(name.startswith("failed/") for name in names)
    return next((drop / name).read_text("utf-8-sig") for name in names if name.endswith(".原因.txt"))


def test_a_file_that_vanishes_is_no_failure(drop: Path, look: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop / "a.hl7").write_bytes(b"MSH|")
    look()
    monkeypatch.setattr(taking, "claim", raising(FileNotFoundError()))
    look()
    assert (sizes(), rows(Pull)) == ([], [])


def test_two_workers_at_once_take_each_file_once(drop: Path, look: Looking, feed: Source) -> None:
    for number in range(20):
        (drop / f"{number}.hl7").write_bytes(b"MSH|" + bytes([48 + number]) * number)
    look()
    claimed: list[str] = []
    barrier = threading.Barrier(2)
    folder = taking.Folder(os.open(drop, os.O_RDONLY), 1000)

    def claim_all() -> None:
        barrier.wait()
        for number in range(20):
            try:
                claimed.append(taking.claim(folder, f"{number}.hl7"))
            except FileNotFoundError:
                continue

    workers = [threading.Thread(target=claim_all) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    os.close(folder.place)
    assert sorted(map(taking.name_of, claimed)) == sorted(f"{number}.hl7" for number in range(20))
    look(2)
    assert len(sizes()) == 20 and len(files(drop)) == 20


@pytest.mark.parametrize(
    "given", ["../town3", "/etc", "town3/../../etc", "", ".", "town3//lis", 7, "town3/done", "a/b/c/d/e/f"]
)
def test_a_path_that_could_lead_elsewhere_is_refused(county: Facility, drop: Path, look: Looking, given: Any) -> None:
    odd = source(county, "table", folder=given)
    look(of=odd)
    assert "相对路径" in rows(Pull)[0].error


def test_a_link_on_the_way_to_the_folder_is_not_followed(county: Facility, drop: Path, look: Looking) -> None:
    (drop.parent / "elsewhere").symlink_to(drop)
    look(of=source(county, "table", folder="town3/elsewhere"))
    assert "打不开" in rows(Pull)[0].error


def test_a_share_that_is_not_mounted_is_said_and_left_alone_for_a_while(
    county: Facility, drop: Path, look: Looking
) -> None:
    gone = source(county, "table", folder="town9/lis")
    look(of=gone)
    assert "没有这个文件夹" in rows(Pull)[0].error
    with acting_as("worker"):
        assert gone.pk not in folders.due(NOON + timedelta(seconds=30))
        assert gone.pk in folders.due(NOON + timedelta(days=1))


def test_without_a_root_nothing_is_watched_and_that_is_said(feed: Source) -> None:
    with override_settings(DROP_FOLDER=""), acting_as("worker"):
        folders.watch(feed.pk, clock=lambda: NOON)
    assert "DROP_FOLDER" in rows(Pull)[0].error


@pytest.mark.parametrize(
    ("kind", "name", "content", "layout"),
    [
        ("table", "a.csv", b"x,y", "table"),
        ("cda", "a.xml", b"<a/>", "cda"),
        ("file", "a.json", b'{"resourceType": "Bundle", "entry": []}', "bundle"),
        ("file", "a.ndjson", b'{"resourceType": "Patient"}', "lines"),
        ("hl7v2", os.fsdecode("结果.hl7".encode("gbk")), b"MSH|", "hl7v2"),
    ],
)
def test_each_kind_of_source_keeps_its_layout(
    county: Facility, drop: Path, look: Looking, feed: Source, kind: str, name: str, content: bytes, layout: str
) -> None:
    (drop / name).write_bytes(content)
    look(2, of=feed if kind == "hl7v2" else source(county, kind))
    assert [row.layout for row in rows(StoredFile)] == [layout]


def test_the_worker_looks_into_the_folder_of_each_source_that_has_one(
    county: Facility, feed: Source, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.source(county, "listener", kind="hl7v2")
    asked: list[str] = []
    monkeypatch.setattr(tasks.look_into_folder, "delay", asked.append)
    with acting_as("worker"):
        tasks.look_into_folders()
        tasks.look_into_folder(str(feed.pk))
    assert asked == [str(feed.pk)]


def killed(*args: Any) -> None:
    raise KeyboardInterrupt


def full() -> None:
    raise OSError(errno.ENOSPC, "no space left")


def raising(trouble: BaseException) -> Callable[..., Any]:
    def fail(*args: Any, **options: Any) -> None:
        raise trouble

    return fail
