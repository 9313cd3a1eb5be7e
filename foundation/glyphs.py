"""Which characters a folder of fonts can draw, so that a rare name is never printed as a silent box.

PDF/A forbids boxes anyway (ISO 19005-2, 6.2.11.8): the typesetter refuses the whole document. So a missing
character is replaced by the printers' mark for "no such type" and the reader is told.
"""

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_Segment = tuple[int, int]
# Whole-repertoire tables first: (platform, encoding) as the OpenType specification's "cmap" chapter ranks them.
_PREFERENCE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))
_SUBSTITUTES = "〓□?"
# Joiners, marks of direction, byte order: they draw nothing, and direction marks can make 12 read as 21.
_DROPPED_CATEGORIES = frozenset({"Cf", "Cs"})


class FontUnreadable(Exception):
    """The file is not an OpenType font whose character map we can read."""


@dataclass(frozen=True, slots=True)
class Printable:
    """A text the fonts can draw, and the characters that had to be replaced to get there."""

    text: str
    missing: tuple[str, ...] = ()


def coverage(font_files: Iterable[tuple[Path, int]]) -> frozenset[int]:
    """Return every code point that at least one of the fonts draws; a font is (file, index in a collection).

    Raises FontUnreadable for a file that is not a font, or one without a Unicode character map.
    """
    covered: set[int] = set()
    for path, index in font_files:
        for first, last in _segments(path, index):
            covered.update(range(first, last + 1))
    return frozenset(covered)


def printable(text: str, covered: frozenset[int]) -> Printable:
    """Return `text` with every character the fonts lack replaced by 〓, and the replaced characters in order.

    Control characters become spaces (PDF/A cannot hold them), invisible formatting characters are dropped;
    line breaks stay. Variation selectors are left to the typesetter, which ignores those it cannot use.
    """
    mark = next(mark for mark in _SUBSTITUTES if ord(mark) in covered)
    missing: dict[str, None] = {}
    kept: list[str] = []
    for character in _without_controls(text):
        if character == "\n" or ord(character) in covered or _is_variation_selector(character):
            kept.append(character)
        else:
            missing[character] = None
            kept.append(mark)
    return Printable("".join(kept), tuple(missing))


def _without_controls(text: str) -> Iterator[str]:
    for character in text.replace("\r\n", "\n").replace("\r", "\n"):
        category = unicodedata.category(character)
        if category in _DROPPED_CATEGORIES:
            continue
        breaks = category in ("Zl", "Zp")
        blank = category in ("Cc", "Zs") and character != "\n"
        yield "\n" if breaks else " " if blank else character


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _segments(path: Path, index: int) -> list[_Segment]:
    """Read the character map of one font; see the OpenType specification, chapters "otff" and "cmap"."""
    try:
        data = path.read_bytes()
        return _character_map(data, _table(data, b"cmap", index))
    except (OSError, struct.error, LookupError) as error:
        raise FontUnreadable(f"{path.name}: no readable character map") from error


def _table(data: bytes, wanted: bytes, index: int) -> int:
    font = _uint32(data, 12 + 4 * index) if data[:4] == b"ttcf" else 0
    for record in range(font + 12, font + 12 + 16 * _uint16(data, font + 4), 16):
        if data[record : record + 4] == wanted:
            return _uint32(data, record + 8)
    raise LookupError(wanted)


def _character_map(data: bytes, start: int) -> list[_Segment]:
    offsets: dict[tuple[int, int], int] = {}
    for record in range(_uint16(data, start + 2)):
        platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * record)
        offsets[platform, encoding] = start + offset
    readers = {4: _read_format_4, 12: _read_format_12}
    for key in _PREFERENCE:
        if key in offsets and (reader := readers.get(_uint16(data, offsets[key]))):
            return list(reader(data, offsets[key]))
    raise LookupError("no Unicode subtable of format 4 or 12")


def _read_format_12(data: bytes, start: int) -> Iterator[_Segment]:
    for group in range(_uint32(data, start + 12)):
        first, last, glyph = struct.unpack_from(">III", data, start + 16 + 12 * group)
        if last > 0x10FFFF:
            raise LookupError("group beyond Unicode")
        yield (first + 1 if glyph == 0 else first), last


def _read_format_4(data: bytes, start: int) -> Iterator[_Segment]:
    count = _uint16(data, start + 6) // 2
    ends, starts = start + 14, start + 16 + 2 * count
    for segment in range(count):
        first, last = _uint16(data, starts + 2 * segment), _uint16(data, ends + 2 * segment)
        delta = _uint16(data, starts + 2 * (count + segment))
        place = starts + 2 * (2 * count + segment)
        for code in range(first, last + 1):
            if code != 0xFFFF and _format_4_glyph(data, code - first, code, delta, place):
                yield code, code


def _format_4_glyph(data: bytes, step: int, code: int, delta: int, place: int) -> int:
    offset = _uint16(data, place)
    if offset == 0:
        return (code + delta) & 0xFFFF
    glyph = _uint16(data, place + offset + 2 * step)
    return (glyph + delta) & 0xFFFF if glyph else 0


def _uint16(data: bytes, offset: int) -> int:
    return int(struct.unpack_from(">H", data, offset)[0])


def _uint32(data: bytes, offset: int) -> int:
    return int(struct.unpack_from(">I", data, offset)[0])
