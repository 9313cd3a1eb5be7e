"""The door to what a person wrote down: each look starts from the viewer and leaves one line in the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.shortcuts import get_object_or_404
from django.utils import timezone

from foundation import tally
from foundation.dated import register, setting
from records.models import OwnEntry, OwnReport
from records.models.own import OwnQuerySet
from records.own import averaging
from records.own.averaging import Week, week_of
from records.own.judging import GAIN_DAYS
from residents.access import Viewer, record_event
from residents.models import Resident
from residents.models.access import Capacity

READ_OWN = "records.read_own"
READ_ENTRY = "records.read_own_entry"
EXPORTED = "records.export_own"
PAGE = 30
WRITERS = frozenset({Capacity.SELF, Capacity.DELEGATE, Capacity.GUARDIAN, Capacity.ASSISTED})
MOST_READINGS = 400
MOST = register("records.own_most_exported", 5000, "“我自己记的”一次最多导出多少条（从最近的算起）")


@dataclass(frozen=True)
class Listed:
    """A page of one kind; `page` turns, and `week` is the average of the blood pressures of the last days."""

    page: Page
    entries: Sequence[OwnEntry]
    week: Week | None


@dataclass(frozen=True)
class Opened:
    """One entry, the one before it of the same kind, and whose they are with the facility that keeps their record."""

    entry: OwnEntry
    before: OwnEntry | None
    person: Resident


def may_write(viewer: Viewer) -> bool:
    """Whether the viewer may write here; the database asks the same (`app.may_record_for`)."""
    return viewer.capacity in WRITERS


def overview(viewer: Viewer, *, now: datetime) -> tuple[Mapping[str, OwnEntry], Sequence[OwnReport]]:
    """The newest entry of each kind, and the newest photographed reports."""
    record_event(viewer=viewer, action=READ_OWN, now=now)
    reports = OwnReport.objects.visible_to(viewer).valid().order_by("-entered_at")[:3]
    return newest_for(viewer), list(reports)


def newest_for(viewer: Viewer) -> Mapping[str, OwnEntry]:
    """The newest entry of each kind; one statement."""
    rows = OwnEntry.objects.visible_to(viewer).valid().order_by("kind", "-measured_at", "-id").distinct("kind")
    return {row.kind: row for row in rows}


def entries_for(
    viewer: Viewer, kind: str, *, since: datetime | None, struck: bool, page: str | None, now: datetime
) -> Listed:
    """A page of one kind, newest first; those struck out only where asked for."""
    record_event(viewer=viewer, action=READ_OWN, now=now)
    rows = _of(viewer, kind, since)
    listed = Paginator(rows if struck else rows.valid(), PAGE).get_page(page)
    entries = list(listed.object_list)
    return Listed(listed, entries, _week(viewer, entries, listed, now) if kind == OwnEntry.Kind.PRESSURE else None)


def _of(viewer: Viewer, kind: str, since: datetime | None) -> OwnQuerySet[OwnEntry]:
    rows = OwnEntry.objects.visible_to(viewer).filter(kind=kind).order_by("-measured_at", "-id")
    return rows.filter(measured_at__gte=since) if since else rows


def _week(viewer: Viewer, entries: Sequence[OwnEntry], listed: Page, now: datetime) -> Week:
    """Of the rows at hand where they reach back far enough, else of a bounded number of further ones."""
    first = averaging.begins(now)
    if listed.number == 1 and entries and timezone.localdate(entries[-1].measured_at) < first:
        return week_of([one for one in entries if not one.is_struck], now)
    start = now - timedelta(days=(timezone.localdate(now) - first).days + 1)
    rows = OwnEntry.objects.visible_to(viewer).valid().filter(kind=OwnEntry.Kind.PRESSURE, measured_at__gte=start)
    return week_of(rows.order_by("-measured_at")[:MOST_READINGS], now)


def entry_for(viewer: Viewer, entry_id: UUID, *, now: datetime) -> Opened:
    """One entry; a stranger's and a missing one are the same 404, and one struck out is still there to be seen."""
    entry = get_object_or_404(OwnEntry.objects.visible_to(viewer), pk=entry_id)
    record_event(viewer=viewer, action=READ_ENTRY, now=now, subject=entry)
    person = get_object_or_404(Resident.objects.select_related("facility"), pk=viewer.resident_id)
    return Opened(entry, _before(viewer, entry, now), person)


def _before(viewer: Viewer, entry: OwnEntry, now: datetime) -> OwnEntry | None:
    if entry.kind != OwnEntry.Kind.WEIGHT or entry.weight is None:
        return None
    # The one that was measured so long before that a fast gain shows; else the one just before.
    rows = OwnEntry.objects.visible_to(viewer).valid().filter(kind=entry.kind, weight__isnull=False)
    earlier = rows.filter(measured_at__lt=entry.measured_at)
    lately = earlier.filter(measured_at__gte=entry.measured_at - timedelta(days=setting(GAIN_DAYS, now)))
    return lately.order_by("weight").first() or earlier.order_by("-measured_at").first()


def last_device(viewer: Viewer, kind: str) -> str:
    """What the newest entry of a kind was measured with, to fill it in."""
    rows = OwnEntry.objects.visible_to(viewer).valid().filter(kind=kind).exclude(device="")
    with tally.unseen("the name of a device is no health data"):
        return rows.order_by("-entered_at").values_list("device", flat=True).first() or ""


def for_export(viewer: Viewer, kind: str, *, now: datetime) -> list[OwnEntry]:
    """All entries of a kind that were not struck out, newest first, bounded; written down as one look."""
    record_event(viewer=viewer, action=EXPORTED, now=now)
    return list(_of(viewer, kind, None).filter(struck_at=None)[: setting(MOST, now)])


def for_booklet(viewer: Viewer, start: date | None, end: date | None, *, now: datetime) -> list[OwnEntry]:
    """The entries of a period for the printed record, newest first; the booklet itself writes down the look.

    They belong in a section of their own, headed as what the person recorded and no facility has checked.
    """
    rows = OwnEntry.objects.visible_to(viewer).valid().order_by("-measured_at", "-id")
    if start is not None:
        rows = rows.filter(measured_at__date__gte=start)
    if end is not None:
        rows = rows.filter(measured_at__date__lte=end)
    return list(rows[: setting(MOST, now)])


def entry_to_change(viewer: Viewer, entry_id: UUID) -> OwnEntry:
    """An entry that is to be struck out; the deed itself is logged. A stranger's and a missing one are a 404."""
    return get_object_or_404(OwnEntry.objects.visible_to(viewer), pk=entry_id)


def born(viewer: Viewer) -> date:
    """The day before which nobody measured the person."""
    return Resident.objects.only("birth_date").get(pk=viewer.resident_id).birth_date
