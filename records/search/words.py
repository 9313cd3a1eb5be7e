"""What was typed, understood: words that must all be there, and a year or month if one was named."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from records.search.sayings import said

LONGEST, MOST_WORDS = 40, 4
GAPS = re.compile(r"[\s,，、;；。:：|]+")
MOMENT = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:\s*年(?:\s*(1[0-2]|0?[1-9])\s*月份?)?|[-/.](1[0-2]|0?[1-9]))?(?![\d.])")
YEARS_AGO = {"今年": 0, "去年": 1, "前年": 2}
# Before and after what is looked for; nobody's record holds them.
ASKING = re.compile(r"^(?:我的|查看|查找|查一下|查|找|看看|看)(?=..)|(?<=.)(?:的?结果|的?报告单?|怎么样)$|^的|的$")
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Word:
    """One word and how the database is to look for it.

    `likes` stand anywhere in a text; `spellings` are a whole name; `codes` are LOINC; `pattern` finds Latin letters
    that begin a word, in any case; `shown` is what to mark.
    """

    typed: str
    likes: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    pattern: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """From when, before when, and how people call it."""

    since: datetime
    before: datetime
    called: str


@dataclass(frozen=True)
class Question:
    """What is looked for; empty when nothing in what was typed can be searched for."""

    typed: str
    words: tuple[Word, ...] = ()
    span: Span | None = field(default=None)

    def __bool__(self) -> bool:
        return bool(self.words or self.span)

    @property
    def marks(self) -> tuple[str, ...]:
        """What is to be marked where it stands in a text, the longest first."""
        every = {shown for word in self.words for shown in word.shown if len(shown) > 1 or not shown.isascii()}
        return tuple(sorted(every, key=len, reverse=True))


def understood(typed: str, now: datetime) -> Question:
    """The question in what was typed. A year or month in it narrows the time; every other word must be there."""
    text = unicodedata.normalize("NFKC", typed).replace("\x00", "").strip()[:LONGEST]
    rest, span = _without_time(text, now)
    return Question(text, tuple(map(_word, _parts(rest))), span)


def _parts(text: str) -> list[str]:
    bare = (_bare(part) for part in GAPS.split(text))
    return list(dict.fromkeys(part for part in bare if any(sign.isalnum() for sign in part)))[:MOST_WORDS]


def _bare(part: str) -> str:
    """A word without what questions begin and end with."""
    while (shorter := ASKING.sub("", part)) != part:
        part = shorter
    return part


def _shortest(texts: Iterable[str]) -> list[str]:
    """Those of some texts that hold no other of them: whatever holds 空腹血糖 holds 血糖, and is found by it."""
    every = list(dict.fromkeys(texts))
    return [one for one in every if not any(other in one for other in every if other != one)]


def _word(typed: str) -> Word:
    alike = said(typed)
    chinese = [one for one in alike.words if HAN.search(one)]
    latin = [one for one in alike.words if one.isascii()]
    return Word(
        typed=typed,
        likes=tuple(f"%{_escaped(case)}%" for case in _shortest(case for one in chinese for case in _cases(one))),
        spellings=tuple(dict.fromkeys(case for one in alike.spellings for case in _cases(one))),
        codes=alike.codes,
        pattern="|".join(map(_pattern, latin)),
        shown=tuple(dict.fromkeys([*alike.words, *alike.spellings])),
    )


def _cases(text: str) -> Iterator[str]:
    yield from dict.fromkeys([text, text.upper(), text.lower()])


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _pattern(letters: str) -> str:
    """Letters that begin a word; short ones are the whole of it (K is not in CK, nor in Ketone)."""
    end = r"(?![a-z0-9])" if len(letters) < 3 else ""
    return rf"(?<![a-z0-9]){re.escape(letters)}{end}"


def _without_time(text: str, now: datetime) -> tuple[str, Span | None]:
    for called, ago in YEARS_AGO.items():
        if called in text:
            return text.replace(called, " "), _span(timezone.localtime(now).year - ago, 0)
    match = MOMENT.search(text)
    if match is None:
        return text, None
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return rest, _span(int(match[1]), int(match[2] or match[3] or 0))


def _span(year: int, month: int) -> Span:
    """A whole year, or one month of it, by the county's clock."""
    zone = timezone.get_current_timezone()
    since = datetime(year, month or 1, 1, tzinfo=zone)
    following = (year + 1, 1) if month in {0, 12} else (year, month + 1)
    called = _("%(year)d年%(month)d月") % {"year": year, "month": month} if month else _("%(year)d年") % {"year": year}
    return Span(since, datetime(*following, 1, tzinfo=zone), called)
