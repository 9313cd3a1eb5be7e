"""Taking bytes out of an uploaded file, piece by piece, so that a long one never stands in memory."""

from typing import BinaryIO

PIECE = 64 * 1024


def blank(file: BinaryIO, start: int, end: int) -> None:
    """Fill a part of a file with zeros; everything else stays where it is."""
    file.seek(start)
    for left in range(end - start, 0, -PIECE):
        file.write(bytes(min(left, PIECE)))


def keep_only(file: BinaryIO, start: int, end: int) -> None:
    """Shorten a file to the bytes from `start` to `end`."""
    for at in range(start, end, PIECE):
        file.seek(at)
        piece = file.read(min(PIECE, end - at))
        file.seek(at - start)
        file.write(piece)
    file.truncate(end - start)
