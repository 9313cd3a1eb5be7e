"""Keeping a message with one statement: laboratories send hundreds a minute, and each is on disk before its answer.

Measured beside `documents.keep`, which does the same for documents of any size with six statements: 2.4 instead of 3.4
CPU ms for a message of 20 results received and answered.
"""

import hashlib
import io
from datetime import datetime
from typing import Any

from django.db import connections

from foundation.keys import uuid7
from records.exchange import documents, filing
from records.exchange.models import Source, StoredFile, Translation
from records.exchange.transactions import alias, durable

_KEEP = """
WITH kept AS (
    INSERT INTO exchange_storedfile (id, source_id, sha256, size, layout, name, received_at)
    VALUES (%(file)s, %(source)s, %(sha256)s, %(size)s, %(layout)s, %(name)s, %(now)s)
    ON CONFLICT (source_id, sha256) DO NOTHING RETURNING id
), part AS (
    INSERT INTO exchange_filepart (id, file_id, number, content) SELECT %(part)s, id, 0, %(content)s FROM kept
)
INSERT INTO exchange_translation (file_id, source_id, received_at, state, attempts)
SELECT id, %(source)s, %(now)s, %(state)s, 0 FROM kept
"""


def keep(raw: bytes, source: Source, name: str, now: datetime) -> bool:
    """Keep a message on the worker's login; it is on disk when this returns. False where it had come before."""
    if not 0 < len(raw) <= filing.MEGABYTE:
        return documents.keep(raw, source, StoredFile.Layout.HL7V2, name, now)
    ((part, content),) = filing.sealed_parts(io.BytesIO(raw))
    values: dict[str, Any] = {
        "file": uuid7(),
        "source": source.pk,
        "sha256": hashlib.sha256(raw).digest(),
        "size": len(raw),
        "layout": StoredFile.Layout.HL7V2.value,
        "name": name[:200],
        "now": now,
        "part": part,
        "content": content,
        "state": Translation.State.WAITING.value,
    }
    with durable(), connections[alias()].cursor() as cursor:
        cursor.execute(_KEEP, values)
        return bool(cursor.rowcount)
