"""What a message says today beside what is recorded of it, column by column.

How a message is understood (codes, units, numbers, levels) may be renewed; what the facility said is never changed,
except that what was not read then is filled in. Protection only rises; that it would fall is said, and done on request.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from records.exchange.models import ReplayDifference
from records.exchange.recording import NOT_COLUMNS
from records.exchange.values import Facts
from records.release import SPECIAL, Release

Nature = ReplayDifference.Nature
Row = Mapping[str, Any]

INTERPRETED = frozenset(
    {
        *("part", "category", "kind", "code_system", "code", "unit_code", "value_number", "comparator"),
        *("range_low", "range_high", "flag", "zone_assumed"),
        *("programme", "way", "control", "next_due", "year", "assessment", "guidance"),
    }
)
# What of it says nothing about a person: the report may quote it.
QUOTED = frozenset({"part", "category", "kind", "code_system", "code", "unit_code", "sensitivity"})
PLACES = ("facility_id", "facility_name", "reporting_facility_id", "reporting_name")
# What became of a row since, or is handled together with its level.
RELEASE = ("release", "release_at", "ruled_by")
NOT_SAID = frozenset({"sensitivity", *RELEASE})
# What a resident reads or will read, in the order of its strictness.
OPEN: dict[str, int] = {Release.RELEASED.value: 0, Release.PENDING.value: 1}
EMPTY = ("", None)


@dataclass(frozen=True)
class Change:
    """One difference; `column` is empty where it is about the whole row or message."""

    nature: ReplayDifference.Nature
    column: str = ""
    before: Any = None
    after: Any = None


@dataclass
class Compared:
    """What one message's rows differ in, and the new values of each row that is to be renewed, by its id."""

    changes: list[Change] = field(default_factory=list)
    renewals: dict[UUID, dict[str, Any]] = field(default_factory=dict)


def columns_of(facts: type[Facts]) -> list[str]:
    """The columns that are compared for one kind of row."""
    told = [name for name in facts.__dataclass_fields__ if name not in NOT_COLUMNS]
    return [*told, *PLACES[: 4 if "reporter" in facts.__dataclass_fields__ else 2]]


def compare(today: Sequence[Row], recorded: Sequence[Row], columns: Sequence[str], *, lower: bool) -> Compared:
    """What a message's rows of today and the recorded ones (with their `id`) differ in."""
    found = Compared()
    paired = list(pairs(today, recorded))
    for new, old in paired:
        _compare_row(new, old, columns, found, lower=lower)
    found.changes += [Change(Nature.MISSING)] * (len(today) - len(paired))
    found.changes += [Change(Nature.EXTRA)] * (len(recorded) - len(paired))
    return found


def pairs(today: Sequence[Row], recorded: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Each row of today with the recorded one of the same part; a part that is coded otherwise now, by its name."""
    by_part = {row.get("part", ""): row for row in recorded}
    rest = []
    for row in today:
        known = by_part.pop(row.get("part", ""), None)
        if known is None:
            rest.append(row)
        else:
            yield row, known
    left = list(by_part.values())
    for row in rest:
        known = next((one for one in left if _printed(one) == _printed(row)), None)
        if known is not None:
            left.remove(known)
            yield row, known


def _printed(row: Row) -> tuple[Any, Any]:
    return row.get("local_code"), row.get("name")


def _compare_row(new: Row, old: Row, columns: Sequence[str], found: Compared, *, lower: bool) -> None:
    renewal: dict[str, Any] = {}
    for name in columns:
        before, after = old[name], new[name]
        if name in NOT_SAID or before == after:
            continue
        nature = Nature.RENEWED if name in INTERPRETED else Nature.FILLED if before in EMPTY else Nature.SAID
        found.changes.append(Change(nature, name, before, after))
        if nature != Nature.SAID:
            renewal[name] = after
    found.changes += _protect(new, old, renewal, lower=lower)
    if renewal:
        found.renewals[old["id"]] = renewal


def _protect(new: Row, old: Row, renewal: dict[str, Any], *, lower: bool) -> list[Change]:
    """The level of a row: it rises by itself, and falls only where that was asked for. Its release follows."""
    before, after = old["sensitivity"], new["sensitivity"]
    if before == after:
        return _withhold(new, old, renewal)
    if after > before:
        renewal["sensitivity"] = after
        if after >= SPECIAL and old["release"] in OPEN:
            renewal |= {"release": Release.WITHHELD.value, "release_at": None, "ruled_by": new["ruled_by"]}
        return [Change(Nature.RAISED, "sensitivity", before, after)]
    if not lower:
        return [Change(Nature.NOT_LOWERED, "sensitivity", before, after)]
    renewal["sensitivity"] = after
    if old["release"] == Release.WITHHELD and new["release"] == Release.RELEASED:
        renewal |= {"release": Release.RELEASED.value, "ruled_by": None}
    return [Change(Nature.LOWERED, "sensitivity", before, after)]


def _withhold(new: Row, old: Row, renewal: dict[str, Any]) -> list[Change]:
    """What turns out to be of a kind, or to have a code, that is not simply shown; what a doctor released stays so."""
    otherwise = "category" in renewal or (new["ruled_by"] is not None and new["ruled_by"] != old["ruled_by"])
    if renewal and otherwise and old["release"] in OPEN and OPEN.get(new["release"], 2) > OPEN[old["release"]]:
        renewal |= {name: new[name] for name in RELEASE}
        return [Change(Nature.RAISED, "release", old["release"], new["release"])]
    return []
