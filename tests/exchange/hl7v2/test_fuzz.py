"""Whatever arrives: resources that JSON can hold, or Untranslatable; the same each time, and soon."""

import random
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.exchange.hl7v2 import translate
from records.exchange.hl7v2.acknowledging import ACCEPTED, acknowledge, envelope
from records.exchange.mapping import MAPPINGS, patient
from records.exchange.messages import understand
from records.exchange.problems import CannotApply
from records.exchange.translating import Setup, Untranslatable
from records.exchange.values import Frame
from tests.exchange.hl7v2.messages import GLUCOSE, OBR, PID, oru, text
from tests.exchange.hl7v2.test_reports import CT, FINDING, OPINION
from tests.exchange.hl7v2.test_visits import EVN, pv1
from tests.factories import NOON

SHAPES = [
    oru(GLUCOSE, "NTE|1||备注", "OBX|2|SN|A^甲||>^1^:^160||||||C", "SPM|1|||SER^血清"),
    oru(FINDING, OPINION, "OBX|3|ED|PDF||a^b^PDF^Base64^JVBERi0=||||||F", obr=CT),
    oru("OBX|1|NA|I||1^2~3^4||||||F", kind="ORU^W01^ORU_W01"),
    text(EVN, PID, pv1(), "PV2|||胸痛", kind="ADT^A01"),
    text(EVN, PID, "MRG|1^^^HIS", kind="ADT^A40"),
    text(PID, "ORC|CA|P|L5001", OBR, kind="OML^O21"),
    "BHS|^~\\&\r" + oru(GLUCOSE) + oru(GLUCOSE) + "BTS|2\r",
]
PIECES = ["|", "^", "~", "\\", "&", "\r", "\n", "\r\n", '""', "\\X0D\\", "\\.br\\", "\x00", "\x0b", "𠮷", "é", "9" * 30]
PIECES += [
    "MSH|",
    "MSH|^~\\&|",
    "PID|",
    "OBX|",
    "OBR|",
    "ORC|CA",
    "MRG|",
    "SN",
    "NM",
    "1e9",
    "-",
    "<",
    "NaN",
    "20261399",
]
LIMITS = settings(
    max_examples=250, deadline=timedelta(seconds=1), derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def mangled(shape: str, seed: int, times: int) -> bytes:
    """A real shape with pieces cut out, put in, doubled and moved, in one of the characters that senders use."""
    chance = random.Random(seed)
    for _ in range(times):
        start, length = chance.randrange(len(shape) + 1), chance.randrange(1, 12)
        piece = chance.choice([chance.choice(PIECES), shape[start : start + length] * 2, ""])
        shape = shape[:start] + piece + shape[start + chance.choice([0, length]) :]
    raw = bytearray(shape.encode(chance.choice(["utf-8", "gb18030"])))
    for _ in range(chance.choice([0, 0, 0, 1, 3])):
        raw[chance.randrange(len(raw) or 1) : chance.randrange(len(raw) or 1)] = bytes([chance.randrange(256)])
    return bytes(raw)


def read(raw: bytes) -> list:
    try:
        return list(translate(raw, Setup()))
    except Untranslatable as problem:
        assert problem.explanation
        return []


def check(raw: bytes) -> None:
    """Nothing escapes, here or in what comes after; the same bytes say the same."""
    entries = read(raw)
    assert entries == read(raw)
    assert [entry.number for entry in entries] == list(range(len(entries)))
    for entry in entries:
        message = understand(entry, NOON)
        assert entry.resource is None or len(message.identifier) <= 71
        if message.kind == "Patient" or message.kind in MAPPINGS:
            try:
                (patient if message.kind == "Patient" else MAPPINGS[message.kind])(entry.resource, Frame(NOON))
            except CannotApply:
                continue
    acknowledge(envelope(raw), ACCEPTED, NOON)


@LIMITS
@given(st.sampled_from(SHAPES), st.integers(0, 2**32), st.integers(1, 12))
def test_a_mangled_message_is_read_or_refused(shape: str, seed: int, times: int) -> None:
    check(mangled(shape, seed, times))


@LIMITS
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    check(raw)
    check(b"MSH|^~\\&|" + raw)


@LIMITS
@given(st.lists(st.sampled_from([*PIECES, *"MSHPIDOBXR125."]), max_size=80).map("".join))
def test_any_row_of_delimiters_is_read_or_refused(tail: str) -> None:
    check((oru(GLUCOSE) + tail).encode())


def test_a_long_message_of_delimiters_alone_is_refused_soon() -> None:
    for mark in ("|", "^", "~", "\\", "&", "\r", "\\X", "\\.br\\", "OBX|\r", "1-", "a\n"):
        read((oru(GLUCOSE)[:-1] + mark * 200_000).encode())
