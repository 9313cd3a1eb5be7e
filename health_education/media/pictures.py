"""Pictures drawn anew in several widths: nothing of the file that was sent is kept, neither its metadata."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from health_education.media.refusals import Unfit

FORMATS = ["JPEG", "PNG", "WEBP", "GIF"]
MANY_IN_ONE = "MPO"  # a photo of a phone with a depth map or a second view behind it; the first is the photo
WIDTHS = (480, 960, 1600)
TALLEST = 16_000  # WebP takes 16383
DRAWN_AS = {"webp": ("WEBP", {"quality": 80, "method": 4}), "jpg": ("JPEG", {"quality": 82, "optimize": True})}
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


@dataclass(frozen=True)
class Rendition:
    """A drawing of ours: its name (`960.webp`), its size, and its bytes."""

    name: str
    content_type: str
    width: int
    height: int
    content: bytes


def drawn(file: BinaryIO, most_pixels: int) -> list[Rendition]:
    """A picture in each width up to its own, as WebP and as JPEG, narrow ones first.

    Raises Unfit for what is no picture, moves, or unfolds to more than `most_pixels`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return list(_renditions(_plain(file, most_pixels)))
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit(_("这个文件不是可用的图片，请上传 JPEG、PNG、WebP 或 GIF 图片。")) from error
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for broken pictures
        raise Unfit(_("图片打不开，可能没有传完整，请重新导出后再上传。")) from error


def _plain(file: BinaryIO, most: int) -> Image.Image:
    """The picture upright, opaque, in plain colours, no wider than the widest rendition."""
    file.seek(0)
    picture: Image.Image = Image.open(file, formats=FORMATS)
    if picture.width * picture.height > most:
        raise Unfit(_("图片太大：最多%(most)s百万像素，请缩小后再上传。") % {"most": most // 1_000_000})
    if picture.format != MANY_IN_ONE and getattr(picture, "n_frames", 1) > 1:
        raise Unfit(_("这是会动的图片，请上传静止的图片，或者改为上传视频。"))
    picture.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    picture = ImageOps.exif_transpose(picture).convert("RGBA")
    picture.thumbnail((WIDTHS[-1], picture.height), Image.Resampling.LANCZOS)
    if picture.height > TALLEST:
        raise Unfit(
            _("图片太长（缩到%(width)s像素宽以后仍超过%(tallest)s像素高），请分成几张上传。")
            % {"width": WIDTHS[-1], "tallest": TALLEST}
        )
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(picture, mask=picture)
    return plain


def _renditions(picture: Image.Image) -> Iterator[Rendition]:
    for width in [*(width for width in WIDTHS if width < picture.width), picture.width]:
        height = max(round(picture.height * width / picture.width), 1)
        smaller = picture if width == picture.width else picture.resize((width, height), Image.Resampling.LANCZOS)
        for ending, (name, options) in DRAWN_AS.items():
            content = BytesIO()
            smaller.save(content, name, **options)
            yield Rendition(f"{width}.{ending}", TYPES[ending], width, height, content.getvalue())
