"""The heads of the chain, told to another machine: cutting off a chain's end is then found out too.

`AUDIT_HEADS` is a folder (a mounted share of a machine whose administrators are not the database's) with one file a
month, one line a head. Each line carries a proof made with the audit key, so a line cannot be invented there either.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from foundation.rowsecurity import database
from residents.canonical import SHANGHAI, is_mac_of, mac, month_name

ONE_LINE = 1024
PREFIX = "access-log-"
# One lock for sealing and exporting: heads leave in the order in which links came.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('residents.seals', 0))"
HEAD = "SELECT position, mac FROM residents_seal WHERE month = %s ORDER BY position DESC LIMIT 1"
MAC = "SELECT mac FROM residents_seal WHERE month = %s AND position = %s"
NEXT_MONTH = "SELECT min(month) FROM residents_seal WHERE month >= %s"

logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """A line that is no head: torn by a crash, or written by somebody else."""


@dataclass(frozen=True)
class Head:
    """The end of a month's chain as it was at `at`; `detached` closes a month that was moved out of the database."""

    month: str
    position: int
    mac: str
    at: str
    detached: bool = False

    def text(self) -> bytes:
        """What the proof beside this head is made of."""
        return f"head|{self.month}|{self.position}|{self.mac}|{self.at}|{self.detached}".encode()

    def line(self) -> str:
        """The head as one line, with the proof that only a holder of the audit key can make."""
        return json.dumps({**self.__dict__, "proof": mac(self.text()).hex()}) + "\n"


def head_of(line: str) -> Head:
    """The head on one line; raises Unreadable for anything that was not written with the audit key."""
    try:
        fields: dict[str, Any] = json.loads(line)
        proof = bytes.fromhex(fields.pop("proof"))
        head = Head(**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable from None
    if not is_mac_of(proof, head.text()):
        raise Unreadable
    return head


def file_of(month: str, folder: Path | None = None) -> Path:
    """The file that holds the heads of `month` (YYYYMM)."""
    return (folder or settings.AUDIT_HEADS) / f"{PREFIX}{month}.jsonl"


def months_in(folder: Path) -> list[str]:
    """The months whose heads lie in `folder`."""
    return sorted(path.stem.removeprefix(PREFIX) for path in folder.glob(f"{PREFIX}*.jsonl"))


def read(path: Path) -> Iterator[Head | int]:
    """The heads that one file holds now, in the order they were written; the line's number where one is unreadable."""
    left = path.stat().st_size if path.exists() else 0
    if not left:
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            left -= len(line)
            try:
                yield head_of(line.decode(errors="replace"))
            except Unreadable:
                yield number
            if left <= 0:
                return


def export(now: datetime) -> None:
    """Append each month's head where it has moved since the last export; a folder that is away is tried again."""
    with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
        cursor.execute(LOCK)
        for month in months_sealed(cursor):
            try:
                _export(cursor, month, now)
            except OSError as error:
                logger.error("the heads of the access log cannot be written: %s", type(error).__name__)


def months_sealed(cursor: Any) -> Iterator[datetime]:
    """The months that have a chain, by their first moments; one look at an index each."""
    month = datetime(1970, 1, 1, tzinfo=SHANGHAI)
    while True:
        cursor.execute(NEXT_MONTH, [month])
        found = cursor.fetchone()[0]
        if found is None:
            return
        yield found
        month = found + timedelta(microseconds=1)


def _export(cursor: Any, month: datetime, now: datetime) -> None:
    cursor.execute(HEAD, [month])
    position, sealed = cursor.fetchone()
    path = file_of(month_name(month))
    last = _last_in(path)
    if last is not None and not _continues(cursor, month, last):
        logger.error("the chain of %s no longer holds the exported head %s", last.month, last.position)
    elif last is None or position > last.position:
        head = Head(month_name(month), position, bytes(sealed).hex(), now.astimezone(SHANGHAI).isoformat())
        _append(path, head.line())
        logger.info("access log sealed: month %s position %s mac %s", head.month, head.position, head.mac)


def _continues(cursor: Any, month: datetime, last: Head) -> bool:
    """Whether the chain still holds what was exported last."""
    cursor.execute(MAC, [month, last.position])
    row = cursor.fetchone()
    return row is not None and bytes(row[0]).hex() == last.mac


def _last_in(path: Path) -> Head | None:
    """The last readable head of a file, or None where there is none yet."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8 * ONE_LINE))
        lines = file.read().decode(errors="replace").splitlines()
    for line in reversed(lines):
        try:
            return head_of(line)
        except Unreadable:
            continue
    return None


def close(month: datetime, now: datetime) -> None:
    """Export the head of a month that is moved out of the database, as its last; raises OSError where it cannot be."""
    with connections[database()].cursor() as cursor:
        cursor.execute(HEAD, [month])
        position, sealed = cursor.fetchone()
    head = Head(month_name(month), position, bytes(sealed).hex(), now.astimezone(SHANGHAI).isoformat(), detached=True)
    _append(file_of(head.month), head.line())


def _append(path: Path, line: str) -> None:
    """One line, on the disk before the sealer goes on; a line torn by a crash is left behind on its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        torn = size and file.read(1) != b"\n"
        file.write(("\n" + line if torn else line).encode())
        file.flush()
        os.fsync(file.fileno())
