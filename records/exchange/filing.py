"""Files of messages: looked at, stored once in sealed pieces, and read entry by entry with bounded memory."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

import ijson

from foundation import crypto
from foundation.dated import setting
from foundation.keys import uuid7
from records.exchange import reading
from records.exchange.bundles import Entry
from records.exchange.depth import Shallow
from records.exchange.limits import ENTRY_MEGABYTES, FILE_MEGABYTES
from records.exchange.models import FilePart, Source, StoredFile
from records.exchange.ordering import Order
from records.exchange.references import remember
from records.exchange.transactions import durable
from records.exchange.values import Neighbours

MEGABYTE = 1024 * 1024
BOM = b"\xef\xbb\xbf"
Layout = StoredFile.Layout

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class BadFile(Exception):
    """A file that cannot be taken; the text says in plain words why and what to do."""


class BreaksOff(Exception):
    """A bundle whose JSON ends or goes wrong after some whole entries."""


@dataclass(frozen=True)
class Handed:
    """A file as it was handed over."""

    path: Path
    size: int
    sha256: bytes
    layout: StoredFile.Layout
    longest_line: int


@dataclass(frozen=True)
class Contents:
    """What a first reading of a file found: how many entries, what they are called, and whether it breaks off.

    `introduces_first`: each patient comes before what speaks of them.
    """

    entries: int
    breaks_off: bool
    neighbours: Neighbours
    introduces_first: bool


def hand_over(path: Path, now: datetime) -> Handed:
    """Look at a file; raises BadFile for one that is missing, too large, empty, or no JSON."""
    most = setting(FILE_MEGABYTES, now)
    try:
        size = path.stat().st_size
        if size > most * MEGABYTE:
            raise BadFile(f"文件 {path.name} 超过 {most} MB。请拆成几个文件，或由管理员调大“导入文件的最大兆字节数”。")
        with path.open("rb") as stream:
            start = stream.read(MEGABYTE).removeprefix(BOM).lstrip()
            if not start.startswith(b"{"):
                raise BadFile(f"文件 {path.name} 不是 JSON。请提供 FHIR R4 的 Bundle 文件或 NDJSON 文件。")
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").digest()
    except OSError as problem:
        raise BadFile(f"文件 {path} 不能读取：{_why(problem)}。") from None
    longest = setting(ENTRY_MEGABYTES, now) * MEGABYTE
    return Handed(path, size, digest, layout_of(path.name, start), longest)


def _why(problem: OSError) -> str:
    if isinstance(problem, FileNotFoundError):
        return "没有这个文件，请检查路径和文件名"
    if isinstance(problem, IsADirectoryError):
        return "这是一个文件夹，请写出其中的文件"
    return "没有读取权限，或磁盘出错，请检查文件的权限"


def layout_of(name: str, start: bytes) -> StoredFile.Layout:
    """How the resources of a FHIR file lie in it, by its name and its start."""
    if Path(name).suffix.lower() in {".ndjson", ".jsonl"}:
        return Layout.LINES
    first = start.partition(b"\n")[0]
    try:
        value = reading.parse(first)
    except reading.NotJson:
        return Layout.BUNDLE
    is_bundle = isinstance(value, dict) and value.get("resourceType") == "Bundle"
    return Layout.BUNDLE if is_bundle else Layout.LINES


def keep(handed: Handed, source: Source, now: datetime) -> StoredFile:
    """The stored file, written in sealed pieces unless the source handed over the same bytes before."""
    known = StoredFile.objects.filter(source=source, sha256=handed.sha256).first()
    if known:
        return known
    with durable():
        file = StoredFile.objects.create(
            source=source,
            sha256=handed.sha256,
            size=handed.size,
            layout=handed.layout,
            name=handed.path.name[:200],
            received_at=now,
        )
        with handed.path.open("rb") as stream:
            write_parts(file.pk, sealed_parts(stream))
    return file


def write_parts(file_id: UUID, parts: Iterator[tuple[UUID, bytes]], first: int = 0) -> None:
    """Write a file's sealed pieces, numbered from `first` on, one in memory at a time; in the caller's transaction."""
    for number, (part_id, content) in enumerate(parts, first):
        FilePart.objects.create(id=part_id, file_id=file_id, number=number, content=content)


def sealed_parts(stream: BinaryIO) -> Iterator[tuple[UUID, bytes]]:
    """What `stream` gives in pieces, each sealed and bound to the row it is for."""
    for piece in iter(lambda: stream.read(MEGABYTE), b""):
        part_id = uuid7()
        yield part_id, crypto.seal(piece, _place(part_id))


def _place(part_id: UUID) -> bytes:
    return f"exchange_filepart.content.{part_id}".encode()


def opened_part(part_id: UUID, content: bytes | memoryview) -> bytes:
    """A piece of a stored file, opened; raises CannotOpen."""
    return crypto.unseal(bytes(content), _place(part_id))


class _Pieces(io.RawIOBase):
    """A stored file as a stream, one piece in memory at a time."""

    def __init__(self, file: StoredFile) -> None:
        self._file, self._next, self._rest = file, 0, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if not self._rest:
            part = FilePart.objects.filter(file=self._file, number=self._next).first()
            if part is None:
                return 0
            self._rest, self._next = opened_part(part.pk, part.content), self._next + 1
        room = memoryview(buffer)
        taken, self._rest = self._rest[: len(room)], self._rest[len(room) :]
        room[: len(taken)] = taken
        return len(taken)


def stored_stream(file: StoredFile) -> io.BufferedReader:
    """The bytes of a stored file."""
    return io.BufferedReader(_Pieces(file), MEGABYTE)


def survey(stream: io.BufferedReader, layout: str, longest_line: int = 0) -> Contents:
    """Read a file through once: what its entries are called, how many there are, whether it breaks off."""
    neighbours, order, count, breaks_off = Neighbours(), Order(), 0, False
    try:
        for entry in entries(stream, layout, longest_line):
            count += 1
            if isinstance(entry.resource, dict):
                remember(neighbours, entry.resource, entry.address)
                order.look(entry)
    except BreaksOff:
        breaks_off = True
    return Contents(count, breaks_off, neighbours, order.introduces_first)


def entries(stream: io.BufferedReader, layout: str, longest_line: int = 0) -> Iterator[Entry]:
    """The entries of a file, numbered from 0; raises BreaksOff where a bundle's JSON goes wrong.

    A line of NDJSON that cannot be read is an entry without a resource: the next line is as good as ever.
    """
    return _lines(stream, longest_line) if layout == Layout.LINES else _bundle(stream)


def _bundle(stream: io.BufferedReader) -> Iterator[Entry]:
    if stream.peek(len(BOM)).startswith(BOM):
        stream.read(len(BOM))
    try:
        for number, item in enumerate(ijson.items(Shallow(stream), "entry.item")):
            yield _entry(item, number)
    except (ijson.JSONError, ValueError, ArithmeticError, RecursionError):
        raise BreaksOff from None


def _entry(item: object, number: int) -> Entry:
    if not isinstance(item, dict):
        return Entry("", item, number=number)
    address = item.get("fullUrl")
    return Entry(address if isinstance(address, str) else "", item.get("resource"), number=number)


def _lines(stream: io.BufferedReader, longest: int) -> Iterator[Entry]:
    limit = longest or -1
    number = 0
    while line := stream.readline(limit + 1 if longest else -1):
        whole = not longest or len(line) <= longest
        while not whole and not line.endswith(b"\n") and (rest := stream.readline(MEGABYTE)):
            line = line[:MEGABYTE] + rest[-1:]  # of a line that is too long only its start is looked at
        if line.strip():
            yield _line(line, number, whole)
            number += 1


def _line(line: bytes, number: int, whole: bool) -> Entry:
    try:
        return Entry("", reading.parse(line) if whole else None, line, number)
    except reading.NotJson:
        return Entry("", None, line, number)
