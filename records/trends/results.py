"""One result as a line of results needs it: what it measures, in which unit, and through which feeds it came."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from records.trends import kinship, quantities
from records.trends.quantities import Quantity

LOINC = "loinc"


@dataclass(frozen=True)
class Result:
    """One result as it stands in the record; `senders` are the feeds that sent it, its own first."""

    id: UUID
    source_id: UUID
    facility_name: str
    occurred_at: datetime | None
    code_system: str
    code: str
    local_code: str
    part: str
    name: str
    value_number: Decimal | None
    value_text: str
    comparator: str
    unit: str
    unit_code: str
    range_text: str
    range_low: Decimal | None
    range_high: Decimal | None
    flag: str
    specimen: str
    method: str
    folded_into: UUID | None = None
    senders: tuple[UUID, ...] = ()

    @property
    def quantity(self) -> Quantity:
        """What it measures; without a standard code nothing that a rule could speak of."""
        coded = self.code and LOINC in self.code_system.lower()
        return quantities.of(self.code) if coded else Quantity("", ())

    @property
    def analyte(self) -> tuple[str, ...]:
        """What was measured, whatever the unit in which it is coded; without a code its own feed alone knows."""
        part = "" if self.part == self.code else self.part
        if self.quantity.key:
            return self.quantity.key, part
        if self.code:
            return self.code_system, self.code, part
        return str(self.source_id), self.local_code, self.name, part

    @property
    def ucum(self) -> str:
        """The code of its unit; nothing for a unit that the portal does not know."""
        return quantities.unit_of(self.unit_code, self.unit)

    @property
    def unit_group(self) -> str:
        """Shared by all units that can be converted into each other for what it measures; else as printed."""
        known = quantities.comparable(self.quantity, self.ucum) if self.ucum else ""
        return known or f"printed {kinship.plain(self.unit)}"

    def value_in(self, other: "Result") -> Decimal | None:
        """Its number in the unit of another result of the same thing; None where no rule leads there."""
        if self.value_number is None or self.unit_group != other.unit_group:
            return None
        if self.ucum == other.ucum:
            return self.value_number
        value = quantities.converted(self.value_number, self.ucum, other.ucum, self.quantity)
        return None if value is None else quantities.rounded(value, self.value_number)


def merged(rows: Iterable[Result]) -> list[Result]:
    """Each result once: of what several feeds sent the listed one, with all of them as its senders."""
    listed: dict[UUID, Result] = {}
    copies: dict[UUID, list[Result]] = defaultdict(list)
    for row in rows:
        if row.folded_into:
            copies[row.folded_into].append(row)
        else:
            listed[row.id] = row
    return [_with_senders(row, copies.get(row.id, ())) for row in listed.values()]


def _with_senders(row: Result, copies: Sequence[Result]) -> Result:
    others = sorted({copy.source_id for copy in copies} - {row.source_id})
    return replace(row, senders=(row.source_id, *others))
