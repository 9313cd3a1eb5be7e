"""Which characters a font draws, read from small fonts made here so that each kind of character map is met."""

import struct
from pathlib import Path

import pytest

from foundation.glyphs import FontUnreadable, Printable, coverage, printable

BASIC, FULL = (3, 1), (3, 10)
COVERED = frozenset(map(ord, "贺兰芳12〓 "))


def format_4(segments: list[tuple[int, int, int]], glyphs: tuple[int, ...] = ()) -> bytes:
    """Return a subtable of (first, last, delta) segments; with `glyphs`, the first segment looks them up."""
    segments = [*segments, (0xFFFF, 0xFFFF, 1)]
    count = len(segments)
    offsets = [2 * count if glyphs else 0, *[0] * (count - 1)]
    numbers = [last for _, last, _ in segments] + [0] + [first for first, _, _ in segments]
    numbers += [delta for _, _, delta in segments] + offsets + list(glyphs)
    body = struct.pack(f">{len(numbers)}H", *numbers)
    return struct.pack(">7H", 4, 14 + len(body), 0, 2 * count, 0, 0, 0) + body


def format_12(*groups: tuple[int, int, int]) -> bytes:
    packed = b"".join(struct.pack(">III", *group) for group in groups)
    return struct.pack(">HHIII", 12, 0, 16 + len(packed), 0, len(groups)) + packed


def font(*subtables: tuple[tuple[int, int], bytes], start: int = 0) -> bytes:
    records, bodies = b"", b""
    for (platform, encoding), body in subtables:
        records += struct.pack(">HHI", platform, encoding, 4 + 8 * len(subtables) + len(bodies))
        bodies += body
    cmap = struct.pack(">HH", 0, len(subtables)) + records + bodies
    directory = struct.pack(">4sHHHH", b"\0\1\0\0", 1, 0, 0, 0) + struct.pack(
        ">4sIII", b"cmap", 0, start + 28, len(cmap)
    )
    return directory + cmap


def covered_by(folder: Path, data: bytes, index: int = 0) -> set[str]:
    path = folder / "small.ttf"
    path.write_bytes(data)
    return set(map(chr, coverage([(path, index)])))


def test_a_basic_map_is_read_by_segments(tmp_path: Path) -> None:
    assert covered_by(tmp_path, font((BASIC, format_4([(0x41, 0x43, 0), (0x4E00, 0x4E00, 5)])))) == set("ABC一")


def test_a_basic_map_with_a_glyph_list_leaves_out_the_empty_places(tmp_path: Path) -> None:
    assert covered_by(tmp_path, font((BASIC, format_4([(0x41, 0x43, 0)], glyphs=(7, 0, 8))))) == set("AC")


def test_the_full_map_is_preferred_and_reaches_beyond_the_basic_plane(tmp_path: Path) -> None:
    data = font((BASIC, format_4([(0x41, 0x41, 0)])), (FULL, format_12((0x41, 0x42, 3), (0x20BB7, 0x20BB7, 9))))
    assert covered_by(tmp_path, data) == set("AB𠮷")


def test_a_font_inside_a_collection_is_found_by_its_index(tmp_path: Path) -> None:
    first = font((FULL, format_12((0x41, 0x41, 1))), start=20)
    second = font((FULL, format_12((0x42, 0x42, 1))), start=20 + len(first))
    header = struct.pack(">4sHHIII", b"ttcf", 1, 0, 2, 20, 20 + len(first))
    assert covered_by(tmp_path, header + first + second, index=1) == {"B"}


@pytest.mark.parametrize(
    "data", [b"", b"<html>", font(), font((BASIC, b"\0\6" + bytes(20))), font((FULL, format_12((0, 0xFFFFFFFF, 1))))]
)
def test_a_file_that_is_no_font_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FontUnreadable, match=r"small\.ttf"):
        covered_by(tmp_path, data)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("贺兰芳", Printable("贺兰芳")),
        ("贺𠮷𠮷鱻", Printable("贺〓〓〓", ("𠮷", "鱻"))),
        ("1\t2\x07\u00a01", Printable("1 2  1")),
        ("1\r\n2\r1\u20282", Printable("1\n2\n1\n2")),
        ("\ufeff1\u200b\u202e2\ud800", Printable("12")),
        ("芳\U000e0100", Printable("芳\U000e0100")),
    ],
)
def test_text_is_made_printable(text: str, expected: Printable) -> None:
    assert printable(text, COVERED) == expected
