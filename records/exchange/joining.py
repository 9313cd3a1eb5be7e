"""Sources of one facility that share its patient numbers: a PACS or LIS that uses the numbers of the hospital system.

A source's setting `patient_numbers_of` names the other source by its code. It counts only within one facility, and
only for a source that has its numbers from nobody else. A number alone links nobody: the name must agree
(`matching`), and two residents under one number are nobody's guess.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.fields.json import KT

from records.exchange.models import Held, Source, SourcePatient
from records.exchange.numbers import bare
from records.exchange.transactions import lock

OPTION = "patient_numbers_of"


def problem(source: Source) -> str:
    """What is wrong with the setting of a source, in plain words; empty where it is right, or not used."""
    code = _option(source)
    if not code:
        return ""
    other = Source.objects.filter(code=code).first()
    if other is None or other.facility_id != source.facility_id:
        return "“患者编号同”只能填写同一机构的另一个数据来源的编码。"
    if other.pk == source.pk or _option(other):
        return "“患者编号同”填写的数据来源，自己的患者编号不能又取自别处。"
    return ""


def giver(source_id: UUID) -> Source | None:
    """The source whose patient numbers this one uses, if its setting is right."""
    source = Source.objects.get(pk=source_id)
    if not _option(source) or problem(source):
        return None
    return Source.objects.get(code=_option(source))


def _option(source: Source) -> str:
    said = source.options.get(OPTION) if isinstance(source.options, dict) else None
    return said.strip() if isinstance(said, str) else ""


def shared(source_id: UUID, identifier: str, *, alone: bool = False) -> SourcePatient | None:
    """The link behind a number at the source it is shared with; None where there is none, or more than one resident.

    The very number counts before one that has another assigner in front of it. `alone`: under the lock that keeps the
    other source from linking it in this moment.
    """
    other = giver(source_id)
    if other is None:
        return None
    if alone:
        lock("shared numbers", other.pk)
    links = SourcePatient.objects.filter(source=other, unlinked_at=None)
    found = list(links.filter(identifier=identifier))
    if not found:
        number = identifier.rpartition(".")[2]
        found = list(links.alias(bare=bare("identifier")).filter(bare=number).order_by("id"))
    return found[0] if len({one.resident_id for one in found}) == 1 else None


def waiting(source_id: UUID, identifiers: Iterable[str]) -> Iterator[QuerySet[Held]]:
    """What waits at the sources that share these numbers."""
    for other in _takers(source_id):
        lock("shared numbers", source_id)
        known = {identifier.rpartition(".")[2] for identifier in identifiers}
        yield Held.objects.alias(bare=bare("subject_reference")).filter(source_id=other, bare__in=known)


def _takers(source_id: UUID) -> list[UUID]:
    """The sources of the same facility that name this one in their setting."""
    own = Source.objects.filter(pk=source_id)
    named = Source.objects.filter(options__has_key=OPTION).alias(code_of=KT(f"options__{OPTION}"))
    return list(
        named.filter(code_of=own.values("code")[:1], facility_id=own.values("facility_id")[:1])
        .exclude(pk=source_id)
        .order_by(F("code"))
        .values_list("pk", flat=True)
    )
