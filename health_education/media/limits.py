"""How large a file may be: dated settings, so that staff see and change them."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from foundation.dated import register, setting

MEGABYTE = 1024 * 1024
IMAGE_MEGABYTES = register("health_education.image_megabytes", 10, _("宣教图片最大多少兆字节"))
IMAGE_MEGAPIXELS = register("health_education.image_megapixels", 40, _("宣教图片最多多少百万像素"))
VIDEO_MEGABYTES = register("health_education.video_megabytes", 200, _("宣教视频最大多少兆字节"))
AUDIO_MEGABYTES = register("health_education.audio_megabytes", 50, _("宣教录音最大多少兆字节"))
SIZES = {"image": IMAGE_MEGABYTES, "video": VIDEO_MEGABYTES, "audio": AUDIO_MEGABYTES}


def megabytes(kind: str, now: datetime) -> int:
    """How many megabytes a file of this kind may have."""
    return int(setting(SIZES[kind], now))


def most_pixels(now: datetime) -> int:
    """How many pixels a picture may unfold to: a small file that unfolds to more is an attack."""
    return int(setting(IMAGE_MEGAPIXELS, now)) * 1_000_000


def most_bytes_of_a_request(now: datetime) -> int:
    """The largest file of any kind, with the other fields of its form."""
    return max(megabytes(kind, now) for kind in SIZES) * MEGABYTE + MEGABYTE
