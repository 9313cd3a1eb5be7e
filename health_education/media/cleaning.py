"""What an uploaded video or recording says of its maker (title, author, place, phone, cover) is taken out at upload."""

from collections.abc import Callable
from typing import BinaryIO

from health_education.media import mp4, ogg, sound_tags, webm

CLEANERS: dict[str, Callable[[BinaryIO], None]] = {
    "video/mp4": mp4.clean,
    "audio/mp4": mp4.clean,
    "video/webm": webm.clean,
    "audio/webm": webm.clean,
    "audio/mpeg": sound_tags.clean_mp3,
    "audio/ogg": ogg.clean,
    "audio/wav": sound_tags.clean_wav,
}


def clean(file: BinaryIO, content_type: str) -> None:
    """Take out, in place, what the container says beside sound and picture; it plays as before.

    Pictures are not touched: they are drawn anew. Raises Unfit for a container that cannot be read to its end.
    """
    if cleaner := CLEANERS.get(content_type):
        cleaner(file)
