"""The persons staff see listed: those of their catchment, and with a live booking or contract. The database decides.

A list shows who somebody is, never anything about health. It leaves one event (that a list was read, how many were on
it, no name); a person found by document number leaves one about the person. One line for each name on each list would
bury the looks that matter under hundreds that do not; opening a person always leaves its line and a notice.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Lookup, QuerySet

from foundation.dated import register, setting
from residents.models import Resident

LISTED = register("people.listed", 20, "工作人员查找居民，一次最多列出多少位")
HIGHEST = "\U0010ffff"


class _Pattern(Lookup):
    """A comparison byte by byte: it may use the pattern index under row-level security, where LIKE may not."""

    operator = ""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} {self.operator} {right}", (*left_values, *right_values)


@CharField.register_lookup
class _FromPattern(_Pattern):
    lookup_name = "from_pattern"
    operator = "~>=~"


@CharField.register_lookup
class _BelowPattern(_Pattern):
    lookup_name = "below_pattern"
    operator = "~<~"


def named(typed: str, now: datetime) -> list[Resident]:
    """The listed persons whose name, or its pinyin, begins with what was typed; one more than the list shows."""
    field, start = ("name_pinyin", typed.replace(" ", "").lower()) if typed.isascii() else ("name", typed)
    found = _listed().filter(**{f"{field}__from_pattern": start, f"{field}__below_pattern": start + HIGHEST})
    return list(found.order_by("name", "birth_date", "id")[: setting(LISTED, now) + 1])


def one(resident_id: UUID) -> Resident | None:
    """A listed person."""
    return _listed().filter(pk=resident_id).first()


def _listed() -> QuerySet[Resident]:
    # Sealed numbers stay where they are: a list needs none.
    wanted = ("name", "sex", "birth_date", "facility__name", "facility__level", "deceased_on", "provisional")
    return Resident.objects.filter(deceased_on=None).select_related("facility").only(*wanted)
