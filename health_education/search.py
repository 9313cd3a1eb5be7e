"""Chinese full-text search without a dictionary: pairs of neighbouring characters, in their positions.

PostgreSQL's own parsers see a Chinese sentence as one word. Stored and asked for in pairs (高血压 as 高血 + 血压), any
fragment of two characters or more is found exactly, and a single character by prefix.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

RUN = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9]+")
LAST_POSITION = 16383  # PostgreSQL's limit for a position, and 255 for positions of one word
MOST_POSITIONS = 255
LONGEST_TOKEN = 60


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


def query_literal(typed: str) -> str:
    """The text form of a tsquery for what was typed: all runs must be there; empty when nothing can be searched.

    Only Chinese characters, letters and digits pass, so nothing typed can become an operator.
    """
    return " & ".join(f"({_run_query(run)})" for run in RUN.findall(unicodedata.normalize("NFKC", typed)))


def _run_query(run: str) -> str:
    if run[0].isascii():
        return f"'{run[:LONGEST_TOKEN].lower()}':*"
    if len(run) == 1:
        return f"'{run}':*"
    return " <-> ".join(f"'{run[i : i + 2]}'" for i in range(len(run) - 1))


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
