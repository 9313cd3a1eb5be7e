"""What a search shows of a text: its title and the sentence that was hit, in pieces that a template marks itself."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from health_education.models import Revision

SENTENCE = re.compile(r"[^。！？；!?;\n]+[。！？；!?;]?")
# What Markdown adds to words: marks at the start of a line, bars and rules of tables, stars, addresses of links.
MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*+>]|\d+\.)[ \t]+|^[|\s:-]+$|\*{1,3}|`|\]\([^)]*\)|[\[|]", re.MULTILINE)
BEFORE, LONGEST = 12, 60


@dataclass(frozen=True)
class Piece:
    """Some words, and whether they are what was looked for."""

    text: str
    hit: bool = False


@dataclass(frozen=True)
class Hit:
    """A text that was found: its title, and below it the summary or the sentence that holds the words."""

    revision: Revision
    title: Sequence[Piece]
    note: Sequence[Piece]


def hit(revision: Revision, words: Sequence[str]) -> Hit:
    """How a text that was found is shown; words that the title or the summary holds are not looked for further."""
    title, summary = pieces(revision.title, words), pieces(revision.summary, words)
    if not words or any(piece.hit for piece in (*title, *summary)):
        return Hit(revision, title, summary)
    sentence = sentence_with(plain(revision.body), words)
    return Hit(revision, title, pieces(sentence, words) if sentence else summary)


def pieces(text: str, words: Sequence[str]) -> list[Piece]:
    """`text` cut where the words stand, in any case and width; joined, the pieces are the text again."""
    if not words or not text:
        return [Piece(text)] if text else []
    found = _pattern(words).split(unicodedata.normalize("NFC", text))
    return [Piece(part, hit=number % 2 == 1) for number, part in enumerate(found) if part]


def sentence_with(text: str, words: Sequence[str]) -> str:
    """The first sentence that holds any of the words, cut around it where it is long; empty without one."""
    pattern = _pattern(words) if words else None
    for sentence in SENTENCE.findall(text) if pattern else []:
        if pattern and (match := pattern.search(sentence)):
            return _cut(sentence.strip(), max(0, match.start() - (len(sentence) - len(sentence.lstrip()))))
    return ""


def plain(markdown: str) -> str:
    """The words of a Markdown text, without its marks."""
    return MARKS.sub("", markdown)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("(" + "|".join(re.escape(word) for word in longest_first) + ")", re.IGNORECASE)


def _cut(sentence: str, at: int) -> str:
    start = max(0, at - BEFORE) if len(sentence) > LONGEST else 0
    shown = sentence[start : start + LONGEST]
    return ("…" if start else "") + shown + ("…" if start + LONGEST < len(sentence) else "")
