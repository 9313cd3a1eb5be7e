"""Tables that a source received, as samples for its column mapping: for who edits it and may see the patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from records.exchange import filing
from residents.openings import Origin


@dataclass(frozen=True)
class Received:
    """A table as it is offered."""

    pk: UUID
    name: str
    size: int
    received_at: datetime


def newest(source_id: UUID, largest: int) -> Sequence[Received]:
    """The newest tables of a source up to a size; none for whoever may not see its facility's patients."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, size, received_at FROM app.table_samples(%s, %s)", [source_id, largest])
        return [Received(*row) for row in cursor.fetchall()]


def take(source_id: UUID, file_id: UUID, largest: int, origin: Origin) -> bytes | None:
    """The bytes of one of these, written down in the access log; None where it is not among them."""
    if file_id not in {one.pk for one in newest(source_id, largest)}:
        return None
    asked = "SELECT id, content FROM app.take_table_sample(%s, %s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(asked, [file_id, largest, origin.address, origin.reference])
        return b"".join(filing.opened_part(part_id, content) for part_id, content in cursor.fetchall()) or None
