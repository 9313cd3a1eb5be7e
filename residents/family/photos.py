"""Photographs of evidence: judged by what they hold, drawn anew without metadata, sealed, and opened for review."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from foundation.crypto import seal, unseal
from residents.models import GuardianshipPhoto

MOST_BYTES = 5 * 1024 * 1024
MOST = 4  # of an application; the table takes no more
MOST_OF_A_REQUEST = MOST * MOST_BYTES + 100_000
MOST_PIXELS = 40_000_000  # a phone's photograph; a small file that unfolds to more is an attack
LONGEST_SIDE = 2400  # an A4 page stays readable
FORMATS = ["JPEG", "PNG", "WEBP"]


class InMemory(MemoryFileUploadHandler):
    """Keeps an upload in memory: evidence never lies unsealed on a disk. A request that is too large has no files."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self.activated = content_length <= MOST_OF_A_REQUEST


@dataclass(frozen=True)
class Photo:
    """A JPEG of our own drawing."""

    jpeg: bytes


def read(file: BinaryIO, size: int) -> Photo:
    """An uploaded photograph, drawn anew: nothing of the file itself is kept. Raises ValidationError."""
    if size > MOST_BYTES:
        raise ValidationError(_("每张照片不超过5兆，请换一张小一些的。"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Photo(_drawn_anew(file.read(MOST_BYTES + 1)))
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_("这个文件不是可用的照片，请上传 JPEG、PNG 或 WebP 格式的照片。")) from error
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for broken pictures
        raise ValidationError(_("照片打不开，可能没有传完整，请重新拍一张。")) from error


def _drawn_anew(data: bytes) -> bytes:
    picture: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise ValidationError(_("照片的尺寸太大，请换一张小一些的。"))
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    drawn = BytesIO()
    clean.save(drawn, "JPEG", quality=85)
    return drawn.getvalue()


def sealed(photo: Photo, key: UUID) -> bytes:
    """A photograph as its row keeps it."""
    return seal(photo.jpeg, place_of(key))


def opened(row: GuardianshipPhoto) -> bytes:
    """The JPEG of a row."""
    return unseal(bytes(row.picture), place_of(row.pk))


def place_of(key: UUID) -> bytes:
    """What a photograph is sealed for."""
    return f"{GuardianshipPhoto._meta.db_table}.picture.{key}".encode()
