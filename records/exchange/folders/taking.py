"""One file: claimed by a name of its own, read, kept on disk in the database, and only then put away."""

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from records.exchange.folders.looks import State
from records.exchange.folders.places import DONE, FAILED, TAKING, below

Keep = Callable[[bytes, str], None]
REASON = ".原因.txt"
_LONGEST = 180
_CANNOT_WRITE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NOT_A_FILE = "这不是普通的文件（例如是链接或设备），没有读取。请直接放入文件本身。"
NOT_READABLE = "门户没有读取这个文件的权限。请机构检查导出程序写文件的权限，改正后重新放入。"
EMPTY = "文件是空的。请机构检查导出程序，重新导出后放入。"
TOO_LARGE = "文件超过 {most} MB，没有接收。请拆成几个文件重新放入；FHIR 文件也可由管理员用 manage.py import_fhir 导入。"
MEGABYTE = 1024 * 1024


class Unusable(Exception):
    """A file that will never be taken as it is; the text says why, for whoever laid it down."""


class Unsettled(Exception):
    """A file that changed while it was read: it is looked at again."""


class CannotWrite(Exception):
    """The folder can only be read: what is in it stays where it is."""


@dataclass(frozen=True)
class Folder:
    """A source's folder, open, and how much of a file is read."""

    place: int
    most_bytes: int


def claim(folder: Folder, name: str) -> str:
    """Give a file a name of its own under `taking/`, so that the same name may come again; returns that name.

    Raises FileNotFoundError where it is gone (another worker has it), CannotWrite for a share that can only be read.
    """
    own = f"{secrets.token_hex(4)}~{_shortened(name)}"
    try:
        with below(folder.place, TAKING) as taking:
            os.rename(name, own, src_dir_fd=folder.place, dst_dir_fd=taking)
    except OSError as trouble:
        if trouble.errno in _CANNOT_WRITE:
            raise CannotWrite from None
        raise
    return own


def finish(folder: Folder, own: str, expected: State, keep: Keep, now: datetime) -> None:
    """Keep a claimed file, then put it away: into `done/` by its day, or into `failed/` with the reason beside it.

    Raises Unsettled for a file that is still being written, OSError where it is gone or the disk fails: it stays.
    """
    with below(folder.place, TAKING) as taking:
        try:
            raw = read(taking, own, expected, folder.most_bytes)
        except Unusable as problem:
            _put_away(folder, taking, own, (FAILED,), f"{now:%Y%m%d-%H%M%S}-{own}", str(problem))
            return
        keep(raw, name_of(own))
        digest = hashlib.sha256(raw).hexdigest()[:8]
        _put_away(folder, taking, own, (DONE, f"{now:%Y-%m-%d}"), f"{now:%H%M%S}-{digest}-{name_of(own)}")


def read(place: int, name: str, expected: State, most: int) -> bytes:
    """All bytes of a file; raises Unusable, Unsettled, OSError."""
    found = _open(place, name)
    with os.fdopen(found, "rb") as stream:
        about = os.fstat(found)
        if not stat.S_ISREG(about.st_mode):
            raise Unusable(NOT_A_FILE)
        if State.of(about) != expected:
            raise Unsettled
        if about.st_size > most:
            raise Unusable(TOO_LARGE.format(most=most // MEGABYTE))
        raw = stream.read(most + 1)
        if State.of(os.fstat(found)) != expected or len(raw) != expected.size:
            raise Unsettled
    if not raw:
        raise Unusable(EMPTY)
    return raw


def _open(place: int, name: str) -> int:
    try:
        return os.open(name, _READ, dir_fd=place)
    except PermissionError:
        raise Unusable(NOT_READABLE) from None
    except OSError as trouble:
        if trouble.errno in (errno.ELOOP, errno.ENXIO):
            raise Unusable(NOT_A_FILE) from None
        raise


def _put_away(folder: Folder, taking: int, own: str, names: tuple[str, ...], target: str, reason: str = "") -> None:
    with below(folder.place, *names) as place:
        os.rename(own, target, src_dir_fd=taking, dst_dir_fd=place)
        if reason:
            with suppress(OSError):  # of a full disk: the file itself is safe
                _write(place, target + REASON, reason)


def _write(place: int, name: str, text: str) -> None:
    found = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o660, dir_fd=place)
    with os.fdopen(found, "w", encoding="utf-8-sig", newline="\r\n") as stream:
        stream.write(text + "\n")


def name_of(own: str) -> str:
    """The name under which a claimed file was laid down."""
    return own.partition("~")[2]


def _shortened(name: str) -> str:
    """A name with room for what is put before it: its end, with the suffix, is kept."""
    raw = os.fsencode(name)
    return os.fsdecode(raw[-_LONGEST:]) if len(raw) > _LONGEST else name
