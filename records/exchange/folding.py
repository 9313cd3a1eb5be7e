"""One report that two feeds send is listed once, with both senders beside it; reversibly, and judged anew each time.

What is folded is worked out from the record as it stands, never from what happened: so the order in which messages
arrive, and how often, changes nothing. Rules: `sameness`; why: docs/adr/0020.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connections, transaction
from django.db.models import Q

from records.exchange import sameness
from records.exchange.bench import Bench
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Fold, FoldingDue
from records.exchange.sameness import Name, Whole, name_of
from records.exchange.transactions import alias
from records.models import Encounter, Immunization, Observation, Report
from records.provenance import Provenance
from residents.models import Notice

logger = logging.getLogger(__name__)

AT_ONCE = 50
KINDS: dict[Fold.Kind, type[Provenance]] = {
    Fold.Kind.REPORT: Report,
    Fold.Kind.IMMUNIZATION: Immunization,
    Fold.Kind.ENCOUNTER: Encounter,
}
# What may come twice, and the items that say whether it did.
CONCERNED: tuple[type[Provenance], ...] = (*KINDS.values(), Observation)

_ANOTHER = """EXISTS (SELECT 1 FROM {table} AS t
  WHERE t.resident_id = who AND t.source_id <> %(source)s AND t.superseded_at IS NULL)"""
_ANY = " OR ".join(_ANOTHER.format(table=model._meta.db_table) for model in KINDS.values())
# In the order of the key: two who mark the same persons wait for each other in one direction only.
_MARK = """
INSERT INTO exchange_foldingdue (resident_id, marks)
SELECT who, 0 FROM unnest(%(residents)s::uuid[]) AS who WHERE {another} ORDER BY who
ON CONFLICT (resident_id) DO UPDATE SET marks = exchange_foldingdue.marks + 1 RETURNING resident_id
"""
_READABLE = """{row}.superseded_at IS NULL AND {row}.withdrawn_at IS NULL AND {row}.left_at IS NULL
  AND {row}.release = 'released' AND {row}.sensitivity < 5"""
# Only what happened at the same minute, or was issued then, is ever compared.
_PAIRS = """
SELECT one.id, other.id FROM {table} AS one
JOIN {table} AS other ON other.resident_id = one.resident_id AND other.source_id > one.source_id
  AND (date_trunc('minute', one.occurred_at) = date_trunc('minute', other.occurred_at) {or_issued})
