"""Whom a source's patient numbers stand for: links made and ended, and the numbers that follow one another.

A number merged into another (`PatientMerge`) and a number that another source of the facility shares (`via`) have links
of their own, so that whoever asks for one number finds its resident with one look. Here they are kept in step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, F, Func, Q, Value

from records.exchange.models import PatientMerge, SourcePatient

REPLACED = "改给了另一位居民"


@dataclass(frozen=True)
class Number:
    """A patient number of one source."""

    source_id: UUID
    identifier: str


def bare(column: str) -> Func:
    """A number without whoever assigned it, as SQL: the last part of an id (hl7v2.naming)."""
    return Func(F(column), Value("."), Value(-1), function="split_part", output_field=CharField())


def standing(source_id: UUID, identifier: str) -> SourcePatient | None:
    """The link that holds now."""
    return SourcePatient.objects.filter(source_id=source_id, identifier=identifier, unlinked_at=None).first()


def last(source_id: UUID, identifier: str) -> SourcePatient | None:
    """The newest link, whether or not it has ended; what a merge that was undone had made says nothing any more."""
    links = SourcePatient.objects.filter(source_id=source_id, identifier=identifier)
    said = links.filter(Q(unlinked_at=None) | Q(made_by=None) | Q(made_by__undone_at=None))
    return said.order_by("linked_at", "id").last()


def make(
    number: Number,
    resident_id: UUID,
    now: datetime,
    *,
    via: SourcePatient | None = None,
    made_by: PatientMerge | None = None,
) -> SourcePatient:
    """A new link of a number that has none."""
    return SourcePatient.objects.create(
        source_id=number.source_id,
        identifier=number.identifier,
        resident_id=resident_id,
        linked_at=now,
        via=via,
        made_by=made_by,
    )


def link(source_id: UUID, identifier: str, resident_id: UUID, now: datetime) -> list[Number]:
    """Let a number stand for a resident, and those that follow it again; returns all of them.

    A number that goes to somebody else than the number it was merged into is merged no longer.
    """
    found = make(Number(source_id, identifier), resident_id, now)
    into = PatientMerge.objects.filter(source_id=source_id, old=identifier, undone_at=None).first()
    if into is not None:
        keeps = standing(source_id, into.new)
        if keeps is not None and keeps.resident_id != resident_id:
            PatientMerge.objects.filter(pk=into.pk).update(
                undone_at=now, carried_out_at=now, undone_by="系统", reason=REPLACED
            )
    return [Number(source_id, identifier), *_follow(found, now)]


def _follow(link: SourcePatient, now: datetime) -> list[Number]:
    """The numbers that stood for the same resident because of this one, and ended with it, stand for them again."""
    again: list[Number] = []
    for number in merged_into(link.source_id, link.identifier):
        before = last(number.source_id, number.identifier)
        if before is not None and before.unlinked_at and before.resident_id == link.resident_id:
            found = make(number, link.resident_id, now, made_by=before.made_by)
            again += [number, *_rejoin(found, now)]
    return again + _rejoin(link, now)


def _rejoin(link: SourcePatient, now: datetime) -> list[Number]:
    """The same for the sources that share this number."""
    joined = SourcePatient.objects.filter(
        via__source_id=link.source_id, via__identifier=link.identifier, resident_id=link.resident_id
    )
    again = []
    for number in sorted({(one.source_id, one.identifier) for one in joined}):
        if standing(*number) is None:
            make(Number(*number), link.resident_id, now, via=link)
            again.append(Number(*number))
    return again


def unlink(source_id: UUID, identifier: str, now: datetime) -> list[SourcePatient]:
    """Trust a number no longer, nor what follows it: what comes under them waits until it is settled.

    Returns the links that ended, the number's own first.
    """
    found = standing(source_id, identifier)
    if found is None:
        return []
    links = [found]
    for number in merged_into(source_id, identifier):
        one = standing(number.source_id, number.identifier)
        links += [one] if one is not None and one.resident_id == found.resident_id else []
    return links + [through for one in links for through in end(one, now)]


def end(link: SourcePatient, now: datetime, *, ended_by: PatientMerge | None = None) -> list[SourcePatient]:
    """End a link with those that other sources have through it; returns the latter."""
    through = list(SourcePatient.objects.filter(via=link, unlinked_at=None))
    SourcePatient.objects.filter(pk__in=[link.pk, *(one.pk for one in through)], unlinked_at=None).update(
        unlinked_at=now, ended_by=ended_by
    )
    return through


def merged_into(source_id: UUID, identifier: str) -> list[Number]:
    """The numbers that were merged into this one, also through others; the nearest first."""
    found: dict[str, None] = {}
    nearest = [identifier]
    while nearest:
        merges = PatientMerge.objects.filter(source_id=source_id, new__in=nearest, undone_at=None).order_by("id")
        nearest = [one.old for one in merges if one.old not in found and one.old != identifier]
        found |= dict.fromkeys(nearest)
    return [Number(source_id, one) for one in found]


def merges_from(source_id: UUID, identifier: str) -> Iterator[PatientMerge]:
    """The merges on the way from a number to the one that is to stay."""
    seen: set[str] = set()
    while identifier not in seen:
        seen.add(identifier)
        step = PatientMerge.objects.filter(source_id=source_id, old=identifier, undone_at=None).first()
        if step is None:
            return
        yield step
        identifier = step.new
