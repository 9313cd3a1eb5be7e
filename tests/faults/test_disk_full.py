"""A disk is full, really: the portal's own, and the one that a facility drops its files on."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import override_settings

from foundation.rowsecurity import acting_as
from records.exchange import documents, folders, pushing
from records.exchange.models import Pull, Source
from tests import factories
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.exchange.sending import observation, patient
from tests.exchange.test_push import bundle, push
from tests.factories import NOON
from tests.faults.breaking import number, process, say
from tests.faults.server import own_server, small_disk
from tests.faults.test_killed_listener import acknowledged, port_of

MEGABYTE = 1024 * 1024
KEPT = "SELECT count(*) FROM exchange_storedfile f WHERE EXISTS (SELECT 1 FROM exchange_filepart WHERE file_id = f.id)"


def large(place: int) -> bytes:
    """A message of about a megabyte that cannot be made smaller."""
    note = f"NTE|1|L|{os.urandom(450 * 1024).hex()}\r"
    return (oru(GLUCOSE).replace("MSG00001", f"MSG{place:03d}") + note).encode()


def fill(folder: Path, leave: int) -> Path:
    """Take what is free of a file system, but for some bytes."""
    about = os.statvfs(folder)
    ballast = folder / "ballast"
    with ballast.open("wb") as stream:
        for _ in range((about.f_bavail * about.f_frsize - leave) // MEGABYTE):
            stream.write(bytes(MEGABYTE))
    return ballast


def test_a_full_disk_of_the_portal_is_a_refusal_and_no_loss(db: None, capsys: pytest.CaptureFixture[Any]) -> None:
    with own_server(megabytes=320) as server:
        county = factories.facility("COUNTY", "县人民医院", "county")
        factories.source(county, "county-lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])
        messages = [large(place) for place in range(12)]
        with process("manage.py", "listen_mllp", "--port", "0", login="worker") as listener:
            port = port_of(listener)
            assert acknowledged(port, messages[0])
            ballast = fill(server.folder.parent, leave=5 * MEGABYTE)
            promised = [acknowledged(port, message) for message in messages]
            ballast.unlink()
            server.start_again()
            kept = number(KEPT)
            again = [acknowledged(port, message) or acknowledged(port, message) for message in messages]
        say(capsys, f"{promised.count(True)} of 12 promised on a full disk, {kept} kept; then {again.count(True)}")
        assert promised[0] and not promised[-1]
        assert promised.count(True) <= kept
        assert (again, number(KEPT), number("SELECT count(*) FROM exchange_storedfile")) == ([True] * 12, 12, 12)


def pushed(token: str, body: bytes) -> int:
    """The answer to a push, and the end of its request as a server would have it."""
    answer = push(token, body)
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert (answer.status_code == 503) == ("Retry-After" in answer.headers)
    return int(answer.status_code)


def test_a_push_to_a_full_disk_is_refused_and_taken_whole_later(db: None, capsys: pytest.CaptureFixture[Any]) -> None:
    with own_server(megabytes=320) as server:
        county = factories.facility("COUNTY", "县人民医院", "county")
        feed = factories.source(county, "county-push", kind="fhir_push")
        with acting_as("owner"):
            token = pushing.issue(feed, "孙接口", NOON)
        bundles = [
            bundle(patient(), observation(id=f"o{place}", text={"div": os.urandom(450 * 1024).hex()}))
            for place in range(12)
        ]
        assert pushed(token, bundles[0]) == 202
        ballast = fill(server.folder.parent, leave=5 * MEGABYTE)
        answers = [pushed(token, body) for body in bundles]
        ballast.unlink()
        server.start_again()
        kept = number(KEPT)
        promised = sum(answer in (200, 202) for answer in answers)
        again = [min(pushed(token, body), pushed(token, body)) for body in bundles]
        say(capsys, f"{answers} on a full disk, {kept} kept; then {again}")
        assert (answers[0], answers[-1], set(answers) <= {200, 202, 503}) == (200, 503, True)
        assert promised <= kept
        assert (again, number(KEPT), number("SELECT count(*) FROM exchange_storedfile")) == ([200] * 12, 12, 12)
        with acting_as("worker"):
            assert documents.translate(feed.pk, clock=lambda: NOON).new == 13


def test_a_full_drop_folder_leaves_the_file_where_it_is(db: None, tmp_path: Path) -> None:
    county = factories.facility("COUNTY", "县人民医院", "county")
    feed = factories.source(county, "drop", kind="hl7v2", options={"folder": "lis"})
    cache.clear()
    with small_disk(tmp_path, "size=256k,nr_inodes=6"):
        place = tmp_path / "lis"
        place.mkdir()
        (place / "a.hl7").write_bytes(oru(GLUCOSE).encode())
        others = [place / f"~other{number}" for number in range(3)]
        for other in others:
            other.touch()
        runs = [_look(feed, tmp_path, seconds) for seconds in (0, 15)]
        assert (number("SELECT count(*) FROM exchange_storedfile"), sorted(place.glob("*.hl7"))) == (
            0,
            [place / "a.hl7"],
        )
        assert "磁盘已满" in runs[-1]
        for other in others:
            other.unlink()
        _look(feed, tmp_path, 30)
        assert number("SELECT count(*) FROM exchange_storedfile") == 1
        assert [path.parent.parent.name for path in place.rglob("*") if path.is_file()] == ["done"]


def _look(feed: Source, root: Path, seconds: int) -> str:
    """What the newest failed run says after a look into the folder."""
    with override_settings(DROP_FOLDER=str(root)), acting_as("worker"):
        folders.watch(feed.pk, clock=lambda: NOON + timedelta(seconds=seconds))
    with acting_as("owner"):
        run = Pull.objects.order_by("-started_at").first()
    return run.error if run else ""
