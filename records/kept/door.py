"""What a session may see of a person, and the stamp of all that their pages show. One statement, asked at each look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from foundation.rowsecurity import database
from residents.access import Viewer


@dataclass(frozen=True)
class Door:
    """`stamp` is None for whoever must have pages made for them; `until` is when the time itself changes a page."""

    records: bool
    results: bool
    settled: bool
    until: datetime | None
    stamp: str | None

    def opens(self, categories: Sequence[str]) -> bool:
        """Whether the session may read any of these ("records", "results")."""
        return any({"records": self.records, "results": self.results}[category] for category in categories)


def door_of(viewer: Viewer) -> Door:
    """What this session may see of the viewer's person; the database's word."""
    with connections[database()].cursor() as cursor:
        cursor.execute(
            "SELECT records, results, coalesce(settled, false), until, stamp FROM app.page_stamp(%s)",
            [viewer.resident_id],
        )
        row = cursor.fetchone()
    assert row is not None
    return Door(*row)
