"""HL7 v2 taken apart: messages of a document, their segments, fields, repetitions, components and escapes.

A splitter of our own rather than python-hl7's parser. Measured on a result message of 20 OBX, that takes 2.0 ms to
build containers for every sub-component, of which we read one in ten; fields are split here when they are asked for.
And it knows segments ended by CR alone, takes any two letters for delimiters, and drops a line break inside a text;
what facilities send needs the opposite of each. The package's own client is what the listener is tested with.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from records.exchange.translating import Untranslatable

# Each is far beyond what is sent; without them a few megabytes of delimiters would become gigabytes of empty strings.
MOST_LINES = 1_000_000
MOST_MESSAGES = 10_000
MOST_SEGMENTS = 20_000
MOST_FIELDS = 2_000
MOST_REPETITIONS = 10_000
MOST_COMPONENTS = 100
NULL = '""'

_ENDS = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
# An empty segment is often sent as its bare name; any other three letters alone on a line are text.
_BARE = frozenset({"NTE", "ORC", "OBR", "OBX", "PID", "PD1", "PV1", "PV2", "SPM", "EVN", "ZZZ"})
_NEXT = re.compile(rb"MSH([^A-Za-z0-9\s])[^\r\n]*(?:EVN|PID|PV1|ORC|OBR|OBX|MRG)\1")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_WRAPPERS = ("FHS", "BHS", "FTS", "BTS")
NO_MESSAGE = "内容不是 HL7 v2 消息：应以 MSH（批量时以 FHS 或 BHS）开头。"
NO_ENDS = (
    "各段之间没有回车符，整条消息连成了一行，不能读取。请机构在每一段（MSH、PID、OBR、OBX 等）末尾加上回车（CR，0D）。"
)
TOO_MANY = f"一个文件最多 {MOST_MESSAGES} 条消息，一条消息最多 {MOST_SEGMENTS} 段。请拆开发送。"
TOO_LONG = "有一个段或字段的分隔符多得不合理，没有读取。请机构检查发送程序。"
BAD_MARKS = "MSH-1 和 MSH-2 应是五个互不相同的分隔符，一般写作 |^~\\&。"


class Marks(NamedTuple):
    """The delimiters of one message, and the codec its hexadecimal escapes are written in."""

    field: str
    component: str
    repetition: str
    escape: str
    sub: str
    codec: str = "utf-8"


def marks_of(line: str, codec: str = "utf-8") -> Marks:
    """The delimiters that an MSH line gives; raises Untranslatable where they cannot be told apart."""
    field = line[3:4]
    given = line[4:].split(field, 1)[0] if field else ""
    # The fifth is the truncation mark of version 2.7; senders without sub-components leave the last one or two out.
    used = field + given[:4] + "^~\\&"[len(given) :]
    if not given or len(given) > 5 or len(used) != 5 or len(set(used)) != 5:
        raise Untranslatable(BAD_MARKS)
    if any(mark.isalnum() or mark.isspace() or mark == '"' or not mark.isprintable() for mark in used):
        raise Untranslatable(BAD_MARKS)
    return Marks(used[0], used[1], used[2], used[3], used[4], codec)


class Part:
    """One repetition of a field."""

    __slots__ = ("_components", "marks", "raw")

    def __init__(self, raw: str, marks: Marks) -> None:
        self.raw, self.marks = raw, marks
        self._components = raw.split(marks.component, MOST_COMPONENTS)

    def text(self, component: int = 1, sub: int = 1) -> str:
        """A sub-component, counted from 1, without escapes; nothing where there is none."""
        if component > len(self._components):
            return ""
        given = self._components[component - 1]
        if self.marks.sub in given:
            pieces = given.split(self.marks.sub, MOST_COMPONENTS)
            given = pieces[sub - 1] if sub <= len(pieces) else ""
        elif sub > 1:
            return ""
        return _tidy(given, self.marks)

    def subs(self, component: int) -> list[str]:
        """The sub-components of a component."""
        if component > len(self._components):
            return []
        return [
            _tidy(piece, self.marks) for piece in self._components[component - 1].split(self.marks.sub, MOST_COMPONENTS)
        ]

    def texts(self) -> list[str]:
        """The first sub-component of every component."""
        return [self.text(number) for number in range(1, len(self._components) + 1)]

    def whole(self) -> str:
        """The repetition as it stands, for types without components, whose senders forget to escape."""
        return _tidy(self.raw, self.marks)


class Segment:
    """One segment; fields are counted as in the standard (of MSH, field 1 is the separator itself)."""

    __slots__ = ("_fields", "_firsts", "marks", "name")

    def __init__(self, line: str, marks: Marks) -> None:
        self.name, self.marks = line[:3], marks
        self._firsts: dict[int, Part] = {}
        self._fields = line.split(marks.field, MOST_FIELDS)
        if len(self._fields) > MOST_FIELDS:
            raise Untranslatable(TOO_LONG)
        if self.name == "MSH":
            self._fields.insert(1, marks.field)

    def raw(self, field: int) -> str:
        """A field as it was sent; one that is deleted ("") counts as empty."""
        given = self._fields[field] if field < len(self._fields) else ""
        return "" if given == NULL else given

    def text(self, field: int, component: int = 1, sub: int = 1) -> str:
        """A sub-component of a field's first repetition."""
        if field >= len(self._fields) or not self._fields[field]:
            return ""
        return self.first(field).text(component, sub)

    def first(self, field: int) -> Part:
        """A field's first repetition."""
        found = self._firsts.get(field)
        if found is None:
            found = self._firsts[field] = Part(self.raw(field).split(self.marks.repetition, 1)[0], self.marks)
        return found

    def parts(self, field: int) -> list[Part]:
        """The repetitions of a field that say anything."""
        given = self.raw(field)
        if not given:
            return []
        repetitions = given.split(self.marks.repetition, MOST_REPETITIONS)
        if len(repetitions) > MOST_REPETITIONS:
            raise Untranslatable(TOO_LONG)
        return [Part(raw, self.marks) for raw in repetitions if raw and raw != NULL]

    def whole(self, field: int) -> str:
        """A field of a type without components, as printed: what looks like a delimiter in it is none."""
        return _tidy(self.raw(field), self.marks)


