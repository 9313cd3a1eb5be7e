"""Queries that are put together once in the life of a process, and not at every page.

Django builds the text of a query anew each time it is asked: on the hot pages that took as long as the database took to
answer. A `Question` is a query set as everywhere else, written with the verbs of its room, for values that come later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connections, router
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators

# What stands for a value of each kind while the text is made; none of them is a value that anybody asks for.
_STANDS_FOR: dict[type, Callable[[int], Any]] = {
    UUID: lambda place: UUID(int=0xF00D_0000_0000_4000_8000_0000_0000_0000 + place),
    datetime: lambda place: datetime(1, 1, 2, 3, 4, 5, place + 1, tzinfo=UTC),
    date: lambda place: date(1, 2, place + 1),
    str: lambda place: f"\N{SYMBOL FOR SUBSTITUTE}{place}",
    bytes: lambda place: b"\x1a\x1a\x1a" + bytes([place]),
    int: lambda place: -(2**30) - place,
}


@dataclass(frozen=True)
class _Text:
    """The text of a query; `places` say of each parameter which value it is, or hold what never changes."""

    sql: str
    places: Sequence[tuple[int | None, Any]]
    converters: Any
    compiler: Any
    of_models: bool


class Question:
    """A query set of some values, none of which is ever None. `make` is given stand-ins of the values' own types."""

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._texts: dict[tuple[type, ...], _Text] = {}

    def rows(self, *values: Any) -> list[Any]:
        """What the query set would give: tuples of its `values_list`, else objects of its model."""
        kinds = tuple(next(kind for kind in type(value).__mro__ if kind in _STANDS_FOR) for value in values)
        text = self._texts.get(kinds)
        if text is None:
            text = self._texts[kinds] = self._written(kinds)
        query = text.compiler.query
        alias = router.db_for_read(query.model)
        with connections[alias].cursor() as cursor:
            cursor.execute(text.sql, [fixed if place is None else values[place] for place, fixed in text.places])
            found = cursor.fetchall()
        if text.converters:
            found = [tuple(row) for row in text.compiler.apply_converters(found, text.converters)]
        return objects_of(text.compiler, alias, found) if text.of_models else found

    def first(self, *values: Any) -> Any:
        """The first row, None without any."""
        found = self.rows(*values)
        return found[0] if found else None

    def _written(self, kinds: Sequence[type]) -> _Text:
        """Make the query set once, and find in the parameters of its text whose place each one is."""
        stand_ins = [_STANDS_FOR[kind](place) for place, kind in enumerate(kinds)]
        asked = self._make(*stand_ins)
        compiler = asked.query.get_compiler(router.db_for_read(asked.model))
        sql, parameters = compiler.as_sql()
        places = [(_place(stand_ins, parameter), parameter) for parameter in parameters]
        missing = set(range(len(kinds))) - {place for place, _ in places}
        if missing:
            raise ValueError(f"values {sorted(missing)} do not stand in the query as they are given")
        converters = compiler.get_converters([item for item, _, _ in compiler.select])
        return _Text(sql, places, converters, compiler, issubclass(asked._iterable_class, ModelIterable))


def objects_of(compiler: Any, alias: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Objects of a query's model, what it selects of other models and what it adds included."""
    info = compiler.klass_info
    places = info["select_fields"]
    first, end = places[0], places[-1] + 1
    names = [item.target.attname for item, _, _ in compiler.select[first:end]]
    populators: Any = get_related_populators  # the stubs describe a later Django's
    related = populators(info, compiler.select, alias)
    found = []
    for row in rows:
        made = info["model"].from_db(alias, names, row[first:end])
        for one in related:
            one.populate(row, made)
        for name, place in compiler.annotation_col_map.items():
            setattr(made, name, row[place])
        found.append(made)
    return found


def _place(stand_ins: Sequence[Any], parameter: Any) -> int | None:
    """Which of the values stands here; None for what never changes."""
    plain = getattr(parameter, "obj", parameter)  # bytes are wrapped by the driver
    same = [place for place, one in enumerate(stand_ins) if type(one) is type(plain) and one == plain]
    return same[0] if same else None


_INSERTS: dict[type[Model], tuple[str, Sequence[Any]]] = {}


def insert(row: Model) -> None:
    """Write a new row as `save(force_insert=True)` does, without signals; the database fills what has its default."""
    model = type(row)
    if model not in _INSERTS:
        fields = [item for item in model._meta.local_concrete_fields if not item.has_db_default()]
        columns = ", ".join(f'"{item.column}"' for item in fields)
        marks = ", ".join(["%s"] * len(fields))
        _INSERTS[model] = (f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})', fields)
    text, written = _INSERTS[model]
    connection = connections[router.db_for_write(model)]
    values = [item.get_db_prep_save(item.pre_save(row, True), connection) for item in written]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
