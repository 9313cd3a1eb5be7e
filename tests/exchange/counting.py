"""Counting what the worker asks of PostgreSQL; a COPY is a statement too, which Django's own counting does not see."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from django.db import connections


@contextmanager
def statements() -> Iterator[list[str]]:
    """The worker's statements inside the block, beginnings and ends of transactions left out."""
    seen: list[str] = []
    copy = psycopg.Cursor.copy

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    def noted(cursor: Any, statement: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(statement)
        return copy(cursor, statement, *args, **kwargs)

    with connections["worker"].execute_wrapper(note), patch.object(psycopg.Cursor, "copy", noted):
        yield seen