@dataclass
class Message:
    """One message: its header and all its segments, the header first."""

    header: Segment
    segments: list[Segment]

    @property
    def kind(self) -> str:
        """The message code, e.g. ORU."""
        return self.header.text(9, 1).upper()

    @property
    def event(self) -> str:
        """The trigger event, e.g. R01."""
        return self.header.text(9, 2).upper()

    def first(self, name: str) -> Segment | None:
        """The first segment called `name`."""
        return next((segment for segment in self.segments if segment.name == name), None)


@dataclass(frozen=True)
class Document:
    """The messages of a document, each as its lines, and how many the wrapper of a batch says there are."""

    messages: list[list[str]]
    promised: int | None


def check_ends(raw: bytes) -> None:
    """Raise Untranslatable where all segments are one line: else their first fields would be taken for the header's."""
    found = raw.strip(b"\x0b\x1c\r\n")
    if b"\r" not in found and b"\n" not in found and _NEXT.match(found.removeprefix(b"\xef\xbb\xbf")):
        raise Untranslatable(NO_ENDS)


def taken_apart(text: str) -> Document:
    """The messages in a text, wrappers removed; raises Untranslatable where there is none, or too much."""
    messages: list[list[str]] = []
    promised: int | None = None
    for line in _lines(text):
        if line[:3] == "MSH":
            messages.append([line])
        elif line[:3] in _WRAPPERS and not line[3:4].isalnum():
            promised = (promised or 0) + count if (count := _count(line)) is not None else promised
        elif not messages:
            raise Untranslatable(NO_MESSAGE)
        else:
            messages[-1].append(line)
        if len(messages) > MOST_MESSAGES:
            raise Untranslatable(TOO_MANY)
    if not messages:
        raise Untranslatable(NO_MESSAGE)
    return Document(messages, promised)


def _lines(text: str) -> Iterator[str]:
    if text.count("\r") + text.count("\n") > MOST_LINES:
        raise Untranslatable(TOO_MANY)
    for line in _ENDS.split(text.strip("\x0b\x1c\r\n\ufeff\x1a")):
        kept = _CONTROLS.sub("", line) if _CONTROLS.search(line) else line
        if kept.strip():
            yield kept


def _count(line: str) -> int | None:
    """The number of messages in a batch, by its trailer."""
    if not line.startswith("BTS"):
        return None
    given = line[4:].split(line[3:4])[0] if len(line) > 4 else ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def message(lines: list[str], codec: str) -> Message:
    """The message in some lines; a line that begins no segment goes on with the text of the one before."""
    marks = marks_of(lines[0], codec)
    joined: list[list[str]] = []
    for line in lines:
        if _begins(line, marks.field):
            joined.append([line])
        else:
            joined[-1].append(line)
    if len(joined) > MOST_SEGMENTS:
        raise Untranslatable(TOO_MANY)
    segments = [Segment("\n".join(pieces), marks) for pieces in joined]
    return Message(segments[0], segments)


def _begins(line: str, field: str) -> bool:
    if line[3:4] == field:
        return _NAME.match(line) is not None
    return line.strip() in _BARE


def _tidy(raw: str, marks: Marks) -> str:
    if marks.escape in raw:
        raw = _escapes(marks.escape).sub(lambda found: _meant(found, marks), raw)
    raw = raw.strip()
    return "" if raw == NULL else raw


@lru_cache(maxsize=32)
def _escapes(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(rf"{mark}([FSTREHNPfstrehnp]|[Xx][0-9A-Fa-f]*|\.[a-z]{{2}}[^{mark}\n]{{0,8}}){mark}")


def _meant(found: re.Match[str], marks: Marks) -> str:
    """What an escape stands for (HL7 v2.5, 2.7); an unknown one is left as text, and never comes here."""
    said = found[1]
    plain = {
        "F": marks.field,
        "S": marks.component,
        "T": marks.sub,
        "R": marks.repetition,
        "E": marks.escape,
        "P": "#",
        "H": "",
        "N": "",
    }.get(said.upper())
    if plain is not None:
        return plain
    if said[0] in "Xx":
        return _hexadecimal(said[1:], marks.codec, found[0])
    return "\n" if said[1:3] in ("br", "sp", "ce") else ""


def _hexadecimal(digits: str, codec: str, otherwise: str) -> str:
    try:
        text = bytes.fromhex(digits).decode(codec)
    except ValueError:
        return otherwise
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)
