"""The answer to an HL7 v2 message (ACK), also to one that is broken: from its bytes, as far as they can be read.

Always in the original mode, as receivers commonly do: AA and AE say that the message is saved, AR that it is not.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from records.exchange.hl7v2 import charsets
from records.exchange.hl7v2.segments import Marks, Segment, marks_of
from records.exchange.times import SHANGHAI
from records.exchange.translating import Untranslatable

STANDARD = Marks("|", "^", "~", "\\", "&")
NAMES = {"utf-8": "UNICODE UTF-8", "gb18030": "GB18030-2000", "ascii": "ASCII", "latin-1": "8859/1"}
LONGEST = 250
_HEADER = re.compile(r"(?:^|[\r\n\x0b])(MSH[^\r\n]*)")
_VERSION = re.compile(r"2\.(\d)")
_FIRST_WITH_ERR_FIELDS = 5


@dataclass(frozen=True)
class Answer:
    """What is answered: the code, why (in the sender's language, and for senders without its letters), its number."""

    code: str
    text: str = ""
    english: str = ""
    error: str = ""


ACCEPTED = Answer("AA")
# Of HL7 table 0357.
ERROR_NAMES = {
    "100": "Segment sequence error",
    "200": "Unsupported message type",
    "207": "Application internal error",
}


def unreadable(explanation: str) -> Answer:
    """Saved, but nobody can read it as it is."""
    return Answer("AE", explanation, "Saved, but it cannot be read. Please correct it and send it again.", "100")


def _not_saved(text: str, english: str, error: str = "207") -> Answer:
    return Answer("AR", f"没有保存：{text}", f"Not saved: {english}", error)


UNKNOWN_SENDER = _not_saved(
    "门户没有登记这个发送方。请核对网络地址、MSH-3 和 MSH-4。",
    "unknown sender. Check the network address, MSH-3 and MSH-4.",
)
PAUSED = _not_saved("这个数据来源已暂停，请稍后重新发送。", "paused. Please send again later.")
BUSY = _not_saved("门户暂时不能保存，请稍后重新发送。", "the portal is busy. Please send again later.")
TOO_LARGE = _not_saved("消息太大。请缩小附件或拆开发送。", "the message is too large.")
NOT_HL7 = _not_saved("内容不是 HL7 v2 消息，应以 MSH 段开头。", "no HL7 v2 message (no MSH segment).", "200")


@dataclass(frozen=True)
class Envelope:
    """What can be read of a message's header, whatever the rest is like."""

    header: Segment
    codec: str
    is_hl7: bool = True

    @property
    def application(self) -> str:
        """The sending application (MSH-3)."""
        return self.header.text(3)

    @property
    def control(self) -> str:
        """The message control id (MSH-10)."""
        return self.header.text(10)

    @property
    def facility(self) -> str:
        """The sending facility (MSH-4)."""
        return self.header.text(4)


def envelope(raw: bytes, of_source: str = "") -> Envelope:
    """The header of the first message in `raw`; an empty one where there is none that can be read."""
    text, codec = _somehow(raw, of_source)
    found = _HEADER.search(text)
    try:
        if found:
            return Envelope(Segment(found[1], marks_of(found[1])), codec)
    except Untranslatable:
        pass
    return Envelope(Segment("MSH|^~\\&", STANDARD), codec, is_hl7=False)


def _somehow(raw: bytes, of_source: str) -> tuple[str, str]:
    try:
        return charsets.decode(raw, of_source)
    except Untranslatable:
        # Whatever the bytes are, the control id in them goes back byte for byte.
        return raw.decode("latin-1"), "latin-1"


def acknowledge(to: Envelope, answer: Answer, now: datetime, control: str = "") -> bytes:
    """The ACK, without MLLP's frame; `control` is its own control id, a random one unless given."""
    header, marks = to.header, to.header.marks
    text = (answer.text if _fits(answer.text, to) else answer.english)[:LONGEST]
    segments = [_msh(header, marks, to, now, control or secrets.token_hex(10))]
    segments.append(["MSA", answer.code, header.raw(10), _escaped(text, marks)])
    if answer.error and _newer(header):
        name = marks.component.join((answer.error, ERROR_NAMES[answer.error], "HL70357"))
        segments.append(["ERR", "", "", name, "E", "", "", "", _escaped(text, marks)])
    lines = "".join(marks.field.join(fields) + "\r" for fields in segments)
    return lines.encode(to.codec, "replace")


def _msh(header: Segment, marks: Marks, to: Envelope, now: datetime, control: str) -> list[str]:
    """Sender and receiver change places; trigger, processing id, version and characters are the sender's."""
    event = _escaped(header.text(9, 2), marks)
    kind = marks.component.join(filter(None, ("ACK", event)))
    delimiters = "".join((marks.component, marks.repetition, marks.escape, marks.sub))
    sent = now.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S%z")
    whom = [header.raw(5), header.raw(6), header.raw(3), header.raw(4)]
    processing, version = header.raw(11) or "P", header.raw(12) or "2.5"
    characters = header.raw(18) or NAMES[to.codec]
    return ["MSH", delimiters, *whom, sent, "", kind, control, processing, version, *[""] * 5, characters]


def _fits(text: str, to: Envelope) -> bool:
    """Whether the sender's characters have all that the text needs; a header without any says nothing of Chinese."""
    try:
        text.encode(to.codec)
    except UnicodeEncodeError:
        return False
    return to.codec != "latin-1"


def _newer(header: Segment) -> bool:
    """Whether the version has the ERR fields in which a code and a text can be said (2.5 and later)."""
    found = _VERSION.match(header.text(12))
    return found is not None and int(found[1]) >= _FIRST_WITH_ERR_FIELDS


def _escaped(text: str, marks: Marks) -> str:
    escaped = text.replace(marks.escape, f"{marks.escape}E{marks.escape}")
    for letter, mark in (("F", marks.field), ("S", marks.component), ("T", marks.sub), ("R", marks.repetition)):
        escaped = escaped.replace(mark, f"{marks.escape}{letter}{marks.escape}")
    return " ".join(escaped.split())
