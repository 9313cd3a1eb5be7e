"""Tags of MP3 (ID3 1 and 2, APE, Lyrics3) and WAV (RIFF chunks), to be stepped over and to be taken out."""

from typing import BinaryIO

from django.utils.translation import gettext as _

from health_education.media.blanking import blank, keep_only
from health_education.media.refusals import Unfit

PLAYED_CHUNKS = {b"fmt ", b"fact", b"data"}
MOST_TAGS, MOST_CHUNKS = 50, 10_000
TAIL = 227  # the longest of the marks at the end that `_tag_before` looks for


def front_of_mp3(file: BinaryIO) -> int:
    """How many bytes of tags stand before the first frame."""
    start = 0
    for _n in range(MOST_TAGS):
        start += _tag_at(file, start)
    return start


def clean_mp3(file: BinaryIO) -> None:
    """Cut off what stands before the first and behind the last frame."""
    start = front_of_mp3(file)
    end = file.seek(0, 2)
    for _n in range(MOST_TAGS):
        end -= _tag_before(file, end)
    if end <= start:
        raise Unfit(_("这不是能播放的 MP3 文件，请重新导出后再上传。"))
    keep_only(file, start, end)


def clean_wav(file: BinaryIO) -> None:
    """Blank out every chunk that is not sound or its description."""
    size, at = file.seek(0, 2), 12
    for _n in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return blank(file, at, size)
        end = min(at + 8 + int.from_bytes(head[4:8], "little"), size)
        if head[:4] not in PLAYED_CHUNKS:
            file.seek(at)
            file.write(b"JUNK")
            blank(file, at + 8, end)
        at = end + end % 2
    raise Unfit(_("这不是能播放的 WAV 录音，请导出为 MP3 再上传。"))


def _tag_at(file: BinaryIO, at: int) -> int:
    """The length of an ID3 tag (id3.org, version 2.4, section 3) that begins here; 0 where none does."""
    file.seek(at)
    head = file.read(10)
    if len(head) < 10 or not head.startswith(b"ID3"):
        return 0
    footer = 10 if head[5] & 0x10 else 0
    return 10 + _seven_bits(head[6:10]) + footer


def _tag_before(file: BinaryIO, end: int) -> int:
    """The length of a tag that ends here; 0 where none does."""
    start = max(end - TAIL, 0)
    file.seek(start)
    tail = file.read(end - start)
    if tail[-128:-125] == b"TAG":
        return 128
    if tail.startswith(b"TAG+") and len(tail) == TAIL:
        return TAIL
    if tail[-32:-24] == b"APETAGEX":
        header = 32 if tail[-9] & 0x80 else 0
        return int.from_bytes(tail[-20:-16], "little") + header
    if tail[-10:-7] == b"3DI":
        return 20 + _seven_bits(tail[-4:])
    if tail.endswith(b"LYRICS200") and tail[-15:-9].isdigit():
        return int(tail[-15:-9]) + 15
    return 0


def _seven_bits(number: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(number, (21, 14, 7, 0), strict=True))
