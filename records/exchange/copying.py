"""Writing many rows at once: PostgreSQL's COPY, in its binary form, straight into the table.

Only the worker writes so: its login is not subject to row-level security, which COPY does not know.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import Model

from records.exchange.transactions import alias

_PRECISION = re.compile(r"\(.*?\)")


def write(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows, each with the values of `columns` (attribute names) in their order.

    Raises what a bulk_create would: the database's errors in Django's words.
    """
    statement, types = _statement(model, tuple(columns))
    connection = connections[alias()]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        texts = [place for place, kind in enumerate(types) if kind == "jsonb"]
        for row in rows:
            copy.write_row(_with_json(row, texts, connection) if texts else row)


def _with_json(row: Sequence[Any], places: Sequence[int], connection: Any) -> list[Any]:
    """The row with its JSON values as the database takes them."""
    written = list(row)
    for place in places:
        written[place] = connection.ops.adapt_json_value(written[place], None)
    return written


@cache
def _statement(model: type[Model], columns: tuple[str, ...]) -> tuple[str, list[str]]:
    """The COPY of a table, and the types of its columns as PostgreSQL calls them, without length or precision."""
    connection = connections[alias()]
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in columns]
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    types = [_PRECISION.sub("", str(field.db_type(connection))) for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    return f"COPY {table} ({quoted}) FROM STDIN (FORMAT binary)", types
