"""Working out what the first page of a record shows, from the tables, for some persons at once.

The result depends on what the tables hold, never on the order in which it came. What row-level security hides from
every session is left out here as well (`Hidden`, `_open`), for the worker sees all rows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, F, JSONField, Model, Q, TextField, Window
from django.db.models.functions import RowNumber

from records import basics
from records.kinds import KINDS, Kind
from records.models import Document, Examination, FollowUp, Observation, Report
from records.querysets import RecordQuerySet
from records.release import Release

Content = dict[str, Any]
KEPT = 8  # of kinds whose rows are events, the newest
GROUPS = 40  # of kinds that are grouped by what they are
COUNTED = 30  # times of arrival: more than so many is "more than"
ANSWERS = 60
PAGED: tuple[type[Model], ...] = (Document, Examination, FollowUp)  # each row has a page of its own
# What every row has for itself, and what is not shown.
_INTERNAL = {
    *("pk", "id", "resident_id", "source_id", "facility_id", "identifier", "version", "source_updated_at"),
    *("zone_assumed", "received_at", "sensitivity", "release", "release_at", "ruled_by", "folded_into", "left_at"),
    *("superseded_at", "withdrawn_at", "encounter_identifier", "comparator", "unit_code", "range_low", "range_high"),
}
_NEWEST = (F("occurred_at").desc(nulls_last=True), F("source_id").asc(), F("identifier").asc())


@dataclass(frozen=True)
class Hidden:
    """Rows that wait for a doctor; a session does not see them anyway."""

    items: Sequence[UUID] = ()
    reports: Sequence[UUID] = ()


@dataclass
class Contents:
    """One person's summary, by part."""

    records: Content = field(default_factory=lambda: {"kinds": {}, "told": []})
    results: Content = field(default_factory=lambda: {"reports": {}, "told": []})


def work_out(residents: Sequence[UUID], hidden: Hidden = Hidden()) -> dict[UUID, Contents]:
    """What the first page shows of each of these persons; a constant number of statements for all of them."""
    found: dict[UUID, Contents] = {one: Contents() for one in residents}
    for kind in KINDS.values():
        for person, block in _kind(kind, residents, hidden).items():
            found[person].records["kinds"][kind.slug] = block
    for person, block in _reports(residents, hidden).items():
        found[person].results["reports"] = block
    for row in _told(residents, hidden):
        person, category = row.pop("resident_id"), row.pop("category")
        of_record = category in {Observation.Category.SURVEY, Observation.Category.VITAL_SIGNS}
        part = found[person].records if of_record else found[person].results
        if len(part["told"]) < ANSWERS:
            part["told"].append(row)
    return found


def _open(rows: RecordQuerySet[Any], residents: Sequence[UUID], hidden: Sequence[UUID]) -> RecordQuerySet[Any]:
    mine = rows.filter(resident_id__in=residents, left_at=None)
    return mine.exclude(id__in=hidden) if hidden else mine


def _kind(kind: Kind, residents: Sequence[UUID], hidden: Hidden) -> dict[UUID, Content]:
    rows = _open(kind.rows(), residents, hidden.items if kind.model is Observation else ()).readable()
    groups = [F("resident_id"), *(F(name) for name in kind.groups)]
    rows = rows.annotate(
        turn=Window(RowNumber(), partition_by=groups, order_by=_NEWEST),
        times=Window(Count("id"), partition_by=groups),
        coming=Window(RowNumber(), partition_by=[F("resident_id")], order_by=[F("received_at").desc(), F("id").desc()]),
    ).filter(Q(turn=1) | Q(coming__lte=COUNTED) if kind.groups else Q(turn__lte=KEPT) | Q(coming__lte=COUNTED))
    names = _columns(kind.model)
    return {
        person: _block(kind, of_person, names)
        for person, of_person in _by_person(rows.order_by(*_NEWEST), names).items()
    }


