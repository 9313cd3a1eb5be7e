"""What is of special sensitivity (GB/T 39725, level 5), for the person alone, after proving once more who they are.

Such entries are in no list, search, file or program (`records.release`). Here their person finds them: what the
facility let be read online with its content, and what it hands over in person (domain facts, section E1) as the place
where to collect it, without its name. Delegates and staff never come here; the database shows them no such row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.rowsecurity import database
from records.disputes.asking import models_by_kind
from records.models import Observation, Report
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from records.release import SPECIAL, Release
from residents.access import Viewer, record_event

LISTED, READ = "records.list_special", "records.read_special"
SHOWN = 200
NAMES = {"report": "title", "examination": "title", "followup": "title", "document": "title", "encounter": "reason"}
ONE = """SELECT '{kind}', t.id, {name}, t.facility_name, t.occurred_at, t.release FROM records_{kind} t
WHERE t.resident_id = %(person)s AND t.sensitivity = %(special)s AND t.superseded_at IS NULL AND t.withdrawn_at IS NULL
  AND t.left_at IS NULL AND t.folded_into IS NULL AND t.release IN ('released', 'withheld') {more}"""
# What a report names is read with the report.
UNNAMED = """AND NOT EXISTS (SELECT 1 FROM records_report r WHERE r.resident_id = t.resident_id
  AND r.source_id = t.source_id AND r.superseded_at IS NULL AND t.identifier = ANY (r.item_identifiers))"""


@dataclass(frozen=True)
class Line:
    """One entry: what it is called, unless it is handed over in person (`is_open`), where and when."""

    kind: str
    id: UUID
    name: str
    facility_name: str
    when: datetime | None
    release: str

    @property
    def is_open(self) -> bool:
        """Whether it may be read online."""
        return self.release == Release.RELEASED

    @property
    def title(self) -> "str | Promise":
        """What the list calls it; of what is handed over in person no more than its kind."""
        return (self.name if self.is_open else "") or models_by_kind()[self.kind]._meta.verbose_name or ""


@dataclass(frozen=True)
class Entry:
    """One entry opened; `items` are the results that a report names."""

    kind: str
    row: Provenance
    items: Sequence[Observation] = ()


def only_oneself(viewer: Viewer) -> None:
    """Raise PermissionDenied for whoever acts for another, with the reason."""
    if not viewer.is_self:
        raise PermissionDenied(_("特别保密的内容只有本人能看，代办的家人和工作人员都不能看。"))


def lines_of(viewer: Viewer, *, now: datetime) -> Sequence[Line]:
    """Everything of special sensitivity of the viewer's own, the newest first; one statement, one line in the log."""
    only_oneself(viewer)
    parts = " UNION ALL ".join(_part(kind) for kind in sorted(models_by_kind()))
    values: dict[str, Any] = {"person": viewer.resident_id, "special": SPECIAL, "most": SHOWN}
    with connections[database()].cursor() as cursor:
        cursor.execute(f"{parts} ORDER BY 5 DESC NULLS LAST, 2 LIMIT %(most)s", values)
        found = [Line(*row) for row in cursor.fetchall()]
    record_event(viewer=viewer, action=LISTED, now=now)
    return found


def _part(kind: str) -> str:
    name = f"t.{NAMES.get(kind, 'name')}"
    return ONE.format(kind=kind, name=name, more=UNNAMED if kind == "observation" else "")


def entry_for(viewer: Viewer, kind: str, entry_id: UUID, *, now: datetime) -> Entry:
    """One entry that may be read online; 404 for anything else. The look is written down."""
    only_oneself(viewer)
    model = models_by_kind().get(kind)
    if model is None:
        raise Http404
    rows = RecordQuerySet[Provenance](model).visible_to(viewer).current().filter(sensitivity=SPECIAL, left_at=None)
    row = get_object_or_404(rows.filter(release=Release.RELEASED, withdrawn_at=None, folded_into=None), id=entry_id)
    items = _items(row) if isinstance(row, Report) else ()
    record_event(viewer=viewer, action=READ, now=now, subject=row, facility_id=row.facility_id)
    return Entry(kind, row, items)


def _items(report: Report) -> Sequence[Observation]:
    place = {name: number for number, name in enumerate(report.item_identifiers)}
    rows = Observation.objects.of_report(report).current().filter(release=Release.RELEASED, withdrawn_at=None)
    return sorted(rows, key=lambda row: (place[row.identifier], row.part))
