"""JSON nested without end is refused while it is read, wherever its strings and brackets are cut."""

import io
import json
import time
from typing import Any

import ijson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.exchange.depth import DEEPEST, Shallow, TooDeep
from records.exchange.filing import BreaksOff, entries

VALUES = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\,:a汉', max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}"\\', max_size=6), inner, max_size=4),
    max_leaves=30,
)


def depth_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


def read(raw: bytes, size: int) -> bytes:
    stream = Shallow(io.BytesIO(raw))
    return b"".join(iter(lambda: stream.read(size), b""))


@given(value=VALUES, size=st.integers(1, 9), ascii_only=st.booleans())
def test_depth_is_seen_exactly_however_the_stream_is_cut(value: Any, size: int, ascii_only: bool) -> None:
    room = DEEPEST - depth_of(value)
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    within = b"[" * room + raw + b"]" * room
    assert read(within, size) == within
    with pytest.raises(TooDeep):
        read(b"[" * (room + 1) + raw + b"]" * (room + 1) if depth_of(value) else b"[" * (DEEPEST + 1), size)


@pytest.mark.parametrize("depth", [DEEPEST, 1_000, 1_000_000])
def test_a_bundle_nested_without_end_breaks_off_at_once(depth: int) -> None:
    raw = b'{"entry":[{"resource":' + b'{"a":[' * depth + b"]}" * depth + b"}]}"
    begun = time.process_time()
    with pytest.raises(BreaksOff):
        list(entries(io.BufferedReader(io.BytesIO(raw)), "bundle"))
    assert time.process_time() - begun < 1


def test_looking_costs_little_beside_reading() -> None:
    one = {"resource": {"resourceType": "Observation", "id": "o1", "code": {"text": "空腹血糖"}, "note": ["x" * 300]}}
    raw = json.dumps({"entry": [one] * 20_000}).encode()
    times = []
    for stream in (io.BytesIO(raw), Shallow(io.BytesIO(raw))):
        begun = time.process_time()
        assert sum(1 for _entry in ijson.items(stream, "entry.item")) == 20_000
        times.append(time.process_time() - begun)
    assert times[1] < 2 * times[0] + 0.2
