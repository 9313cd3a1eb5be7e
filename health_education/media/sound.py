"""Recordings: MP3 (ISO/IEC 11172-3), OGG (RFC 3533, 7845) and WAV."""

from typing import BinaryIO

from django.utils.translation import gettext as _

from health_education.media.refusals import Unfit
from health_education.media.sound_tags import front_of_mp3

# Bits a second in thousands, by index, for layer III of version 1 and of versions 2 and 2.5.
BITRATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
FRAMES_TO_SEE = 3
LAST_BYTES = 70_000  # a page of OGG is smaller
MOST_CHUNKS = 100
PLAIN_WAVE = {1, 3, 0xFFFE}


def looks_like_mp3(head: bytes) -> bool:
    """An ID3 tag, or the sync of a frame of layer III."""
    return head.startswith(b"ID3") or (len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def seconds_of_mp3(file: BinaryIO) -> int:
    """How long it plays, by its first frame's rate; raises Unfit unless frame follows frame."""
    file.seek(0, 2)
    size, start = file.tell(), front_of_mp3(file)
    at, bitrate = start, 0
    for _n in range(FRAMES_TO_SEE):
        file.seek(at)
        length, bits = _frame(file.read(4))
        bitrate, at = bitrate or bits, at + length
        if not length or at > size:
            raise Unfit(_("这不是能播放的 MP3 文件，请重新导出后再上传。"))
    return round((size - start) * 8 / bitrate)


def _frame(head: bytes) -> tuple[int, int]:
    """A frame's length in bytes and its bits a second; (0, 0) where there is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0, 0
    version, index, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or index in {0, 15} or rate == 3:
        return 0, 0
    bits = BITRATES[version == 3][index] * 1000
    return (144 if version == 3 else 72) * bits // RATES[version][rate] + (head[2] >> 1 & 1), bits


def seconds_of_ogg(file: BinaryIO) -> int:
    """How long it plays, by the last page's position; raises Unfit for anything but Opus and Vorbis."""
    file.seek(0)
    head = file.read(100)
    if b"OpusHead" in head:
        rate = 48_000
    elif (at := head.find(b"\x01vorbis")) > 0:
        rate = int.from_bytes(head[at + 12 : at + 16], "little")
    else:
        raise Unfit(_("这个 OGG 文件不是 Opus 或 Vorbis 录音，请导出为 MP3 再上传。"))
    size = file.seek(0, 2)
    file.seek(max(size - LAST_BYTES, 0))
    rest = file.read()
    last = rest.rfind(b"OggS")
    position = int.from_bytes(rest[last + 6 : last + 14], "little", signed=True)
    if not rate or last < 0 or position < 0:
        raise Unfit(_("这个 OGG 文件不完整，请重新导出后再上传。"))
    return round(position / rate)


def seconds_of_wav(file: BinaryIO) -> int:
    """How long it plays; raises Unfit for anything but plain samples."""
    size, at, second = file.seek(0, 2), 12, 0
    for _n in range(MOST_CHUNKS):
        if at + 8 > size:
            break
        file.seek(at)
        head = file.read(24)
        length = int.from_bytes(head[4:8], "little")
        if head[:4] == b"fmt " and int.from_bytes(head[8:10], "little") in PLAIN_WAVE:
            second = int.from_bytes(head[16:20], "little")
        elif head[:4] == b"data" and second:
            return round(min(length, size - at - 8) / second)
        at += 8 + length + length % 2
    raise Unfit(_("这不是能播放的 WAV 录音，请导出为 MP3 再上传。"))
