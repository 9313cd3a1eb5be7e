"""The versions of a report side by side: what each of them said, what a correction changed. Nothing is read here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from records.models import Observation, Report
from records.provenance import Provenance

# Some senders write the items of a report a moment after the report itself.
SLACK = timedelta(minutes=1)
Item = tuple[str, str]
# An item before and after: one of them is missing where the correction added it or left it out.
Change = tuple[Observation | None, Observation | None]
SAID = ("value_text", "unit", "range_text", "flag", "note")
WHOLE = {Report.Status.FINAL, Report.Status.CORRECTED}


def moment(row: Provenance) -> datetime:
    """When this version was made: by its sender, else when it came."""
    return row.source_updated_at or row.received_at


def in_order(versions: Iterable[Report]) -> list[Report]:
    """From the oldest to the newest, in whatever order they came; the one in force is the last."""
    return sorted(versions, key=lambda row: (row.superseded_at is None, moment(row), row.received_at, row.id))


def named(row: Observation) -> Item:
    """Which item of its report a row is, whatever its version."""
    return row.identifier, row.part


def items_then(version: Report, following: Report, rows: Iterable[Observation]) -> list[Observation]:
    """The items as `version` had them, before `following` took its place, in printed order."""
    start, end = moment(version), moment(following)
    until = start + min(SLACK, max((end - start) / 2, timedelta()))
    found: dict[Item, Observation] = {}
    for row in sorted(rows, key=lambda row: (moment(row), row.received_at, row.id)):
        if named(row) not in found or moment(row) <= until:
            found[named(row)] = row
    place = {name: number for number, name in enumerate(version.item_identifiers)}
    wanted = [row for row in found.values() if row.identifier in place]
    return sorted(wanted, key=lambda row: (place[row.identifier], row.part))


def changes(report: Report, before: Report | None, rows: Sequence[Observation]) -> list[Change]:
    """What became of each item since it was last said otherwise. `rows` are all versions, in the order they came."""
    old = {named(row): row for row in rows if row.superseded_at is not None and row.is_open}
    now = {named(row): row for row in rows if row.is_readable and row.identifier in report.item_identifiers}
    found: list[Change] = [(old[key], row) for key, row in now.items() if key in old and _differs(old[key], row)]
    if before is None or before.status not in WHOLE or not before.is_open:
        return found  # what an unfinished report had not said yet is no correction
    gone = {key: row for key, row in old.items() if key[0] in _without(before, report)}
    added = {key: row for key, row in now.items() if key[0] in _without(report, before)}
    return found + _renamed(gone, added)


def _without(one: Report, other: Report) -> set[str]:
    return set(one.item_identifiers) - set(other.item_identifiers)


def _differs(old: Observation, new: Observation) -> bool:
    return any(
        getattr(old, name) != getattr(new, name) for name in ("value_text", "unit", "range_text", "flag", "note")
    )


def _renamed(gone: Mapping[Item, Observation], added: Mapping[Item, Observation]) -> list[Change]:
    """An item that only goes by another number now is one item."""
    found: list[Change] = []
    left = {(row.name, row.part): row for row in gone.values()}
    for row in added.values():
        old = left.pop((row.name, row.part), None)
        if old is None or _differs(old, row):
            found.append((old, row))
    return found + [(row, None) for row in left.values()]
