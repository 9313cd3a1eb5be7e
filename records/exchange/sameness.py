"""When two rows that came through two feeds say the same, and which of them is listed: pure rules, in any order.

The rule is strict (docs/adr/0020): where both of them say something and it differs, or a part is missing, both stay.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Any, TypeVar
from uuid import UUID

from records.models import Encounter, Immunization, Observation, Report
from records.provenance import Provenance

Row = TypeVar("Row", bound=Provenance)
Name = tuple[UUID, str]
Signature = tuple[Any, ...]
_BLANKS = re.compile(r"\s+")
_NAMES = {"identifier", "version", "release", "encounter_identifier"}
WHOLE = {Report.Status.FINAL, Report.Status.CORRECTED}


@dataclass(frozen=True)
class Whole:
    """A report with its items, all of which are here and may be read; None in place of items that are not."""

    report: Report
    items: Sequence[Observation] | None


def name_of(row: Provenance) -> Name:
    """What the source calls a row, whatever its version."""
    return row.source_id, row.identifier


def whole(report: Report, by_name: Mapping[Name, Sequence[Observation]]) -> Whole:
    """The report with its current items."""
    found = [by_name.get((report.source_id, name), ()) for name in report.item_identifiers]
    items = [item for some in found for item in some]
    return Whole(report, items if all(found) and all(item.is_readable for item in items) else None)


def same_report(one: Whole, other: Whole) -> bool:
    """Whether two reports of one person are one report that came twice."""
    if one.items is None or other.items is None or not _same_head(one.report, other.report):
        return False
    pairs = _matched(one, other)
    if one.report.category == Report.Category.LABORATORY:
        return bool(pairs) and _agree(_words(one), _words(other))
    words = _words(one)
    return pairs is not None and any(words) and words == _words(other)


def _same_head(one: Report, other: Report) -> bool:
    """The same kind of report in the same state, by the same facility or with the same number, at the same minute."""
    if not (one.is_readable and other.is_readable) or one.category != other.category:
        return False
    if (one.status in WHOLE) != (other.status in WHOLE):
        return False
    place = _plain(one.facility_name) == _plain(other.facility_name)
    number = one.report_number != "" and one.report_number == other.report_number
    return (place or number) and _same_time(one, other) and _agree((one.specimen,), (other.specimen,))


def _same_time(one: Report, other: Report) -> bool:
    """Taken at the same minute; where one of them does not say when it was taken, issued at the same minute."""
    taken = _taken(one), _taken(other)
    if None not in taken:
        return taken[0] == taken[1]
    issued = _minute(one.issued_at), _minute(other.issued_at)
    return issued[0] is not None and issued[0] == issued[1]


def _taken(report: Report) -> datetime | None:
    """When the specimen was taken or the examination done; of a report without that, its time of issue stands there."""
    return _minute(report.occurred_at) if report.occurred_at != report.issued_at else None


def _minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


def _agree(ones: Iterable[str], others: Iterable[str]) -> bool:
    """Nothing that both say differs; what one of them leaves out is no difference."""
    pairs = zip(map(_plain, ones), map(_plain, others), strict=True)
    return all(first == second or not (first and second) for first, second in pairs)


def _plain(text: str) -> str:
    return _BLANKS.sub("", text)


def _words(one: Whole) -> tuple[str, str]:
    """Findings and impression, wherever they stand."""
    seen = [one.report.findings, *(item.value_text for item in one.items or () if item.is_findings)]
    return _plain("".join(seen)), _plain(one.report.impression)


def repeated_items(kept: Whole, folded: Whole) -> list[tuple[Observation, Observation]]:
    """Of two reports that are the same: each item of the one that is listed, with its repetition."""
    seen = [[item for item in one.items or () if item.is_findings] for one in (kept, folded)]
    return [*(_matched(kept, folded) or ()), *zip(*seen, strict=False)]


def _matched(one: Whole, other: Whole) -> list[tuple[Observation, Observation]] | None:
    """The measured items of two reports in pairs that say the same, by code or by name; None where some have none."""
    for called in (_code, _title):
        firsts, seconds = _by_signature(one, called), _by_signature(other, called)
        if firsts is None or seconds is None:
            continue
        counts = [{key: len(rows) for key, rows in some.items()} for some in (firsts, seconds)]
        if counts[0] == counts[1]:
            return [pair for key in firsts for pair in zip(firsts[key], seconds[key], strict=True)]
    return None


def _by_signature(
    one: Whole, called: Callable[[Observation], tuple[str, ...] | None]
) -> dict[Signature, list[Observation]] | None:
    found: dict[Signature, list[Observation]] = defaultdict(list)
    measured = [item for item in one.items or () if not item.is_findings]
    for item in sorted(measured, key=lambda item: (item.identifier, item.part)):
        name = called(item)
        if name is None:
            return None
        found[(name, item.part, *_value(item))].append(item)
    return found


def _code(item: Observation) -> tuple[str, ...] | None:
    return (item.code_system, item.code) if item.code else None


def _title(item: Observation) -> tuple[str, ...]:
    return (_plain(item.name).casefold(),)


def _value(item: Observation) -> tuple[str, Decimal | str, str]:
    value = item.value_number if item.value_number is not None else _plain(item.value_text)
    return item.comparator, value, item.unit_code or _plain(item.unit)


def same_immunization(one: Immunization, other: Immunization) -> bool:
    """The same vaccine at the same place on the same moment; a lot or dose that differs is another one."""
    if not _same_place_and_time(one, other):
        return False
    said = [(row.lot_number, row.dose, row.site, row.state) for row in (one, other)]
    coded = (one.code_system, one.code) == (other.code_system, other.code) and one.code != ""
    uncoded = not (one.code and other.code) and _plain(one.name) == _plain(other.name)
    return _agree(*said) and (coded or uncoded)


def same_encounter(one: Encounter, other: Encounter) -> bool:
    """The same kind of visit to the same place at the same minute, with whom and why both of them say the same."""
    said = [(row.department_name, row.practitioner_name, row.reason) for row in (one, other)]
    return one.kind == other.kind and _same_place_and_time(one, other) and _agree(*said)


def _same_place_and_time(one: Provenance, other: Provenance) -> bool:
    place = _plain(one.facility_name) == _plain(other.facility_name)
    when = _minute(one.occurred_at), _minute(other.occurred_at)
    return one.is_readable and other.is_readable and place and when[0] is not None and when[0] == when[1]


def groups(
    pairs: Iterable[tuple[Row, Row]], same: Callable[[Row, Row], bool], parted: set[frozenset[Name]]
) -> list[list[Row]]:
    """Rows that are all the same as each other, each from another source; where that is in doubt, no group at all."""
    joined: dict[UUID, dict[UUID, Row]] = {}
    agreed: set[frozenset[UUID]] = set()
    for one, other in pairs:
        if frozenset({name_of(one), name_of(other)}) in parted or not same(one, other):
            continue
        agreed.add(frozenset({one.id, other.id}))
        together = {**joined.get(one.id, {one.id: one}), **joined.get(other.id, {other.id: other})}
        for key in together:
            joined[key] = together
    found = {min(rows): list(rows.values()) for rows in joined.values()}
    return [rows for rows in found.values() if _beyond_doubt(rows, agreed)]


def _beyond_doubt(rows: Sequence[Row], agreed: set[frozenset[UUID]]) -> bool:
    """Each is the same as each; two of one source are never compared, and so never are."""
    return all(frozenset({one.id, other.id}) in agreed for one, other in combinations(rows, 2))


def rank(row: Provenance) -> tuple[Any, ...]:
    """The listed one comes first: sent by who performed it, saying more, else by names that arrival does not change."""
    own = _plain(row.source.facility.name) == _plain(row.facility_name)
    texts = [value for name, value in vars(row).items() if isinstance(value, str) and name not in _NAMES]
    files = len(row.original_hashes) if isinstance(row, Report) else 0
    return not own, -files, -sum(len(_plain(text)) for text in texts), row.source.code, row.identifier
