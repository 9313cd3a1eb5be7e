"""The cell records of an .xls file ([MS-CFB], [MS-XLS]), only as far as needed to tell how large it becomes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

FREE = 0xFFFFFFFA  # this and above are no sectors
_MOST_SECTORS = 200_000
_SMALLEST_STREAM = 4096
_BOF, _EOF, _CONTINUE, _SST, _LABELSST = 0x0809, 0x000A, 0x003C, 0x00FC, 0x00FD
# Records that begin with a row and a column: blanks, numbers, labels, formulas, booleans, several of them in one.
_CELLS = {0x0201, 0x0203, 0x0204, 0x0205, 0x0006, 0x0206, 0x0406, 0x027E, 0x00D6, _LABELSST}
_SEVERAL = {0x00BD, 0x00BE}


class Rubble(Exception):
    """Not a file of this kind, or a damaged one."""


@dataclass(frozen=True)
class CellRecord:
    """One cell: where it is, how many bytes of text it repeats, and whether it opens a sheet."""

    row: int
    column: int
    text: int = 0
    new_sheet: bool = False


def cell_records(raw: bytes) -> Iterator[CellRecord]:
    """Every cell of every sheet; raises Rubble."""
    strings: list[int] = []
    pieces: list[bytes] = []
    for kind, body in _records(_workbook(raw)):
        if kind == _SST or (kind == _CONTINUE and pieces):
            pieces.append(body)
            continue
        if pieces:
            strings, pieces = _lengths(pieces), []
        if kind == _BOF:
            yield CellRecord(0, 0, new_sheet=True)
        elif kind in _CELLS | _SEVERAL and len(body) >= 6:
            yield _cell(kind, body, strings)


def _cell(kind: int, body: bytes, strings: list[int]) -> CellRecord:
    row, column = struct.unpack_from("<HH", body)
    if kind in _SEVERAL:
        return CellRecord(row, struct.unpack_from("<H", body, len(body) - 2)[0])
    if kind == _LABELSST and len(body) >= 10:
        index = struct.unpack_from("<I", body, 6)[0]
        return CellRecord(row, column, strings[index] if index < len(strings) else 0)
    return CellRecord(row, column)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == 0 and length == 0:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _lengths(pieces: list[bytes]) -> list[int]:
    """How long each shared string is, in bytes; a string that crosses a record repeats its width there."""
    found: list[int] = []
    at, piece = 8, 0
    while piece < len(pieces):
        if at >= len(pieces[piece]):
            at, piece = at - len(pieces[piece]), piece + 1
            continue
        left, flags = struct.unpack_from("<HB", pieces[piece], at)
        extra = 4 * struct.unpack_from("<H", pieces[piece], at + 3)[0] if flags & 8 else 0
        extra += struct.unpack_from("<I", pieces[piece], at + 3 + (2 if flags & 8 else 0))[0] if flags & 4 else 0
        at += 3 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
        found.append(left * 2)
        width = 2 if flags & 1 else 1
        while left * width > len(pieces[piece]) - at:
            left -= (len(pieces[piece]) - at) // width
            piece, at = piece + 1, 1
            if piece >= len(pieces):
                return found
            width = 2 if pieces[piece][:1] == b"\x01" else 1
        at += left * width + extra
    return found


def _workbook(raw: bytes) -> bytes:
    """The stream called Workbook or Book."""
    if len(raw) < 512:
        raise Rubble
    shift = struct.unpack_from("<H", raw, 30)[0]
    if shift not in (9, 12):
        raise Rubble
    size = 1 << shift
    table = _allocation(raw, size)
    directory = _chain(raw, size, table, struct.unpack_from("<I", raw, 48)[0])
    for at in range(0, len(directory) - 127, 128):
        length = min(struct.unpack_from("<H", directory, at + 64)[0], 64)
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        start, extent = struct.unpack_from("<II", directory, at + 116)
        if name.lower() in ("workbook", "book"):
            if extent < _SMALLEST_STREAM:
                raise Rubble  # kept in the mini stream, as no program that writes workbooks does
            return _chain(raw, size, table, start)[:extent]
    raise Rubble


def _allocation(raw: bytes, size: int) -> list[int]:
    """The allocation table: which sector follows which."""
    sectors = [number for number in struct.unpack_from("<109I", raw, 76) if number < FREE]
    following, count = struct.unpack_from("<II", raw, 68)
    per = size // 4
    for _ in range(min(count, 1000)):
        if following >= FREE:
            break
        *more, following = struct.unpack(f"<{per}I", _sector(raw, size, following))
        sectors += [number for number in more if number < FREE]
    table: list[int] = []
    for number in sectors[: _MOST_SECTORS // per]:
        table += struct.unpack(f"<{per}I", _sector(raw, size, number))
    return table


def _chain(raw: bytes, size: int, table: list[int], start: int) -> bytes:
    pieces: list[bytes] = []
    seen: set[int] = set()
    while start < FREE:
        if start in seen or start >= len(table):
            raise Rubble
        seen.add(start)
        pieces.append(_sector(raw, size, start))
        start = table[start]
    return b"".join(pieces)


def _sector(raw: bytes, size: int, number: int) -> bytes:
    piece = raw[(number + 1) * size : (number + 2) * size]
    if not piece:
        raise Rubble
    return piece.ljust(size, b"\x00")
