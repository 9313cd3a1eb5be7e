"""Small files made by hand: pictures by Pillow, a few bytes of each container."""

import hashlib
import struct
from io import BytesIO
from typing import Any

from PIL import Image

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from health_education.media import storing
from health_education.media.pictures import drawn
from health_education.models import Article, Medium
from tests import factories
from tests.factories import NOON


def picture(width: int = 40, height: int = 30, kind: str = "PNG", **saving: Any) -> bytes:
    """A plain picture."""
    file = BytesIO()
    Image.new("RGB", (width, height), "seagreen").save(file, kind, **saving)
    return file.getvalue()


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def mp4(codec: bytes = b"avc1", extra: bytes = b"", seconds: int = 90) -> bytes:
    """A film without frames: its boxes say its codec, its size (640 x 360) and how long it plays."""
    size = struct.pack(">II", 640 << 16, 360 << 16)
    track = box(b"tkhd", bytes(76) + size)
    entries = box(b"stsd", struct.pack(">II", 0, 1) + box(codec, bytes(8)))
    track += box(b"mdia", box(b"minf", box(b"stbl", entries)))
    told = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    return (
        box(b"ftyp", b"isom\0\0\0\0mp42") + box(b"moov", told + box(b"trak", track) + extra) + box(b"mdat", b"frames")
    )


def element(kind: int, content: bytes) -> bytes:
    length = (kind.bit_length() + 7) // 8
    return kind.to_bytes(length, "big") + bytes([0x40 | len(content) >> 8, len(content) & 255]) + content


def webm(doc_type: bytes = b"webm", codec: bytes = b"V_VP9") -> bytes:
    told = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4489, struct.pack(">d", 61000.0)))
    shape = element(0xE0, element(0xB0, b"\x02\x80") + element(0xBA, b"\x01\x68"))
    tracks = element(0x1654AE6B, element(0xAE, element(0x86, codec) + shape))
    return element(0x1A45DFA3, element(0x4282, doc_type)) + element(0x18538067, told + tracks)


def mp3(seconds: int = 2) -> bytes:
    """Silent frames of 128 kbit/s at 44.1 kHz, 417 bytes each."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * round(seconds * 128_000 / 8 / 417)


def wav(seconds: int = 3) -> bytes:
    samples = bytes(8000 * seconds)
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    return b"RIFF" + struct.pack("<I", 36 + len(samples)) + head + b"data" + struct.pack("<I", len(samples)) + samples


def ogg(seconds: int = 5) -> bytes:
    """The first and the last page of an Opus recording."""
    page = b"OggS\0\0" + bytes(8) + bytes(12) + b"\x01\x13OpusHead" + bytes(11)
    return page + b"OggS\0\4" + struct.pack("<q", seconds * 48_000) + bytes(13)


def image_of(article: Article, content: bytes = b"", **fields: Any) -> Medium:
    """A picture of an article, drawn and stored as an upload would."""
    content = content or picture()
    renditions = [
        {"name": one.name, "content_type": one.content_type, "width": one.width, "height": one.height,
         "size": len(one.content), "sha256": storing.keep_bytes(one.content)}
        for one in drawn(BytesIO(content), 40_000_000)
    ]  # fmt: skip
    last = renditions[-1]
    facts = {"width": last["width"], "height": last["height"], "content_type": "image/jpeg", "renditions": renditions}
    return medium(article, "image", content, **{"alt": "一勺盐", **facts, **fields})


def medium(article: Article, kind: str, content: bytes, **fields: Any) -> Medium:
    """A stored file of an article."""
    told = {
        "title": "怎样少放盐",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "uploaded_by": uuid7(),
        "uploaded_by_name": "编辑",
        "uploaded_at": NOON,
        **fields,
    }
    if kind != "image":
        storing.keep(BytesIO(content), told["sha256"], len(content))
    made = factories.made(Medium(article=article, kind=kind, **told))
    with acting_as("owner"):
        made.refresh_from_db()
    return made
