"""What a file is: by its content, whatever it is called."""

from io import BytesIO

import pytest
from PIL import Image

from health_education.media import mp4
from health_education.media.pictures import drawn
from health_education.media.probing import probe
from health_education.media.refusals import Unfit
from tests.health_education import files

MOST = 40_000_000  # pixels


@pytest.mark.parametrize(
    ("content", "kind", "content_type", "seconds"),
    [
        (files.picture(), "image", "image/png", None),
        (files.picture(kind="JPEG"), "image", "image/jpeg", None),
        (files.picture(kind="WEBP"), "image", "image/webp", None),
        (files.picture(kind="GIF"), "image", "image/gif", None),
        (files.mp4(), "video", "video/mp4", 90),
        (files.mp4(b"mp4a"), "audio", "audio/mp4", 90),
        (files.webm(), "video", "video/webm", 61),
        (files.mp3(), "audio", "audio/mpeg", 2),
        (b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + files.mp3(), "audio", "audio/mpeg", 2),
        (files.wav(), "audio", "audio/wav", 3),
        (files.ogg(), "audio", "audio/ogg", 5),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, kind: str, content_type: str, seconds: int | None) -> None:
    facts = probe(BytesIO(content))
    assert (facts.kind, facts.content_type, facts.seconds) == (kind, content_type, seconds)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "认不出"),
        (b"MZ\x90\0" + bytes(100), "认不出"),
        (b"%PDF-1.7", "认不出"),
        (b"<script>alert(1)</script>", "SVG"),
        (b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>', "SVG"),
        (b"\xef\xbb\xbf<svg onload='alert(1)'/>", "SVG"),
        (files.mp4(b"hvc1"), "H.264"),
        (files.mp4(b"text"), "H.264"),
        (files.mp4()[:60], "损坏"),
        (files.box(b"ftyp", b"isom" + bytes(8)), "不完整"),
        (b"\xff\xff\xff\xffftypisom" + bytes(40), "损坏"),
        (files.box(b"ftyp", b"isom") + files.box(b"moov", files.box(b"trak") * 5000), "损坏"),
        (files.webm(b"matroska"), "WebM"),
        (files.webm(codec=b"V_MPEG4/ISO/AVC"), "WebM"),
        (b"\x1aE\xdf\xa3", "WebM"),
        (b"\xff\xfb\x90\x00" + bytes(600), "MP3"),
        (b"ID3\x03\0\0\x7f\x7f\x7f\x7f", "MP3"),
        (b"OggS" + bytes(96), "OGG"),
        (b"RIFF\0\0\0\0WAVE<script>alert(1)</script>", "WAV"),
    ],
)
def test_what_is_not_what_it_seems_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        probe(BytesIO(content))


def test_a_long_box_is_blanked_too_and_the_film_still_plays() -> None:
    place = b"+38.47+106.27/"
    told = b"\0\0\0\1udta" + (16 + len(place)).to_bytes(8, "big") + place
    file = BytesIO(files.mp4(extra=told))
    mp4.clean(file)
    assert (place in file.getvalue(), b"udta" in file.getvalue(), mp4.read(file).has_video) == (False, False, True)


def test_a_phones_photo_with_a_depth_map_behind_it_is_a_photo() -> None:
    file = BytesIO()
    second = Image.new("RGB", (30, 30))
    Image.new("RGB", (60, 40), "red").save(file, "MPO", save_all=True, append_images=[second])
    assert [one.width for one in drawn(file, 10_000)] == [60, 60]


def test_where_and_with_what_a_video_was_filmed_is_blanked_out_in_place() -> None:
    told = files.box(b"udta", files.box(b"\xa9xyz", b"+38.47+106.27/"))
    file = BytesIO(files.mp4(extra=told))
    before = len(file.getvalue())
    mp4.clean(file)
    assert b"+38.47" not in file.getvalue()
    assert len(file.getvalue()) == before
    assert probe(file).seconds == 90


def test_a_photograph_is_drawn_in_three_widths_without_its_metadata_and_upright() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRETPHONE", 6  # its maker; turned by 90 degrees
    file = BytesIO(files.picture(1200, 2000, "JPEG", exif=exif))
    made = drawn(file, MOST)
    names = ["480.webp", "480.jpg", "960.webp", "960.jpg", "1600.webp", "1600.jpg"]
    assert [one.name for one in made] == names
    assert (made[-1].width, made[-1].height) == (1600, 960)
    opened = [Image.open(BytesIO(one.content)) for one in made]
    assert [(one.size, one.format) for one in opened[:2]] == [((480, 288), "WEBP"), ((480, 288), "JPEG")]
    assert not any(b"SECRETPHONE" in one.content or b"Exif" in one.content for one in made)


def test_a_small_picture_is_never_blown_up() -> None:
    assert [one.name for one in drawn(BytesIO(files.picture(300, 20)), MOST)] == ["300.webp", "300.jpg"]


def test_a_picture_of_more_pixels_than_the_setting_allows_is_refused() -> None:
    with pytest.raises(Unfit, match="最多1百万像素"):
        drawn(BytesIO(files.picture(1001, 1000)), 1_000_000)


def bomb() -> bytes:
    """Some kilobytes that unfold to 100 million pixels."""
    file = BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    return file.getvalue()


def moving() -> bytes:
    file = BytesIO()
    first, second = Image.new("RGB", (9, 9), "red"), Image.new("RGB", (9, 9), "blue")
    first.save(file, "GIF", save_all=True, append_images=[second])
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(), "图片太大|不是可用的图片"),
        (moving(), "会动"),
        (files.picture(kind="JPEG")[:200], "打不开|不是可用"),
        (b"\xff\xd8\xff<script>alert(1)</script>", "不是可用"),
        (files.picture(20, 17_000), "太长"),
    ],
    ids=["bomb", "moving", "cut short", "mislabelled", "too long"],
)
def test_a_picture_that_cannot_be_drawn_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        drawn(BytesIO(content), MOST)
