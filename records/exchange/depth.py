"""How deep JSON may be nested, and of how many values it may be: what is built of it costs the square of its depth,
and some readers have no other bound than the machine's memory. Seen before anything is built."""

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import BinaryIO

# FHIR needs some thirty levels, an answered questionnaire of many pages included.
DEEPEST = 200
# Twenty megabytes of FHIR are half a million values; twenty of "[],[],[]" would be seven millions, and 500 MB in memory
# when they are built.
MOST_VALUES = 2_000_000
_TO_THE_END_OF_A_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_WHOLE_TOKENS = re.compile(rb'(?:"(?:[^"\\]++|\\.)*+"|[^"]++)*+', re.DOTALL)
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_ALL_ELSE = bytes(one for one in range(256) if one not in _STEPS)


class TooDeep(ValueError):
    """JSON nested deeper than anything that a facility means."""


class TooMany(ValueError):
    """JSON of more values than anything that a facility means."""


def check_count(raw: bytes) -> None:
    """Raise TooMany for what would become far larger than it is."""
    if sum(raw.count(sign) for sign in (b",", b"[", b"{")) > MOST_VALUES:
        raise TooMany


class Shallow:
    """A stream of JSON that can be read; raises TooDeep before it hands over what is nested too deep."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._depth = stream, 0
        self._in_string, self._half_escape = False, b""

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        piece = self._stream.read(size)
        self._look(piece)
        return piece

    def _look(self, piece: bytes) -> None:
        data, start = self._half_escape + piece, 0
        if self._in_string:
            start = self._end_of_string(data, 0)
        if self._in_string:
            return
        end = _whole(data, start)
        self._count(_STRINGS.sub(b"", data[start:end]).translate(None, _ALL_ELSE))
        if end < len(data):
            self._end_of_string(data, end + 1)

    def _end_of_string(self, data: bytes, start: int) -> int:
        """Behind the string that goes on at `start`; notes where it has no end yet."""
        found = _TO_THE_END_OF_A_STRING.match(data, start)
        end = found.end() if found else start
        self._in_string = data[end : end + 1] != b'"'
        self._half_escape = data[end:] if self._in_string else b""
        return end + 1

    def _count(self, brackets: Iterable[int]) -> None:
        depths = list(accumulate(map(_STEPS.__getitem__, brackets), initial=self._depth))
        self._depth = depths[-1]
        if max(depths) > DEEPEST:
            raise TooDeep


def _whole(data: bytes, start: int) -> int:
    found = _WHOLE_TOKENS.match(data, start)
    return found.end() if found else start
