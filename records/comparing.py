"""Which results may be put side by side: the same thing, in the same unit, of the same specimen, by the same method.

Conservative (anchors, F5): what differs is not joined, and nothing is converted. What one of the two does not say is
taken for the same: most laboratories print no method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
