"""Staff say what a code stands for, or that it needs no standard code."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.rowsecurity import database
from records.exchange.codes.spellings import said
from records.exchange.codes.suggesting import LOINC, Suggestion, suggestion
from records.exchange.models import CodeMapping, Unmapped

Kind = Unmapped.Kind


def still_open(lines: QuerySet[Unmapped]) -> QuerySet[Unmapped]:
    """Lines that have no mapping since, and units that nobody has explained since."""
    mapped = CodeMapping.objects.filter(source_id=OuterRef("source_id"), local_code=OuterRef("code"))
    return lines.filter(Q(kind=Kind.UNIT) & ~said() | Q(kind=Kind.ITEM) & ~Exists(mapped))


def suggested(line: Unmapped) -> Suggestion | None:
    """What an item probably is."""
    if line.kind != Kind.ITEM:
        return None
    return suggestion(line.code, line.names, line.units, line.specimens)


def accept(lines: Iterable[Unmapped], *, certain_only: bool) -> list[CodeMapping]:
    """Map items to what is suggested; what has no (certain) suggestion, or a mapping by now, is left out."""
    made = []
    for line in lines:
        found = suggested(line)
        if found is None or (certain_only and not found.certain):
            continue
        mapping = CodeMapping(
            source_id=line.source_id,
            facility_id=line.facility_id,
            local_code=line.code,
            local_name=line.names[0] if line.names else "",
            standard_system=LOINC,
            standard_code=found.standard.code,
            unit_code=found.unit_code,
        )
        if _saved(mapping):
            made.append(mapping)
    return made


def _saved(mapping: CodeMapping) -> bool:
    try:
        with transaction.atomic(using=database()):
            mapping.save(force_insert=True)
    except IntegrityError:  # a colleague was quicker
        return False
    return True


def mark(lines: QuerySet[Unmapped], by: str, now: datetime, *, unneeded: bool) -> int:
    """Say that items need no standard code, or take that back; returns how many there were."""
    said = {"unneeded_at": now, "unneeded_by": by[:100]} if unneeded else {"unneeded_at": None, "unneeded_by": ""}
    return lines.filter(unneeded_at__isnull=unneeded).update(**said)
