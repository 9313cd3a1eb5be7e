"""A sealed column, and how its rows are sealed anew with the ring's first key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

from django.db import connections, models, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from foundation.crypto import CannotOpen, header_of_first_key, seal, unseal
from foundation.rowsecurity import asked, database

# A header is at most 2 + 255 bytes; a slice is read without fetching a long value.
BY_KEY = """
SELECT CASE WHEN octet_length(head) > 2 THEN substring(head from 3 for get_byte(head, 1)) END, count(*)
FROM (SELECT substring({column} from 1 for 257) AS head FROM {table} WHERE {column} IS NOT NULL) AS heads GROUP BY 1"""
FIRST = """
SELECT {key} FROM {table} WHERE {column} IS NOT NULL AND substring({column} from 1 for %s) <> %s
ORDER BY {key} LIMIT %s"""
NEXT = """
SELECT {key} FROM {table} WHERE {column} IS NOT NULL AND substring({column} from 1 for %s) <> %s AND {key} > %s
ORDER BY {key} LIMIT %s"""
LOCK = """
SELECT {key}, {column} FROM {table} WHERE {key} = ANY(%s)
AND {column} IS NOT NULL AND substring({column} from 1 for %s) <> %s FOR NO KEY UPDATE"""
LOCK_WHAT_IS_FREE = """
SELECT {key}, {column} FROM {table} WHERE {key} = ANY(%s)
AND {column} IS NOT NULL AND substring({column} from 1 for %s) <> %s FOR NO KEY UPDATE SKIP LOCKED"""
CHANGE = """
UPDATE {table} AS t SET {column} = n.sealed FROM unnest(%s, %s::bytea[], %s::bytea[]) AS n(key, old, sealed)
WHERE t.{key} = n.key AND t.{column} = n.old"""
LONGEST = "SELECT coalesce(max(octet_length({column})), 0) FROM {table}"
MOST_ROWS, MOST_BYTES = 200, 8 * 1024 * 1024
WAITING = "SET LOCAL row_security = off; SET LOCAL lock_timeout = '5s'"
# Rows of such a table are refused every change by its trigger, the owner's too.
APPEND_ONLY = """
SELECT EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE t.tgrelid = %s::regclass AND p.oid = 'app.refuse'::regproc AND t.tgtype & 16 <> 0)"""


@dataclass(frozen=True)
class SealedColumn:
    """A column of values sealed for `place(primary key)`; `column` is its name in the table."""

    model: type[models.Model]
    column: str
    place: Callable[[Any], bytes]

    @property
    def label(self) -> str:
        """Table and column, as people are told."""
        return f"{self.model._meta.db_table}.{self.column}"

    def append_only(self) -> bool:
        """Whether the database refuses to change rows of this table."""
        return bool(asked(APPEND_ONLY, [f"public.{self.model._meta.db_table}"]))

    def by_key(self) -> dict[str, int]:
        """How many values each key has sealed; the name of a key is empty where a value is nothing sealed."""
        with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
            cursor.execute(WAITING)
            cursor.execute(self._text(BY_KEY))
            return {bytes(name or b"").decode(errors="replace"): number for name, number in cursor.fetchall()}

    def batch(self) -> int:
        """How many rows to take at a time: fewer where values are long (pictures), so that memory stays bounded."""
        longest = int(asked(self._text(LONGEST)))
        return max(1, min(MOST_ROWS, MOST_BYTES // max(longest, 1)))

    def pending(self, after: Any, size: int) -> list[Any]:
        """The keys of the next rows that another key has sealed, in their order."""
        header = header_of_first_key()
        values = [len(header), header, *([] if after is None else [after]), size]
        with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
            cursor.execute(WAITING)
            cursor.execute(self._text(FIRST if after is None else NEXT), values)
            return [row[0] for row in cursor.fetchall()]

    def renew(self, keys: list[Any], *, wait: bool) -> tuple[int, list[Any], list[Any]]:
        """Seal some rows anew in one transaction: how many, which cannot be opened, which were locked or are done."""
        with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
            rows = self._locked(cursor, keys, wait)
            changes, refused = self._resealed(rows)
            if changes:
                cursor.execute(self._text(CHANGE), [list(column) for column in zip(*changes, strict=True)])
        seen = {key for key, _value in rows}
        return len(changes), refused, [] if wait else [key for key in keys if key not in seen]

    def _locked(self, cursor: CursorWrapper, keys: list[Any], wait: bool) -> list[tuple[Any, bytes]]:
        header = header_of_first_key()
        cursor.execute(WAITING)
        cursor.execute(self._text(LOCK if wait else LOCK_WHAT_IS_FREE), [keys, len(header), header])
        return [(key, bytes(value)) for key, value in cursor.fetchall()]

    def _resealed(self, rows: list[tuple[Any, bytes]]) -> tuple[list[tuple[Any, bytes, bytes]], list[Any]]:
        """Key, old and new value of what opens; the keys of what does not."""
        changes, refused = [], []
        for key, value in rows:
            place = self.place(key)
            try:
                changes.append((key, value, seal(unseal(value, place), place)))
            except CannotOpen:
                refused.append(key)
        return changes, refused

    def _text(self, text: LiteralString) -> str:
        meta = self.model._meta
        names = {"table": meta.db_table, "column": self.column, "key": meta.pk.column if meta.pk else ""}
        return sql.SQL(text).format(**{name: sql.Identifier(value or "") for name, value in names.items()}).as_string()
