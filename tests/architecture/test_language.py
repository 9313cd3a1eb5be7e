"""Chinese first, English second: every source string has its English, with the same blanks to fill."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

BASE = Path(__file__).resolve().parents[2]
ROOMS = ["portal", "appointments", "records", "health_education", "residents", "facilities", "foundation"]
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "ngettext_lazy": (1, 2), "gettext_noop": None}
CALL = re.compile(r"\bn?gettext\(u?(?P<string>'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")")
BLANK = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


@cache
def catalogue() -> Catalog:
    with (BASE / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale="en")


def messages() -> list[Message]:
    return [message for message in catalogue() if message.id]


def first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def in_code() -> Iterator[str]:
    """Strings that Python hands to gettext."""
    for path in (path for room in ROOMS for path in (BASE / room).rglob("*.py") if "migrations" not in path.parts):
        text = BytesIO(path.read_bytes())
        for _, function, found, _ in extract_python(text, KEYWORDS, (), {"encoding": "utf-8"}):
            words = found if isinstance(found, tuple) else (found,)
            yield from words[1:2] if function in {"pgettext", "npgettext"} else words[:1]


def in_templates() -> Iterator[str]:
    """Strings of `translate` and `blocktranslate`, as Django's own extraction sees them."""
    for path in (BASE / "templates").rglob("*.html"):
        for call in CALL.finditer(templatize(path.read_text())):
            yield str(ast.literal_eval(call["string"]))


def test_no_string_is_left_without_english() -> None:
    assert [first(message) for message in messages() if message.fuzzy or not all(strings(message))] == []


def test_every_string_in_use_is_in_the_catalogue() -> None:
    known = {first(message) for message in messages()}
    assert sorted({text for text in [*in_code(), *in_templates()] if text and text not in known}) == []


def test_the_same_blanks_are_filled() -> None:
    assert [first(message) for message in messages() if not same_blanks(message)] == []


def same_blanks(message: Message) -> bool:
    """The plural fills every blank of the source, and no form one that the source lacks."""
    wanted = set(BLANK.findall(first(message)))
    found = [set(BLANK.findall(string)) for string in strings(message)]
    return found[-1] == wanted and all(blanks <= wanted for blanks in found)
