"""A column of blind indexes, and how its rows are indexed anew with the ring's first key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connections, models, transaction
from psycopg import sql

from foundation.crypto import CannotOpen
from foundation.resealing import WAITING
from foundation.rowsecurity import database

Change = tuple[Any, bytes | None, bytes | None]


@dataclass(frozen=True)
class IndexColumn:
    """A field that `compute` works out for a row, from what is sealed in it."""

    model: type[models.Model]
    name: str
    compute: Callable[[Any], bytes | None]

    @property
    def label(self) -> str:
        """Table and column, as people are told."""
        return f"{self.model._meta.db_table}.{self._column}"

    @property
    def _column(self) -> str:
        """The field's name in the table."""
        return {one.attname: one.column or one.attname for one in self.model._meta.local_fields}[self.name]

    def count(self) -> int:
        """How many rows there are to look at: an index does not say which key made it."""
        return self.model._base_manager.using(database()).count()

    def pending(self, after: Any, size: int) -> list[Any]:
        """The keys of the next rows, in their order."""
        rows = self.model._base_manager.using(database()).order_by("pk")
        return list((rows if after is None else rows.filter(pk__gt=after)).values_list("pk", flat=True)[:size])

    def old(self, keys: list[Any]) -> tuple[int, list[Any]]:
        """How many of some rows have another index than the first key gives, and which cannot be opened."""
        changes, refused, _seen = self._changes(self._rows(keys))
        return len(changes), refused

    def renew(self, keys: list[Any], *, wait: bool) -> tuple[int, list[Any], list[Any]]:
        """Index some rows anew in one transaction: how many, which cannot be, and which were locked.

        A row cannot be when it does not open, or when another one has the same index: a person registered twice.
        """
        with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
            cursor.execute(WAITING)
            changes, refused, seen = self._changes(
                self._rows(keys).select_for_update(skip_locked=not wait, no_key=True)
            )
            done, collided = self._write(changes)
        return done, refused + collided, [] if wait else [key for key in keys if key not in seen]

    def _rows(self, keys: list[Any]) -> Any:
        return self.model._base_manager.using(database()).filter(pk__in=keys).order_by("pk")

    def _changes(self, rows: Any) -> tuple[list[Change], list[Any], set[Any]]:
        """Key, old and new index of the rows that differ; the keys that do not open; all keys that were there."""
        changes: list[Change] = []
        refused, seen = [], set()
        for row in rows:
            seen.add(row.pk)
            old = getattr(row, self.name)
            try:
                new = self.compute(row)
            except CannotOpen:
                refused.append(row.pk)
                continue
            if (old and bytes(old)) != (new and bytes(new)):
                changes.append((row.pk, old and bytes(old), new and bytes(new)))
        return changes, refused, seen

    def _write(self, changes: list[Change]) -> tuple[int, list[Any]]:
        """Write the changes together, or, where one collides, each by itself; the keys of those that cannot be."""
        if not changes:
            return 0, []
        try:
            self._update(changes)
        except IntegrityError:
            if len(changes) == 1:
                return 0, [changes[0][0]]
        else:
            return len(changes), []
        each = [self._write([change]) for change in changes]
        return sum(done for done, _ in each), [key for _, collided in each for key in collided]

    def _update(self, changes: list[Change]) -> None:
        meta = self.model._meta
        text = sql.SQL(
            "UPDATE {table} AS t SET {column} = n.new FROM unnest(%s, %s::bytea[], %s::bytea[]) AS n(key, old, new)"
            " WHERE t.{key} = n.key AND t.{column} IS NOT DISTINCT FROM n.old"
        )
        key = meta.pk.column if meta.pk else None
        names = {"table": meta.db_table, "column": self._column, "key": key or ""}
        with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
            statement = text.format(**{name: sql.Identifier(value) for name, value in names.items()}).as_string()
            cursor.execute(statement, [list(column) for column in zip(*changes, strict=True)])
