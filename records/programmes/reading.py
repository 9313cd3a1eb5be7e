"""The door to check-ups, follow-ups and documents: each look starts from the viewer and leaves one line in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404

from records.access import PAGE, Superseded
from records.models import Document, Examination, FollowUp
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from residents.access import Viewer, record_event

LIST_FOLLOW_UPS = "records.list_follow_ups"
READ_CHECK_UP = "records.read_check_up"
READ_FOLLOW_UP = "records.read_follow_up"
READ_DOCUMENT = "records.read_document"
Row = TypeVar("Row", bound=Provenance)


@dataclass(frozen=True)
class CheckUp:
    """A check-up, and the one before it, whichever facility did that."""

    row: Examination
    before: Examination | None


@dataclass(frozen=True)
class FollowUps:
    """A page of follow-ups, and of each programme the newest, which names the next one's day."""

    page: Page
    newest: Sequence[FollowUp]


def check_up_for(viewer: Viewer, row_id: UUID, *, now: datetime) -> CheckUp:
    """One check-up; raises Superseded for an old version, and is a 404 where it may not be read."""
    row = _one(Examination, viewer, row_id, READ_CHECK_UP, now)
    earlier = Examination.objects.visible_to(viewer).readable().filter(occurred_at__lt=row.occurred_at)
    return CheckUp(row, earlier.newest_first().first() if row.occurred_at else None)


def follow_ups_for(viewer: Viewer, programme: str, *, page: str | None, now: datetime) -> FollowUps:
    """The follow-ups, of one programme where one is named, newest first; a page that does not exist is the nearest."""
    mine = FollowUp.objects.visible_to(viewer).readable()
    wanted = mine.filter(programme=programme) if programme else mine
    record_event(viewer=viewer, action=LIST_FOLLOW_UPS, now=now)
    newer = mine.filter(programme=OuterRef("programme"), occurred_at__gt=OuterRef("occurred_at"))
    newest = mine.filter(occurred_at__isnull=False).exclude(Exists(newer)).order_by("programme", "-id")
    each = {row.programme: row for row in newest.defer("answers").select_related("facility")}
    listed = Paginator(wanted.defer("answers").newest_first(), PAGE).get_page(page)
    return FollowUps(listed, list(each.values()))


def follow_up_for(viewer: Viewer, row_id: UUID, *, now: datetime) -> FollowUp:
    """One follow-up; raises Superseded for an old version, and is a 404 where it may not be read."""
    return _one(FollowUp, viewer, row_id, READ_FOLLOW_UP, now)


def document_for(viewer: Viewer, row_id: UUID, *, now: datetime) -> Document:
    """One document; raises Superseded for an old version, and is a 404 where it may not be read."""
    return _one(Document, viewer, row_id, READ_DOCUMENT, now)


def _one(model: type[Row], viewer: Viewer, row_id: UUID, action: str, now: datetime) -> Row:
    mine: Any = RecordQuerySet[Row](model).visible_to(viewer)
    row: Row = get_object_or_404(mine.ordinary().select_related("facility"), pk=row_id)
    if row.superseded_at is not None:
        same = mine.readable().filter(source_id=row.source_id, identifier=row.identifier)
        raise Superseded(get_object_or_404(same).pk)
    if not row.is_readable:
        raise Http404
    record_event(viewer=viewer, action=action, now=now, subject=row, facility_id=row.facility_id)
    return row