WHERE one.resident_id = ANY (%s) AND {one} AND {other}
"""
_OR_ISSUED = "OR date_trunc('minute', one.issued_at) = date_trunc('minute', other.issued_at)"
_SET = """
UPDATE {table} AS t SET folded_into = wanted.root FROM unnest(%s::uuid[], %s::uuid[]) AS wanted (id, root)
WHERE t.id = wanted.id AND t.resident_id = ANY (%s)
"""


# Whoever applies messages holds rows, and marks persons last; who judges takes rows first, too, and gives way soon.
_ALONE = """
SELECT set_config('lock_timeout', '500ms', true), pg_advisory_xact_lock(hashtextextended('folding|' || who, 0))
FROM unnest(%s::text[]) AS who
"""
LOCKED = {"55P03", "40P01"}  # a lock not granted in time; a deadlock that PostgreSQL ended with us


def mark(residents: Iterable[UUID], bench: Bench) -> None:
    """Within the transaction that wrote to their records: note of whom repetitions must be looked for."""
    if not bench.alone:
        bench.touched.update(residents)
        _mark(residents, bench)


def settle(bench: Bench) -> None:
    """After a batch is committed: look for repetitions among those whose records it wrote to.

    They are marked once more, for what another feed committed in the meantime was not to be seen from inside.
    """
    found = _mark(bench.touched, bench)
    bench.touched.clear()
    judge(found, bench.now)


def _mark(residents: Iterable[UUID], bench: Bench) -> list[UUID]:
    """Those of them of whom another feed speaks, too."""
    values = {"source": bench.source.pk, "residents": sorted(set(residents))}
    return [row[0] for row in _rows(_MARK.format(another=_ANY), values)] if values["residents"] else []


def sweep(now: datetime) -> None:
    """Carry out what staff have parted, and look again at whom an interruption left due."""
    rows = Fold.objects.filter(ended_at=None, parted_at__isnull=False).values_list("kind", "folded_row")
    for kind, row_id in list(rows):
        found = KINDS[Fold.Kind(kind)]._default_manager.filter(id=row_id).values_list("resident_id", flat=True)
        due(found)
    judge(list(FoldingDue.objects.order_by("pk").values_list("pk", flat=True)), now)


def due(residents: Iterable[UUID]) -> None:
    """Let the next sweep look at these persons: something about their rows has changed that no message brought."""
    FoldingDue.objects.bulk_create([FoldingDue(pk=one) for one in sorted(set(residents))], ignore_conflicts=True)


def judge(residents: Sequence[UUID], now: datetime) -> None:
    """Fold what is the same, and unfold what no longer is, of these persons, as far as they are due.

    Those about whom something goes wrong, or is being written, stay due for the next sweep.
    """
    for start in range(0, len(residents), AT_ONCE):
        chunk = sorted(residents[start : start + AT_ONCE])
        try:
            with transaction.atomic(using=alias()):
                _rows(_ALONE, [[str(one) for one in chunk]])
                waiting = dict(FoldingDue.objects.filter(pk__in=chunk).values_list("pk", "marks"))
                if waiting:
                    _judge(list(waiting), now)
                for person, marks in waiting.items():
                    FoldingDue.objects.filter(pk=person, marks=marks).delete()
        except MISTAKES as mistake:
            # Never the text of the exception: a database error repeats the row.
            logger.error("repetitions of %s persons could not be looked for: %s", len(chunk), type(mistake).__name__)
        except OperationalError as problem:
            if getattr(problem.__cause__, "sqlstate", "") not in LOCKED:
                raise


def _judge(people: Sequence[UUID], now: datetime) -> None:
    reports, items = _reports(people)
    _apply(Fold.Kind.REPORT, reports, people, now)
    _write(Observation, {row.id: root.id for root, row in items}, people)
    _apply(Fold.Kind.IMMUNIZATION, _plain(Immunization, sameness.same_immunization, people), people, now)
    _apply(Fold.Kind.ENCOUNTER, _plain(Encounter, sameness.same_encounter, people), people, now)


def _reports(people: Sequence[UUID]) -> tuple[list[list[Report]], list[tuple[Observation, Observation]]]:
    """The reports that are the same, the listed one first, and their items in pairs."""
    pairs = _pairs(Report, people)
    rows = [report for pair in pairs for report in pair]
    named = {name for report in rows for name in report.item_identifiers}
    by_name: dict[Name, list[Observation]] = defaultdict(list)
    if named:
        sources = {report.source_id for report in rows}
        current = Observation.objects.filter(superseded_at=None, source_id__in=sources, identifier__in=named)
        for item in current.filter(resident_id__in=people):
            by_name[name_of(item)].append(item)
    wholes = {report.id: sameness.whole(report, by_name) for report in rows}

    def same(one: Report, other: Report) -> bool:
        return sameness.same_report(wholes[one.id], wholes[other.id])

    found = [sorted(rows, key=sameness.rank) for rows in sameness.groups(pairs, same, _parted(rows))]
    return found, [pair for group in found for pair in _items([wholes[row.id] for row in group])]


def _items(group: Sequence[Whole]) -> Iterator[tuple[Observation, Observation]]:
    for other in group[1:]:
        yield from sameness.repeated_items(group[0], other)


def _plain(model: type[Any], same: Callable[[Any, Any], bool], people: Sequence[UUID]) -> list[list[Any]]:
    pairs = _pairs(model, people)
    parted = _parted([row for pair in pairs for row in pair])
    return [sorted(rows, key=sameness.rank) for rows in sameness.groups(pairs, same, parted)]


def _pairs(model: type[Any], people: Sequence[UUID]) -> list[tuple[Any, Any]]:
    statement = _PAIRS.format(
        table=model._meta.db_table,
        or_issued=_OR_ISSUED if model is Report else "",
        one=_READABLE.format(row="one"),
        other=_READABLE.format(row="other"),
    )
    ids = sorted(_rows(statement, [list(people)]))
    if not ids:
        return []
    wanted = {row_id for pair in ids for row_id in pair}
    rows = model._default_manager.filter(resident_id__in=people).select_related("source__facility").in_bulk(wanted)
    return [(rows[one], rows[other]) for one, other in ids]


def _parted(rows: Iterable[Provenance]) -> set[frozenset[Name]]:
    """Which of these staff have parted for good."""
    names = {row.identifier for row in rows}
    if not names:
        return set()
    parted = Fold.objects.filter(Q(kept_identifier__in=names) | Q(folded_identifier__in=names), parted_at__isnull=False)
    return {
        frozenset({(one.kept_source_id, one.kept_identifier), (one.folded_source_id, one.folded_identifier)})
        for one in parted
    }


def _apply(kind: Fold.Kind, groups: Sequence[Sequence[Any]], people: Sequence[UUID], now: datetime) -> None:
    """Make the rows and the history say what is the same now."""
    roots = {row.id: group[0] for group in groups for row in group[1:]}
    before = _write(KINDS[kind], {key: root.id for key, root in roots.items()}, people)
    ended = [key for key, root in before.items() if key not in roots or roots[key].id != root]
    if ended:
        Fold.objects.filter(folded_row__in=ended, ended_at=None).update(ended_at=now)
    fresh = [row for group in groups for row in group[1:] if before.get(row.id) != group[0].id]
    Fold.objects.bulk_create([_fold(kind, roots[row.id], row, now) for row in fresh])
    if kind == Fold.Kind.REPORT:
        for group in groups:
            if any(row in fresh for row in group):
                _as_one(group, now)


def _write(model: type[Provenance], wanted: Mapping[UUID, UUID], people: Sequence[UUID]) -> dict[UUID, UUID]:
    """Write what differs from how the rows stand, those of the past unfolded; returns how they stood."""
    mine = model._default_manager.filter(resident_id__in=people)
    stood = mine.filter(folded_into__isnull=False).values_list("id", "folded_into")
    before = {key: root for key, root in stood if root is not None}
    changed = {key: wanted.get(key) for key in {*before, *wanted} if before.get(key) != wanted.get(key)}
    if changed:
        with connections[alias()].cursor() as cursor:
            values: list[Any] = [list(changed), list(changed.values()), list(people)]
            cursor.execute(_SET.format(table=model._meta.db_table), values)
    return before


def _fold(kind: Fold.Kind, root: Any, row: Any, now: datetime) -> Fold:
    return Fold(
        kind=kind,
        report_number=getattr(root, "report_number", ""),
        kept_source_id=root.source_id,
        kept_identifier=root.identifier,
        facility_id=root.source.facility_id,
        folded_source_id=row.source_id,
        folded_identifier=row.identifier,
        other_facility_id=row.source.facility_id,
        folded_row=row.id,
        folded_at=now,
    )


def _as_one(group: Sequence[Report], now: datetime) -> None:
    """What was seen through one feed is not new through the other, and people are told of it once."""
    seen = [row.first_seen_at for row in group if row.first_seen_at]
    if seen and group[0].first_seen_at is None:
        Report.objects.filter(pk=group[0].pk).update(first_seen_at=min(seen))
    told = Notice.objects.filter(
        resident_id=group[0].resident_id, kind=Notice.Kind.REPORT_READY, subject_id__in=[row.pk for row in group]
    )
    extra = list(told.order_by("created_at", "id").values_list("pk", flat=True))[1:]
    told.filter(pk__in=extra, told_at=None).delete()
    told.filter(pk__in=extra, read_at=None).update(read_at=now)


def _rows(statement: str, values: Any) -> list[tuple[Any, ...]]:
    with connections[alias()].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
