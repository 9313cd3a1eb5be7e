"""Chinese full-text search without a dictionary: pairs of neighbouring characters, in their positions.

PostgreSQL's own parsers see a Chinese sentence as one word. Stored and asked for in pairs (高血压 as 高血 + 血压), any
fragment of two characters or more is found exactly, and a single character by prefix.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

RUN = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9]+")
LAST_POSITION = 16383  # PostgreSQL's limit for a position, and 255 for positions of one word
MOST_POSITIONS = 255
LONGEST_TOKEN = 60
# Pairs of the words that questions are asked with: they bring no text nearer.
WORDS_OF_ASKING = """
怎么 么办 什么 么样 如何 何办 为什 是什 吃什 哪些 多少 可以 以吗 能不 不能 能吃
要不 不要 是不 不是 怎样 请问 有没 没有 需要
"""
ASKING = frozenset(WORDS_OF_ASKING.split())


def tokens(text: str) -> Iterator[str | None]:
    """Pairs of a Chinese run, each Latin or digit run whole; None between runs, so that they are not neighbours.

    A Chinese run's last character stands alone too: so a single character is always the prefix of some token.
    """
    for run in RUN.findall(unicodedata.normalize("NFKC", text)):
        if run[0].isascii():
            yield run[:LONGEST_TOKEN].lower()
        else:
            yield from (run[i : i + 2] for i in range(len(run)))
        yield None


def vector_literal(parts: list[tuple[str, str]]) -> str:
    """The text form of a tsvector for `(text, weight)` parts; weights A to D as PostgreSQL has them."""
    positions: dict[str, list[str]] = {}
    at = 1
    for text, weight in parts:
        for token in tokens(text):
            if token is not None:
                positions.setdefault(token, []).append(f"{min(at, LAST_POSITION)}{weight}")
            at += 1
    return " ".join(f"'{token}':{','.join(places[:MOST_POSITIONS])}" for token, places in positions.items())


@dataclass(frozen=True)
class Question:
    """What to ask the database for: `wanted` exactly, `loose` as its index alone can answer; `words` are to be marked.

    `loose` has all the pairs, wherever they stand: it finds everything that `wanted` finds, and a little more.
    """

    wanted: str
    loose: str
    words: tuple[str, ...] = ()


def question(readings: Sequence[str]) -> Question | None:
    """The question for several ways to say the same; None when nothing in them can be searched for.

    Only Chinese characters, letters and digits pass, so nothing typed can become an operator.
    """
    parts = [part for part in map(phrases, readings) if part]
    if not parts:
        return None
    wanted = " | ".join(" & ".join(f"({_exact(phrase)})" for phrase in part) for part in parts)
    loose = " | ".join(" & ".join(word for phrase in part for word, _gap in _steps(phrase)) for part in parts)
    return Question(wanted, loose, tuple(dict.fromkeys("".join(phrase) for part in parts for phrase in part)))


def near(readings: Sequence[str]) -> Question | None:
    """The question for texts that share any pair with what was typed, but for the words of asking themselves."""
    runs = [run for reading in readings for phrase in phrases(reading) for run in phrase]
    pairs = {run[i : i + 2] for run in runs if not run.isascii() for i in range(len(run) - 1)} - ASKING
    pairs |= {run for run in runs if run.isascii() and len(run) > 1}
    wanted = " | ".join(f"'{pair[:LONGEST_TOKEN]}'" for pair in sorted(pairs))
    return Question(wanted, "", tuple(sorted(pairs))) if pairs else None


def normal(typed: str) -> str:
    """What was typed, for comparing: width and case folded, one space wherever something else stood."""
    return " ".join("".join(phrase) for phrase in phrases(typed))


def phrases(typed: str) -> list[list[str]]:
    """Runs of Chinese characters, and of letters and digits; those that stand without a gap together in one list."""
    found: list[list[str]] = []
    end = -1
    for match in RUN.finditer(unicodedata.normalize("NFKC", typed).casefold()):
        if match.start() == end:
            found[-1].append(match[0])
        else:
            found.append([match[0]])
        end = match.end()
    return found


def _exact(phrase: list[str]) -> str:
    """The words of one phrase at their distances."""
    steps = _steps(phrase)
    return steps[0][0] + "".join(f" <{gap}> {word}" if gap > 1 else f" <-> {word}" for word, gap in steps[1:])


def _steps(phrase: list[str]) -> list[tuple[str, int]]:
    """The words of a phrase as a tsquery has them, each with its distance from the word before.

    As `tokens` counts: a run ends with its last character alone (not asked for) and a gap. Letters at the end of what
    was typed may go on in the text (hba1 finds HbA1c), and so may a character that stands alone.
    """
    steps: list[tuple[str, int]] = []
    gap = 1
    for number, run in enumerate(phrase):
        if run[0].isascii():
            words, rest = [f"'{run[:LONGEST_TOKEN]}'" + (":*" if number == len(phrase) - 1 else "")], 2
        elif len(run) == 1:
            words, rest = [f"'{run}':*"], 2
        else:
            words, rest = [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)], 3
        steps += [(word, gap if at == 0 else 1) for at, word in enumerate(words)]
        gap = rest
    return steps


class PairVectorField(SearchVectorField):
    """A stored tsvector worked out from the row's own text fields whenever the row is saved.

    `sources` maps a field's name to its weight. Derived like this, no writer can forget it.
    """

    def __init__(self, *args: Any, sources: dict[str, str], **kwargs: Any) -> None:
        self.sources = sources
        kwargs.setdefault("editable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, list(args), {**kwargs, "sources": self.sources}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        return vector_literal([(getattr(model_instance, name), weight) for name, weight in self.sources.items()])

    def get_placeholder(self, value: object, compiler: object, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector"
