"""Staff say which unit a spelling stands for that the table of units does not have. No number is ever converted."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from foundation.rowsecurity import database
from records.exchange import units
from records.exchange.models import UnitAlias, Unmapped


def in_force(facility_id: UUID) -> dict[str, str]:
    """Printed unit -> UCUM code at a facility; its own word comes before the one for all."""
    rows = UnitAlias.objects.filter(Q(facility_id=facility_id) | Q(facility=None), ended_at=None)
    ordered = sorted(rows, key=lambda row: row.facility_id is not None)
    return {row.printed: row.code for row in ordered}


def said() -> Exists:
    """Whether somebody has said what the unit of an `Unmapped` line stands for, there or for all."""
    there = Q(facility_id=OuterRef("facility_id")) | Q(facility=None)
    return Exists(UnitAlias.objects.filter(there, printed=OuterRef("code"), ended_at=None))


def accept(lines: Iterable[Unmapped], *, by: str, now: datetime) -> list[UnitAlias]:
    """Take what is suggested for units, each at its facility alone; a unit without a suggestion is left out."""
    made = []
    for line in lines:
        code = units.suggested(line.code) if line.kind == Unmapped.Kind.UNIT else ""
        row = UnitAlias(facility_id=line.facility_id, printed=line.code, code=code, made_at=now, made_by=by[:100])
        if code and _saved(row):
            made.append(row)
    return made


def _saved(row: UnitAlias) -> bool:
    try:
        with transaction.atomic(using=database()):
            row.save(force_insert=True)
    except IntegrityError:  # a colleague was quicker
        return False
    return True
