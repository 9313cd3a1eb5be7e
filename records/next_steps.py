"""What to do next about results that are out of range, by the facilities' own rules."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from records.models import NextStep, Observation

NORMAL = {Observation.Flag.NONE, Observation.Flag.NORMAL}


def steps_for(rows: Iterable[Observation], now: datetime) -> dict[UUID, NextStep]:
    """The advice in force for each of these results that is out of range, by its id; one query, none without such."""
    rows = list(rows)
    rules = asked(rows, now)
    return chosen(rows, rules) if rules is not None else {}


def asked(rows: Iterable[Observation], now: datetime) -> QuerySet[NextStep] | None:
    """The advice that may matter for these results; None where none of them is out of range."""
    flagged = [row for row in rows if row.flag not in NORMAL]
    if not flagged:
        return None
    live = Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    here = Q(facility=None) | Q(facility__in={row.facility_id for row in flagged})
    items = {name for row in flagged for name in (row.code, row.local_code) if name}
    return NextStep.objects.filter(live, here, item__in=items)


def chosen(rows: Iterable[Observation], found: Iterable[NextStep]) -> dict[UUID, NextStep]:
    """Of the advice found, what holds for each of these results that is out of range, by its id."""
    rules = list(found)
    flagged = [row for row in rows if row.flag not in NORMAL]
    best = {row.id: max((rule for rule in rules if _fits(rule, row)), key=_rank, default=None) for row in flagged}
    return {key: rule for key, rule in best.items() if rule}


def _fits(rule: NextStep, row: Observation) -> bool:
    own = rule.facility_id == row.facility_id
    named = rule.item == row.code or (own and rule.item == row.local_code)
    return named and (own or rule.facility_id is None) and rule.flag in {"", row.flag}


def _rank(rule: NextStep) -> tuple[bool, bool, datetime]:
    return rule.facility_id is not None, rule.flag != "", rule.made_at
