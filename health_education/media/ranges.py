"""Which bytes of a file a browser asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.base import File

CHUNK = 64 * 1024
ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True)
class Part:
    """Bytes from `start` up to and with `last`."""

    start: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.start + 1


class Unsatisfiable(Exception):
    """The file has no such bytes."""


def wanted(header: str, size: int) -> Part | None:
    """The part that a Range header asks for; None for the whole file, as for several ranges and for nonsense.

    Raises Unsatisfiable where the file ends before the range begins.
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:  # the last so many bytes
        if not int(last) or not size:
            raise Unsatisfiable
        return Part(max(size - int(last), 0), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return Part(int(first), min(int(last), size - 1) if last else size - 1)


def pieces(file: File[bytes], part: Part) -> Iterator[bytes]:
    """A part of a file, piece by piece; the file is closed afterwards, also when the reader went away."""
    with file:
        file.seek(part.start)
        left = part.length
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
