"""OGG (RFC 3533): pages that carry packets; the second packet of Opus (RFC 7845) and Vorbis holds the comments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from health_education.media.refusals import Unfit

HEAD = 27
SERIAL, CHECKSUM = slice(14, 18), slice(22, 26)
MOST_PAGES = 200_000
FULL = 255  # a segment of this length goes on in the next one
# What a recording begins with, and its comments when there are none: no maker, no entry.
EMPTY = {
    b"OpusHead": b"OpusTags" + bytes(8),
    b"\x01vorbis": b"\x03vorbis" + bytes(8) + b"\x01",
}
POLYNOMIAL = 0x04C11DB7


@dataclass
class Stream:
    """Where reading stands in one recording: in which packet, how far into it; and what its comments become."""

    empty: bytes
    packet: int = 0
    behind: int = 0


def clean(file: BinaryIO) -> None:
    """Empty the comments in place; raises Unfit for a broken file and for anything but Opus and Vorbis."""
    streams: dict[bytes, Stream] = {}
    for at, head, length in _pages(file):
        if (serial := head[SERIAL]) not in streams:
            streams[serial] = _begun(file.read(8))
        stream = streams[serial]
        if stream.packet > 1:
            continue
        file.seek(at)
        page = bytearray(file.read(length))
        if _empty_comments(page, len(head), stream):
            page[CHECKSUM] = bytes(4)
            page[CHECKSUM] = _checksum(page).to_bytes(4, "little")
            file.seek(at)
            file.write(page)


def _pages(file: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Each page: where it is, its head and table of segments, its whole length; the file stands behind that head."""
    size, at = file.seek(0, 2), 0
    for _n in range(MOST_PAGES):
        if at == size:
            return
        file.seek(at)
        head = file.read(HEAD)
        if len(head) < HEAD or not head.startswith(b"OggS"):
            raise _broken()
        head += file.read(head[-1])
        length = len(head) + sum(head[HEAD:])
        if at + length > size:
            raise _broken()
        yield at, head, length
        at += length
    raise _broken()


def _begun(start: bytes) -> Stream:
    for name, empty in EMPTY.items():
        if start.startswith(name):
            return Stream(empty)
    raise Unfit(_("这个 OGG 文件不是 Opus 或 Vorbis 录音，请导出为 MP3 再上传。"))


def _empty_comments(page: bytearray, at: int, stream: Stream) -> bool:
    """Overwrite what this page holds of the comments; whether it held any."""
    changed = False
    for length in bytes(page[HEAD:at]):
        if stream.packet == 1:
            wanted = stream.empty[stream.behind : stream.behind + length]
            page[at : at + length] = wanted.ljust(length, b"\0")
            changed = True
        at, stream.behind = at + length, stream.behind + length
        if length < FULL:
            if stream.packet == 1 and stream.behind < len(stream.empty):
                raise _broken()
            stream.packet, stream.behind = stream.packet + 1, 0
    return changed


def _checksum(page: bytes | bytearray) -> int:
    """The checksum of a page whose own field is zero (RFC 3533, section 6)."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ TABLE[value >> 24 ^ byte]
    return value


def _entry(value: int) -> int:
    value <<= 24
    for _n in range(8):
        value = value << 1 ^ (POLYNOMIAL if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


TABLE = [_entry(value) for value in range(256)]


def _broken() -> Unfit:
    return Unfit(_("这个 OGG 文件不完整，请重新导出后再上传。"))
