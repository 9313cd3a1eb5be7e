"""Several small questions in one statement: each costs the database little, and its own journey there and back much.

What a page shows beside a record (advice in force, a dispute, a card that explains) are rows of many tables, each found
by an index, most often none at all. Row-level security holds for each of them as it does where they are asked alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Field, QuerySet
from django.db.models.query import ModelIterable

from foundation.prepared import objects_of
from foundation.rowsecurity import database

# How a value of a column is read out of JSON, by what the column is; what is not here is the same there.
_READ: dict[str, Callable[[Any], Any]] = {
    "UUIDField": UUID,
    "ForeignKey": UUID,
    "DateTimeField": datetime.fromisoformat,
    "DateField": date.fromisoformat,
    "DecimalField": lambda value: Decimal(str(value)),
}
_NAMED = re.compile(r"%\((\w+)\)s")
_UNREADABLE = frozenset({"BinaryField", "EncryptedTextField", "GenericIPAddressField"})


@dataclass(frozen=True)
class Value:
    """A question in SQL with one value for an answer, as JSON writes it."""

    sql: str
    values: Sequence[Any] = ()

    @classmethod
    def named(cls, sql: str, values: Mapping[str, Any]) -> "Value":
        """A question whose values have names, as in `%(today)s`."""
        return cls(_NAMED.sub("%s", sql), [values[name] for name in _NAMED.findall(sql)])


@dataclass(frozen=True)
class _Asked:
    """A query set as one value in JSON, and how its rows are made of it again."""

    sql: str
    values: Sequence[Any]
    made: Callable[[Any], Any]


def together(*questions: "QuerySet[Any, Any] | Value | None") -> list[Any]:
    """The answers in the order of the questions, in one statement: for a query set the list of its rows (models of one
    table, or tuples of `values_list`), for a `Value` the value, and nothing for a question that is None.
    """
    asked = [_asked(one) for one in questions]
    put = [one for one in asked if one.sql]
    answers = iter(())
    if put:
        text = "SELECT " + ", ".join(f"({one.sql})" for one in put)
        with connections[database()].cursor() as cursor:
            cursor.execute(text, [value for one in put for value in one.values])
            answers = iter(cursor.fetchone())
    return [one.made(next(answers) if one.sql else None) for one in asked]


def _asked(question: "QuerySet[Any, Any] | Value | None") -> _Asked:
    if question is None:
        return _Asked("", (), lambda value: [])
    if isinstance(question, Value):
        return _Asked(question.sql, question.values, lambda value: value)
    compiler = question.query.get_compiler(database())
    try:
        sql, values = compiler.as_sql()
    except EmptyResultSet:
        return _Asked("", (), lambda value: [])
    columns = [f"c{number}" for number in range(compiler.col_count)]
    rows = f"SELECT json_agg(json_build_array({', '.join(columns)})) FROM ({sql}) AS asked ({', '.join(columns)})"
    readers = [_reader(item.output_field) for item, _, _ in compiler.select]
    of_models = issubclass(question._iterable_class, ModelIterable)

    def made(found: list[list[Any]] | None) -> list[Any]:
        read = [tuple(_read(one, value) for one, value in zip(readers, row, strict=True)) for row in found or ()]
        return objects_of(compiler, compiler.using, read) if of_models else read

    return _Asked(rows, values, made)


def _reader(item: "Field[Any, Any]") -> Callable[[Any], Any] | None:
    kind = item.get_internal_type()
    if type(item).__name__ in _UNREADABLE or kind in _UNREADABLE:
        raise TypeError(f"{item} cannot be read out of JSON")
    return _READ.get(kind)


def _read(reader: Callable[[Any], Any] | None, value: Any) -> Any:
    return reader(value) if reader and value is not None else value
