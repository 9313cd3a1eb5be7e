"""Which results may be put side by side: the same thing, in the same unit, of the same specimen, by the same method.

Conservative (anchors, F5): what differs is not joined, and nothing is converted. What one of the two does not say is
taken for the same: most laboratories print no method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Value
from django.db.models.lookups import Exact

if TYPE_CHECKING:
    from records.models import Observation

NOT_TO_DIFFER = ("specimen", "method")


def comparable(one: Observation, other: Observation) -> bool:
    """Whether two results of a person may stand side by side."""
    differ = any(_differ(getattr(one, name), getattr(other, name)) for name in NOT_TO_DIFFER)
    return one.analyte == other.analyte and not differ and _same_unit(one, other)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _same_unit(one: Observation, other: Observation) -> bool:
    """By the units' codes where both have one; else by what is printed."""
    if one.unit_code and other.unit_code:
        return one.unit_code == other.unit_code
    return not _differ(one.unit, other.unit)


def alike() -> Q:
    """The same for a query: rows that may stand beside the outer one, as far as specimen, method and unit go."""
    found = _same_or_unsaid("unit_code")
    found &= Q(unit_code=OuterRef("unit_code")) & ~Q(unit_code="") | _same_or_unsaid("unit")
    for name in NOT_TO_DIFFER:
        found &= _same_or_unsaid(name)
    return found


def _same_or_unsaid(name: str) -> Q:
    return Q(**{name: OuterRef(name)}) | Q(**{name: ""}) | Q(Exact(OuterRef(name), Value("")))
