"""What a file really is: seen from its first bytes and its container, never from its name or what the browser says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from health_education.media import mp4, sound, webm
from health_education.media.refusals import Unfit

HEAD = 64


@dataclass(frozen=True)
class Facts:
    """A file's kind (image, video, audio), its content type, and what its container says of it."""

    kind: str
    content_type: str
    width: int | None = None
    height: int | None = None
    seconds: int | None = None


def probe(file: BinaryIO) -> Facts:
    """The facts of a file; raises Unfit with the reason for anything that is not one of the known kinds."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    for fits, read in KNOWN:
        if fits(head):
            return read(file)
    if b"<svg" in head.lower() or head.lstrip().startswith(b"<"):
        raise Unfit(_("这是网页或 SVG 文件，里面可能带程序，不能上传。请导出为 PNG 或 JPEG 图片。"))
    raise Unfit(_("认不出这个文件。请用 JPEG、PNG、WebP、GIF 图片，MP4（H.264）、WebM 视频，MP3、M4A、OGG、WAV 录音。"))


def _image(content_type: str) -> Callable[[BinaryIO], Facts]:
    return lambda file: Facts("image", content_type)


def _mp4(file: BinaryIO) -> Facts:
    found = mp4.read(file)
    kind = "video" if found.has_video else "audio"
    return Facts(kind, f"{kind}/mp4", found.width, found.height, found.seconds)


def _webm(file: BinaryIO) -> Facts:
    found = webm.read(file)
    kind = "video" if found.has_video else "audio"
    return Facts(kind, f"{kind}/webm", found.width, found.height, found.seconds)


def _sound(content_type: str, seconds: Callable[[BinaryIO], int]) -> Callable[[BinaryIO], Facts]:
    return lambda file: Facts("audio", content_type, seconds=seconds(file))


KNOWN: list[tuple[Callable[[bytes], bool], Callable[[BinaryIO], Facts]]] = [
    (lambda head: head.startswith(b"\xff\xd8\xff"), _image("image/jpeg")),
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _image("image/png")),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _image("image/webp")),
    (lambda head: head[:6] in {b"GIF87a", b"GIF89a"}, _image("image/gif")),
    (lambda head: head[4:8] == b"ftyp", _mp4),
    (lambda head: head.startswith(b"\x1aE\xdf\xa3"), _webm),
    (lambda head: head.startswith(b"OggS"), _sound("audio/ogg", sound.seconds_of_ogg)),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE", _sound("audio/wav", sound.seconds_of_wav)),
    (sound.looks_like_mp3, _sound("audio/mpeg", sound.seconds_of_mp3)),
]
