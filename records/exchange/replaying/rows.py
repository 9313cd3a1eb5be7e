"""The recorded rows of some messages, read and renewed with one statement for each table."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import JSONField, Model

from records.exchange.models import InboundKey
from records.exchange.recording import record_identifier
from records.exchange.replaying.comparing import RELEASE
from records.exchange.transactions import alias

Row = dict[str, Any]
ENDED = ("superseded_at", "withdrawn_at", "folded_into")
# A table in partitions is asked for the person too, so that one partition is looked into.
_READ = """
SELECT wanted.key, {columns} FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[])
  AS wanted (key, resident, identifier, version)
JOIN {table} AS r ON r.source_id = %s AND r.identifier = wanted.identifier AND r.version = wanted.version {person}
ORDER BY r.id
"""
_RENEW = """
UPDATE {table} AS r SET {columns} FROM (VALUES {rows}) AS wanted ({names})
WHERE r.id = wanted.id AND r.resident_id = wanted.resident_id
"""


def recorded(model: type[Model], keys: Sequence[InboundKey], columns: Sequence[str]) -> dict[UUID, list[Row]]:
    """The rows of some messages' versions, by the ids of their ledger lines."""
    names = list(dict.fromkeys(["id", "resident_id", *RELEASE, *ENDED, *columns]))
    statement = _READ.format(
        columns=", ".join(f'r."{name}"' for name in names),
        table=model._meta.db_table,
        person="AND r.resident_id = wanted.resident" if _in_partitions(model) else "",
    )
    wanted = [(key.pk, key.resident_id, record_identifier(key), key.version) for key in keys]
    found: dict[UUID, list[Row]] = defaultdict(list)
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, [*map(list, zip(*wanted, strict=True)), keys[0].source_id])
        for key, *values in cursor:
            found[key].append(_read_json(model, dict(zip(names, values, strict=True))))
    return found


def _read_json(model: type[Model], row: Row) -> Row:
    """The row with its JSON columns as what they say: a bare cursor gives their text."""
    texts = {item.attname for item in model._meta.concrete_fields if isinstance(item, JSONField)} & set(row)
    return row | {name: json.loads(row[name]) for name in texts if isinstance(row[name], str)}


def _in_partitions(model: type[Model]) -> bool:
    return len(model._meta.pk_fields) > 1


def renew(model: type[Model], renewals: Mapping[tuple[UUID, UUID], Mapping[str, Any]]) -> None:
    """Write new values of some columns into rows, by their id and their person."""
    by_columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for (row_id, resident_id), values in renewals.items():
        names = tuple(sorted(values))
        by_columns[names].append((row_id, resident_id, *(_written(model, name, values[name]) for name in names)))
    for names, rows in by_columns.items():
        _renew(model, names, rows)


def _written(model: type[Model], name: str, value: Any) -> Any:
    """A value as a bare cursor takes it."""
    found = next(item for item in model._meta.concrete_fields if item.attname == name)
    return connections[alias()].ops.adapt_json_value(value, None) if isinstance(found, JSONField) else value


def _renew(model: type[Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    by_name = {item.attname: item for item in model._meta.concrete_fields}
    connection = connections[alias()]
    all_names = ("id", "resident_id", *names)
    types = ", ".join(f"%s::{by_name[name].db_type(connection)}" for name in all_names)
    statement = _RENEW.format(
        table=model._meta.db_table,
        columns=", ".join(f'"{name}" = wanted."{name}"' for name in names),
        rows=", ".join([f"({types})"] * len(rows)),
        names=", ".join(f'"{name}"' for name in all_names),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])
