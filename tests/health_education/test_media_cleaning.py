"""What a recording says of its maker is gone after the upload, and it plays as before."""

import struct
from io import BytesIO

import pytest

from health_education.media import ogg
from health_education.media.cleaning import clean
from health_education.media.probing import probe
from health_education.media.refusals import Unfit
from tests.health_education import files

SECRET = b"SECRET: Li Si, +38.47+106.27"
FRAMES = files.mp3()


def id3(content: bytes, flags: int = 0) -> bytes:
    length = bytes(len(content) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0" + bytes([flags]) + length + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def page(packets: list[bytes], number: int, position: int = 0, flags: int = 0) -> bytes:
    """A page of OGG that holds whole packets."""
    table = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)
    head = b"OggS\0" + bytes([flags]) + struct.pack("<qIII", position, 7, number, 0) + bytes([len(table)]) + table
    whole = head + b"".join(packets)
    return whole[:22] + struct.pack("<I", ogg._checksum(whole)) + whole[26:]


def comments(name: bytes) -> bytes:
    return name + struct.pack("<I", len(SECRET)) + SECRET + struct.pack("<II", 1, len(SECRET)) + SECRET + b"\1"


OPUS = b"OpusHead\1\1" + bytes(9)
VORBIS = b"\x01vorbis" + struct.pack("<IBI", 0, 1, 48_000) + bytes(14)
SOUND = page([b"sound" * 50], 3, 5 * 48_000, 4)


def long_comment() -> bytes:
    """A comment with a cover that goes over two pages of one segment each."""
    packet = comments(b"OpusTags").ljust(255 + 100, b"\x55")
    first, second = page([packet[:255]], 1), page([packet[255:]], 2)
    first = first[:26] + b"\1\xff" + first[29:]  # one full segment: the packet goes on
    return first + second


NAMED_TRACK = files.element(0xAE, files.element(0x86, b"A_OPUS") + files.element(0x536E, SECRET))
ENDLESS = b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7  # a cluster that does not say where it ends
TOLD = {
    "ID3 2 in front": id3(b"TIT2" + SECRET) + FRAMES,
    "two ID3 2, one with a footer": id3(SECRET, 0x10) + b"3DI" + SECRET[:7] + id3(SECRET) + FRAMES,
    "ID3 1 behind": FRAMES + b"TAG" + SECRET.ljust(125),
    "APE and ID3 1": FRAMES + SECRET + b"APETAGEX" + struct.pack("<IIII", 2000, len(SECRET) + 32, 1, 0) + bytes(8)
    + b"TAG" + SECRET.ljust(125),
    "Lyrics3": FRAMES + b"LYRICSBEGIN" + SECRET + f"{11 + len(SECRET):06}".encode() + b"LYRICS200",
    "RIFF": (whole := files.wav())[:12] + chunk(b"LIST", b"INFOIART" + SECRET) + chunk(b"bext", SECRET) + whole[12:]
    + chunk(b"id3 ", id3(SECRET)) + SECRET[:6],
    "Opus": page([OPUS], 0, flags=2) + page([comments(b"OpusTags")], 1) + SOUND,
    "Vorbis": page([VORBIS], 0, flags=2) + page([comments(b"\x03vorbis"), b"\x05vorbis setup"], 1) + SOUND,
    "a comment over two pages": page([OPUS], 0, flags=2) + long_comment() + SOUND,
    "WebM": files.element(0x1A45DFA3, files.element(0x4282, b"webm")) + files.element(
        0x18538067,
        files.element(0x1549A966, files.element(0x7BA9, SECRET) + files.element(0x4489, struct.pack(">d", 61000.0)))
        + files.element(0x1654AE6B, NAMED_TRACK)
        + ENDLESS + files.element(0xA3, b"sound")
        + files.element(0x1254C367, SECRET) + files.element(0x1941A469, SECRET) + files.element(0xEC, SECRET),
    ),
    "M4A": files.mp4(b"mp4a", extra=files.box(b"udta", files.box(b"\xa9nam", SECRET)) + files.box(b"free", SECRET)),
}  # fmt: skip


@pytest.mark.parametrize("content", TOLD.values(), ids=TOLD)
def test_what_a_file_says_of_its_maker_is_taken_out(content: bytes) -> None:
    file = BytesIO(content)
    before = probe(file)
    clean(file, before.content_type)
    after = probe(file)
    assert SECRET in content and SECRET[:6] not in file.getvalue()
    assert (after.content_type, after.seconds) == (before.content_type, before.seconds)


MP3 = ["ID3 2 in front", "two ID3 2, one with a footer", "ID3 1 behind", "APE and ID3 1", "Lyrics3"]


@pytest.mark.parametrize("name", MP3)
def test_every_frame_of_an_mp3_stays(name: str) -> None:
    file = BytesIO(TOLD[name])
    clean(file, "audio/mpeg")
    assert file.getvalue() == FRAMES


@pytest.mark.parametrize("name", ["RIFF", "Opus", "Vorbis", "a comment over two pages", "WebM", "M4A"])
def test_the_sound_stays_where_it_was(name: str) -> None:
    file, sound = (
        BytesIO(TOLD[name]),
        files.wav()[-8000:] if name == "RIFF" else b"frames" if name == "M4A" else b"sound",
    )
    clean(file, probe(file).content_type)
    assert len(file.getvalue()) == len(TOLD[name])
    assert file.getvalue().index(sound) == TOLD[name].index(sound)


def test_a_changed_page_carries_the_right_checksum() -> None:
    assert ogg._checksum(b"123456789") == 0x89A1897F  # CRC-32 of the OGG container, catalogue of parametrised CRCs
    file = BytesIO(TOLD["Vorbis"])
    clean(file, "audio/ogg")
    pages = [file.getvalue()[at : at + len(head) + sum(head[27:])] for at, head, _length in ogg._pages(file)]
    assert [one[22:26] for one in pages] == [
        struct.pack("<I", ogg._checksum(one[:22] + bytes(4) + one[26:])) for one in pages
    ]


def test_the_packet_behind_the_comments_stays() -> None:
    file = BytesIO(TOLD["Vorbis"])
    clean(file, "audio/ogg")
    assert b"\x05vorbis setup" in file.getvalue()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (page([OPUS], 0, flags=2) + page([comments(b"OpusTags")], 1)[:-5], "audio/ogg"),
        (page([OPUS], 0, flags=2) + page([b"OpusTags"], 1), "audio/ogg"),
        (page([b"\x80theora" + bytes(40)], 0, flags=2), "audio/ogg"),
        (id3(SECRET), "audio/mpeg"),
        (files.webm() + b"\x00", "video/webm"),
    ],
)
def test_a_container_that_cannot_be_read_to_its_end_is_refused(content: bytes, content_type: str) -> None:
    with pytest.raises(Unfit):
        clean(BytesIO(content), content_type)
