"""WebM: elements inside elements, as RFC 8794 (EBML) and RFC 9559 (Matroska) lay them out."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

from health_education.media.blanking import blank
from health_education.media.refusals import Unfit

EBML, DOC_TYPE = 0x1A45DFA3, 0x4282
SEGMENT, INFO, TRACKS, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
SCALE, DURATION = 0x2AD7B1, 0x4489
TRACK, CODEC, VIDEO, WIDTH, HEIGHT = 0xAE, 0x86, 0xE0, 0xB0, 0xBA
HOLDING = {EBML, SEGMENT, INFO, TRACKS, TRACK, VIDEO}
PLAYED = {b"V_VP8", b"V_VP9", b"V_AV1", b"A_OPUS", b"A_VORBIS"}
TAGS, ATTACHMENTS, CHAPTERS, VOID = 0x1254C367, 0x1941A469, 0x1043A770, 0xEC
# Title, programs, date and file names of the whole; name of a track.
NAMES = {0x7BA9, 0x4D80, 0x5741, 0x4461, 0x7384, 0x3C83AB, 0x3E83BB, 0x536E}
MOST_ELEMENTS = 4000
MOST_TO_CLEAN = 500_000  # of a film of ten minutes whose clusters do not say where they end
MOST_OF_A_VALUE = 64
NANOSECONDS = 1_000_000_000


@dataclass
class Found:
    """What the elements say."""

    codecs: set[bytes] = field(default_factory=set)
    width: int | None = None
    height: int | None = None
    seconds: int | None = None

    @property
    def has_video(self) -> bool:
        return any(codec.startswith(b"V_") for codec in self.codecs)


def read(file: BinaryIO) -> Found:
    """What a WebM holds up to its first cluster; raises Unfit for a broken one and for Matroska that is no WebM."""
    found, scale, duration, doc_type = Found(), 1_000_000, 0.0, b""
    for kind, value in _elements(file):
        if kind == DOC_TYPE:
            doc_type = value
        elif kind == SCALE:
            scale = int.from_bytes(value, "big")
        elif kind == DURATION and len(value) in {4, 8}:
            duration = struct.unpack(">f" if len(value) == 4 else ">d", value)[0]
        elif kind == CODEC:
            found.codecs.add(value)
        elif kind in {WIDTH, HEIGHT}:
            setattr(found, "width" if kind == WIDTH else "height", int.from_bytes(value, "big"))
    if doc_type.rstrip(b"\0") != b"webm" or not found.codecs or not found.codecs <= PLAYED:
        raise Unfit(_("这不是浏览器能播放的 WebM 文件，请导出为 H.264 编码的 MP4 再上传。"))
    found.seconds = round(duration * scale / NANOSECONDS) if 0 < duration < float("inf") else None
    return found


def clean(file: BinaryIO) -> None:
    """Blank out in place what tells of its maker; raises Unfit for a file that cannot be read to its end."""
    end = file.seek(0, 2)
    for one in _walk(file, MOST_TO_CLEAN):
        if one.kind in NAMES | {VOID}:
            blank(file, one.start, min(one.end, end))
        elif one.kind in {TAGS, ATTACHMENTS, CHAPTERS}:
            file.seek(one.at)
            file.write(_void(min(one.end, end) - one.at))
            blank(file, file.tell(), min(one.end, end))


def _void(size: int) -> bytes:
    """The beginning of an empty element of `size` bytes in all (RFC 8794, section 11.3.2)."""
    if size < 9:
        return bytes([VOID, 0x80 | size - 2])
    return bytes([VOID, 0x01]) + (size - 9).to_bytes(7, "big")


@dataclass(frozen=True)
class Element:
    """Where an element is, its kind, where its content begins, and where it says to end."""

    at: int
    kind: int
    start: int
    end: int


def _elements(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each element that holds a value, up to the first cluster."""
    end = file.seek(0, 2)
    for one in _walk(file, MOST_ELEMENTS):
        if one.kind == CLUSTER:
            return
        if one.kind not in HOLDING:
            file.seek(one.start)
            yield one.kind, file.read(min(one.end - one.start, MOST_OF_A_VALUE)) if one.end <= end else b""


def _walk(file: BinaryIO, most: int) -> Iterator[Element]:
    """Every element, walked into those that hold others and into clusters that do not say where they end."""
    end, at = file.seek(0, 2), 0
    for _n in range(most):
        if at >= end:
            return
        file.seek(at)
        head = file.read(12)
        kind, one = _number(head, keep_marker=True)
        length, two = _number(head[one:], keep_marker=False)
        start = at + one + two
        yield Element(at, kind, start, start + length)
        is_open = kind == CLUSTER and length == (1 << 7 * two) - 1
        at = start if kind in HOLDING or is_open else start + length
    raise _broken()


def _number(head: bytes, keep_marker: bool) -> tuple[int, int]:
    """A number of variable length (its value, how many bytes); raises Unfit where there is none."""
    size = 9 - head[0].bit_length() if head and head[0] else 9
    if size > 8 or len(head) < size or (keep_marker and size > 4):
        raise _broken()
    value = int.from_bytes(head[:size], "big")
    return (value if keep_marker else value & ~(1 << (7 * size))), size


def _broken() -> Unfit:
    return Unfit(_("这个 WebM 文件已损坏，请重新导出后再上传。"))
