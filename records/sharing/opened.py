"""The reader's side of a share: finding it, trying the PIN, and reading exactly what it shows.

The reader has no account. Their browser holds a random token; the database knows its hash, and its functions answer
that token alone, in the transaction in which the look was written down (`app.read_share`, migration 0015).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from foundation.crypto import BlindIndex, digest, unseal
from foundation.rowsecurity import database, seeing
from records.access import Holder
from records.attachments import place_of
from records.models import Observation, Report, ShareLink
from records.opened import OpenedReport
from records.recognition.listing import book_for
from records.recognition.rules import Standing, standing_of
from records.sharing.secrets import pin_index
from residents.access import Viewer
from residents.models import Identifier, Resident

READ, DOWNLOADED = "records.read_share", "records.downloaded_share"
ORIGINAL = "records.downloaded_shared_original"


@dataclass(frozen=True)
class Found:
    """What whoever knows the number or the link may learn: whether it opens, and how many PINs may still be wrong."""

    id: UUID
    state: str
    attempts_left: int


@dataclass(frozen=True)
class Answer:
    """What came of a PIN: "open" with a token for the browser, "wrong", "closed", or the share's own state."""

    state: str
    attempts_left: int
    token: str = ""


@dataclass(frozen=True)
class Look:
    """One look at an open share, written down: whose it is, and until when it stays open."""

    share_id: UUID
    resident_id: UUID
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    closes_at: datetime
    name: str
    sex: str
    birth_date: date

    @property
    def person(self) -> Resident:
        """The person, as far as a reader may know them."""
        return Resident(pk=self.resident_id, name=self.name, sex=self.sex, birth_date=self.birth_date)


@dataclass(frozen=True)
class Shared:
    """One chosen report as it stands now. Of one that is not "open" only who performed it and when."""

    number: int
    state: str
    changed: bool
    facility_name: str
    issued_at: datetime | None
    opened: OpenedReport | None = None
    standing: Standing = field(default_factory=Standing)
    originals: Sequence[dict[str, Any]] = ()


def found_at(index: BlindIndex) -> Found | None:
    """The share of a number or a link (`records.sharing.secrets`), without its content."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.share_at(%s, %s)", [ShareLink.Kind.RECOGNITION, list(index.every)])
        row = cursor.fetchone()
    return Found(*row) if row else None


def try_pin(share_id: UUID, pin: str, *, reader: str, address: str, reference: str) -> Answer:
    """Open a share with its PIN, or count a wrong one; the database writes either into the person's log."""
    token = token_urlsafe(32)
    values: list[Any] = [share_id, list(pin_index(share_id, pin).every), digest(token), reader, address, reference]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.try_share(%s, %s, %s, %s, %s, %s)", values)
        state, left = cursor.fetchone()
    return Answer(state, left, token if state == "open" else "")


@contextmanager
def reading(token: str) -> Iterator[None]:
    """A transaction in which the database knows the reader's browser by its token, and nobody else."""
    with seeing(token), transaction.atomic(using=database()):
        yield


def look(deed: str, about: UUID | None, *, address: str, reference: str) -> Look | None:
    """Write one look down and learn whose share it is; None when it is not, or no longer, open in this browser."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.read_share(%s, %s, %s, %s)", [deed, about, address, reference])
        row = cursor.fetchone()
    return Look(*row) if row else None


def shared_reports(now: datetime) -> list[Shared]:
    """What the open share shows, as it stands now. Four statements."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.shared_states()")
        states = cursor.fetchall()
    openeds = _opened()
    book = book_for(openeds.values(), now)
    return [_shared(row, openeds, lambda one: standing_of(one, book, now)) for row in states]


def _shared(row: Any, openeds: dict[UUID, OpenedReport], stand: Any) -> Shared:
    number, report_id, state, changed, _complete, facility, issued, originals = row
    opened = openeds.get(report_id) if state == "open" else None
    plain = Shared(number, state, changed, facility, issued)
    if opened is None:
        return plain
    return Shared(
        **vars(plain) | {"opened": opened, "standing": stand(opened), "originals": json.loads(originals or "[]")}
    )


def _opened() -> dict[UUID, OpenedReport]:
    reports = list(Report.objects.raw("SELECT * FROM app.shared_reports()"))
    rows = _observations()
    return {report.pk: _with_items(report, rows) for report in reports}


def _observations() -> list[Observation]:
    """Rows of a function as instances: Django's own raw queries know no key of two columns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.shared_observations()")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    columns = {field.column: field.attname for field in Observation._meta.concrete_fields}
    return [
        Observation.from_db(connection.alias, list(columns.values()), [row[column] for column in columns])
        for row in rows
    ]


def _with_items(report: Report, rows: Sequence[Observation]) -> OpenedReport:
    place = {name: number for number, name in enumerate(report.item_identifiers)}
    mine = {row.id: row for row in rows if row.source_id == report.source_id and row.identifier in place}
    items = sorted(mine.values(), key=lambda row: (place[row.identifier], row.part))
    absent = len(place) - len({row.identifier for row in items})
    return OpenedReport(report, items=items, kept_back=absent)


def report_to_print(held: Look, report_id: UUID) -> tuple[OpenedReport, Holder] | None:
    """One report of the open share, and whose name stands on it; None when the share does not show it (now)."""
    opened = _opened().get(report_id)
    if opened is None:
        return None
    papers = {one.kind: one for one in Identifier.objects.raw("SELECT * FROM app.shared_documents()")}
    first = next((papers[kind] for kind in Identifier.Kind if kind in papers), None)
    return opened, Holder(held.person, first)


def original_of(report_id: UUID, number: int) -> bytes | None:
    """One of the facility's own PDFs of a report of the open share; None when it is not offered."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, content FROM app.shared_original(%s, %s)", [report_id, number])
        row = cursor.fetchone()
    return unseal(bytes(row[1]), place_of(row[0])) if row else None


def copyist(held: Look, *, address: str, reference: str) -> Viewer:
    """In whose name a reader's copy is issued: of whoever made the share."""
    return Viewer(held.created_by, "", held.resident_id, address, reference)


def close() -> None:
    """The reader is done: this browser's token opens nothing any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.close_share()")
