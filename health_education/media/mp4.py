"""MP4 and M4A: boxes inside boxes, as ISO/IEC 14496-12 lays them out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from health_education.media.blanking import blank
from health_education.media.refusals import Unfit

HOLDING = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
VIDEO, SOUND = {b"avc1", b"avc3"}, {b"mp4a"}
NEWER_VIDEO = {b"hvc1", b"hev1", b"av01", b"vp09", b"dvh1", b"dvhe"}
# Where it was filmed, with which phone; and what an editing program left lying in empty places.
TELLS_OF_ITS_MAKER = {b"udta", b"meta", b"uuid", b"free", b"skip"}
MOST_BOXES = 4000
DEEPEST = 8


@dataclass
class Found:
    """What the boxes say."""

    codecs: set[bytes]
    width: int | None = None
    height: int | None = None
    seconds: int | None = None

    @property
    def has_video(self) -> bool:
        return bool(self.codecs & VIDEO)


@dataclass(frozen=True)
class Box:
    """Where a box is, its kind, where its content begins, and where it ends."""

    at: int
    kind: bytes
    start: int
    end: int


def read(file: BinaryIO) -> Found:
    """What an MP4 holds; raises Unfit for a broken one and for codecs that phones do not all play."""
    found = Found(codecs=set())
    boxes = list(_boxes(file))
    if not any(box.kind == b"moov" for box in boxes) or not any(box.kind == b"mdat" for box in boxes):
        raise Unfit(_("这个 MP4 文件不完整，可能没有传完或没有导出完，请重新导出后再上传。"))
    for box in boxes:
        file.seek(box.start)
        _note(found, box.kind, file.read(min(box.end - box.start, 200)))
    if found.codecs & NEWER_VIDEO:
        raise Unfit(_("这个视频的编码（如 HEVC）很多手机放不了，请导出为 H.264 编码的 MP4 再上传。"))
    if not found.codecs & (VIDEO | SOUND):
        raise Unfit(_("这个 MP4 里没有能播放的画面或声音，请导出为 H.264 视频或 AAC 声音。"))
    return found


def clean(file: BinaryIO) -> None:
    """Blank out in place what tells of place and phone; lengths stay, so everything else stays where it is."""
    for box in list(_boxes(file)):
        if box.kind in TELLS_OF_ITS_MAKER:
            file.seek(box.at + 4)
            file.write(b"free")
            blank(file, box.start, box.end)


def _boxes(file: BinaryIO) -> Iterator[Box]:
    """Every box, outer ones before those inside; raises Unfit where lengths make no sense."""
    file.seek(0, 2)
    waiting, seen = [(0, file.tell(), 0)], 0
    while waiting:
        at, end, depth = waiting.pop()
        while at + 8 <= end:
            box = _box_at(file, at, end)
            seen += 1
            if seen > MOST_BOXES or depth > DEEPEST:
                raise _broken()
            yield box
            if box.kind in HOLDING:
                waiting.append((box.start, box.end, depth + 1))
            at = box.end


def _box_at(file: BinaryIO, at: int, end: int) -> Box:
    file.seek(at)
    head = file.read(16)
    length, kind, start = int.from_bytes(head[:4], "big"), head[4:8], at + 8
    if length == 1:  # a length of 64 bits follows
        length, start = int.from_bytes(head[8:16], "big"), at + 16
    stop = end if length == 0 else at + length
    if stop < start or stop > end:
        raise _broken()
    return Box(at, kind, start, stop)


def _note(found: Found, kind: bytes, content: bytes) -> None:
    if kind == b"stsd":
        found.codecs.add(content[12:16])
    elif kind == b"mvhd" and len(content) >= 32:
        scale, length = (20, slice(24, 32)) if content[0] == 1 else (12, slice(16, 20))
        ticks = int.from_bytes(content[scale : scale + 4], "big")
        found.seconds = round(int.from_bytes(content[length], "big") / ticks) if ticks else None
    elif kind == b"tkhd" and len(content) >= 84:
        at = 88 if content[0] == 1 else 76
        width, height = (int.from_bytes(content[at + n : at + n + 2], "big") for n in (0, 4))
        if width and height:
            found.width, found.height = width, height


def _broken() -> Unfit:
    return Unfit(_("这个 MP4 文件已损坏，请重新导出后再上传。"))