def _by_person(rows: RecordQuerySet[Any], names: Sequence[str]) -> dict[UUID, list[Content]]:
    found: dict[UUID, list[Content]] = defaultdict(list)
    marks = ("turn", "times", "coming")
    for row in rows.values("resident_id", "received_at", "release_at", *names, *marks):
        found[row.pop("resident_id")].append(row)
    return found


def _block(kind: Kind, rows: Sequence[Content], names: Sequence[str]) -> Content:
    """The newest rows of one kind of one person, how many there are, and when the newest arrived."""
    firsts = [row for row in rows if row["turn"] <= (1 if kind.groups else KEPT)]
    kept = firsts[: GROUPS if kind.groups else KEPT]
    return {
        "count": len(firsts) if kind.groups else rows[0]["times"],
        "rows": [_kept(row, (*names, "times")) if kind.groups else _kept(row, names) for row in kept],
        "arrived": _arrived(rows),
    }


def _arrived(rows: Sequence[Content]) -> list[str]:
    """When the newest came within reach: when they came, or when their time came."""
    times = [_reached(row) for row in rows if row["coming"] <= COUNTED]
    return [_plain(time) for time in sorted(times, reverse=True)]


def _reached(row: Mapping[str, Any]) -> datetime:
    received: datetime = row["received_at"]
    return max(received, row["release_at"] or received)


def _kept(row: Mapping[str, Any], names: Sequence[str]) -> Content:
    kept = {name: _plain(row[name]) for name in names if row[name] not in (None, "")}
    return kept | {"arrived": _plain(_reached(row))}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | bool) else str(value)


@cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    """The columns that a line of the page needs; long texts and lists stay where they are."""
    long = (TextField, JSONField, ArrayField)
    names = [item.attname for item in model._meta.concrete_fields if not isinstance(item, long)]
    kept = {"value_text", "source_id", "identifier"} if model is Observation else set()
    return tuple(sorted({*names} - _INTERNAL | kept | ({"id"} if model in PAGED else set())))


REPORT = ("id", "title", "category", "status", "issued_at", "occurred_at", "facility_name", "reporting_name", "release")


def _reports(residents: Sequence[UUID], hidden: Hidden) -> dict[UUID, Content]:
    all_of_them: Any = _open(Report.objects.all(), residents, hidden.reports)
    mine = [F("resident_id")]
    issued = [F("issued_at").desc(nulls_last=True), F("source_id").asc(), F("identifier").asc()]
    rows = (
        all_of_them.listable()
        .in_force()
        .exclude(release=Release.PENDING)
        .annotate(
            turn=Window(RowNumber(), partition_by=mine, order_by=issued),
            times=Window(Count("id"), partition_by=mine),
            coming=Window(RowNumber(), partition_by=mine, order_by=[F("received_at").desc(), F("id").desc()]),
        )
    )
    rows = rows.filter(Q(turn__lte=KEPT) | Q(coming__lte=COUNTED)).order_by(*issued)
    return {
        person: {
            "count": found[0]["times"],
            "rows": [_kept(row, REPORT) for row in found if row["turn"] <= KEPT],
            "arrived": _arrived(found),
        }
        for person, found in _by_person(rows, REPORT).items()
    }


TOLD = ("code_system", "code", "name", "value_text", "occurred_at", "facility_name")


def _told(residents: Sequence[UUID], hidden: Hidden) -> list[Content]:
    """The answers to what residents are asked, each the newest of its words, newest first."""
    rows = _open(Observation.objects.filter(basics.asked()), residents, hidden.items).readable()
    same = [F("resident_id"), F("category"), F("code"), F("name"), F("value_text")]
    rows = rows.annotate(turn=Window(RowNumber(), partition_by=same, order_by=_NEWEST)).filter(turn=1)
    wanted = rows.order_by(*_NEWEST).values("resident_id", "category", "received_at", "release_at", *TOLD)
    return [
        _kept(row, TOLD) | {"topic": topic, "resident_id": row["resident_id"], "category": row["category"]}
        for row in wanted
        if (topic := basics.topic_of(row)) and not basics.says_nothing(row["value_text"])
    ]
