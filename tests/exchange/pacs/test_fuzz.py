"""Whatever a PACS answers: resources that the ledger can take, or Untranslatable; the same each time."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.exchange.mapping import MAPPINGS, patient
from records.exchange.messages import understand
from records.exchange.pacs.translating import translate
from records.exchange.problems import CannotApply
from records.exchange.translating import Setup, Untranslatable
from records.exchange.values import Frame
from tests.exchange.pacs.answers import answer, study
from tests.factories import NOON

LIMITS = settings(
    max_examples=200, deadline=timedelta(seconds=1), derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
TAGS = list(study())
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["GB18030", "^^", "=="])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["vr", "Value", "Alphabetic", "Ideographic", *TAGS]), inner, max_size=3),
    ),
    max_leaves=8,
)
ATTRIBUTES = st.one_of(VALUES, st.fixed_dictionaries({"vr": st.just("LO"), "Value": st.lists(VALUES, max_size=3)}))


def understood(raw: bytes, setup: Setup) -> list[str]:
    """What the ledger and the mappings make of it; anything but their own refusals fails the test."""
    try:
        entries = list(translate(raw, setup))
    except Untranslatable as problem:
        return [problem.explanation]
    for entry in entries:
        message = understand(entry, NOON)
        if message.resource is None:
            continue
        try:
            (patient if message.kind == "Patient" else MAPPINGS[message.kind])(message.resource, Frame(NOON))
        except CannotApply:
            continue
    return [repr(entry) for entry in entries]


@LIMITS
@given(st.dictionaries(st.sampled_from(TAGS), ATTRIBUTES, max_size=5), st.sampled_from(["", "GBK", "?"]))
def test_malformed_studies_are_read_or_refused(changes: dict[str, Any], charset: str) -> None:
    raw = json.dumps([{**study(), **changes}]).encode()
    assert understood(raw, Setup(charset=charset)) == understood(raw, Setup(charset=charset))


@LIMITS
@given(st.integers(0, 2000), st.integers(0, 60), st.binary(max_size=12))
def test_damaged_bytes_are_read_or_refused(start: int, length: int, piece: bytes) -> None:
    raw = answer(study(), study("1.2.3"))
    understood(raw[:start] + piece + raw[start + length :], Setup())


@LIMITS
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    understood(raw, Setup())
