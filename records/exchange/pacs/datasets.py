"""One answer of QIDO-RS taken apart: a list of studies, each with its attributes by tag (DICOM PS3.18, F.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from records.exchange import reading
from records.exchange.pacs import characters
from records.exchange.reading import NotJson
from records.exchange.translating import Untranslatable

MOST_BYTES = 64 * 1024 * 1024
MOST_STUDIES = 20_000
MOST_VALUES = 200
LONGEST = 1000
CHARACTER_SET = "00080005"
BROKEN = "影像系统返回的内容不是完整的 DICOM JSON（应为检查的列表）。请影像系统的工程师检查 QIDO-RS 接口。"


@dataclass(frozen=True)
class Dataset:
    """The attributes of one study, or of one item of a sequence; whatever is malformed is as good as absent."""

    members: dict[str, Any]
    chinese: bool = False

    def texts(self, tag: str) -> list[str]:
        """The values of an attribute as trimmed texts; numbers as they were written."""
        found = [self._text(value) for value in self._values(tag)]
        return [text for text in found if text]

    def text(self, tag: str) -> str:
        """The first value, or nothing."""
        return next(iter(self.texts(tag)), "")

    def number(self, tag: str) -> int | None:
        """The first value as a count; None where it is none (some servers write counts as texts)."""
        text = self.text(tag)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None

    def items(self, tag: str) -> "Iterator[Dataset]":
        """The items of a sequence."""
        return (Dataset(value, self.chinese) for value in self._values(tag) if isinstance(value, dict))

    def names(self, tag: str) -> list[str]:
        """A person's name: its groups in the order in which they are preferred, ideographic first (PS3.5, 6.2.1)."""
        value = next(iter(self._values(tag)), None)
        given = (
            [self._text(value.get(group)) for group in ("Ideographic", "Alphabetic")] if isinstance(value, dict) else []
        )
        if isinstance(value, str):
            given = [self._text(value)]
        # Some servers leave the groups together, as they stand in the file.
        parted = [group.strip() for text in given for group in reversed(text.split("=")[:2])]
        return [group for group in parted if group.strip("^ ")]

    def _values(self, tag: str) -> list[Any]:
        attribute = self.members.get(tag)
        values = attribute.get("Value") if isinstance(attribute, dict) else None
        return values[:MOST_VALUES] if isinstance(values, list) else []

    def _text(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            return ""
        if isinstance(value, int):
            return str(value) if abs(value) < 10**18 else ""
        text = characters.repaired(value) if self.chinese else value
        return text.strip(" \t\r\n\x00")[:LONGEST]


def studies(raw: bytes, of_source: str) -> list[Dataset]:
    """The studies of an answer; raises Untranslatable for anything but a JSON list of objects."""
    if len(raw) > MOST_BYTES:
        raise Untranslatable("影像系统一次返回的内容过大，没有读取。请减小每页条数。")
    try:
        found = reading.parse(characters.decode(raw, of_source).encode())
    except (NotJson, UnicodeEncodeError):
        raise Untranslatable(BROKEN) from None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Untranslatable(BROKEN)
    if len(found) > MOST_STUDIES:
        raise Untranslatable("影像系统一次返回的检查过多，没有读取。请影像系统的工程师检查接口的 limit 参数。")
    return [_study(item, of_source) for item in found]


def _study(members: dict[str, Any], of_source: str) -> Dataset:
    terms = Dataset(members).texts(CHARACTER_SET)
    return Dataset(members, characters.is_chinese(terms, of_source))
