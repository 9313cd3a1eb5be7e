"""Patients of a batch linked together: those whom nobody has to think about, as `matching.link` would one by one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from records.exchange import matching, waking
from records.exchange.bench import Bench
from records.exchange.mapping import parted_from, patient, replaced_by
from records.exchange.mistakes import MISTAKES
from records.exchange.models import InboundKey, SourcePatient
from records.exchange.problems import CannotApply
from records.exchange.values import Opened, Person
from residents.documents import Document
from residents.models import Identifier, Resident


@dataclass(frozen=True)
class Arrived:
    """A patient as a message describes them, with the document that names them."""

    person: Person
    document: Document


def understood(keys: Sequence[InboundKey], contents: Opened, bench: Bench) -> dict[InboundKey, Arrived]:
    """The patients whose messages can be understood, each of whom is the only one with that document number."""
    found = {key: one for key in keys if (one := _understood(key, contents, bench))}
    times = Counter(one.document for one in found.values())
    return {key: one for key, one in found.items() if times[one.document] == 1}


def _understood(key: InboundKey, contents: Opened, bench: Bench) -> Arrived | None:
    content = contents.get(key.pk)
    if content is None:
        return None
    try:
        frame = bench.frame(content.neighbours)
        if replaced_by(content.resource, frame) or parted_from(content.resource, frame):
            return None
        person = patient(content.resource, frame)
        return Arrived(person, matching.document_of(person, bench.now))
    except (CannotApply, *MISTAKES):
        return None


def link_all(patients: Mapping[InboundKey, Arrived], bench: Bench) -> dict[UUID, UUID]:
    """Link those who are new to everybody, or known as they are; returns whom each linked message speaks of.

    In a transaction on the whole source, which stands for the lock on each patient number. Raises IntegrityError where
    another source was a moment faster with a new person.
    """
    holders, links = _holders(patients.values()), _links(patients, bench)
    linked: dict[InboundKey, UUID] = {}
    new: list[tuple[Resident, Document]] = []
    for key, one in patients.items():
        resident, last = holders.get(one.document), links.get(key.identifier)
        if resident is None and last is None:
            resident = matching.resident_from(one.person)
            new.append((resident, one.document))
        if resident is not None and _fits(resident, one.person, last):
            linked[key] = resident.pk
    _write(new, {key: who for key, who in linked.items() if key.identifier not in links}, bench)
    waking.wake_all(bench.source.pk, {key.identifier: patients[key].document for key in linked})
    return {key.pk: who for key, who in linked.items()}


def _fits(resident: Resident, person: Person, last: SourcePatient | None) -> bool:
    """Whether the person is the resident, and the source's number stands for nobody yet, or for them."""
    free = last is None or (last.unlinked_at is None and last.resident_id == resident.pk)
    return free and matching.same_person(resident, person)


def _holders(arrived: Iterable[Arrived]) -> dict[Document, Resident]:
    """Who holds each document."""
    documents = {one.document for one in arrived}
    by_index = {index: document for document in documents for index in document.index.every}
    proved = Identifier.objects.filter(
        kind__in={document.kind for document in documents},
        index__in=[document.index for document in documents],
        claimed=False,
    )
    found = {by_index[bytes(row.index)]: row for row in proved.select_related("resident")}
    return {document: row.resident for document, row in found.items() if row.kind == document.kind}


def _links(patients: Mapping[InboundKey, Arrived], bench: Bench) -> dict[str, SourcePatient]:
    """For whom the source's numbers stood last."""
    numbers = [key.identifier for key in patients]
    rows = SourcePatient.objects.filter(source_id=bench.source.pk, identifier__in=numbers)
    return {row.identifier: row for row in rows.order_by("linked_at", "id")}


def _write(new: list[tuple[Resident, Document]], linked: Mapping[InboundKey, UUID], bench: Bench) -> None:
    # In the order of the index: two sources with the same new persons wait for each other in one direction only.
    new.sort(key=lambda one: one[1].index)
    Resident.objects.bulk_create([resident for resident, _ in new])
    Identifier.objects.bulk_create(
        Identifier(resident=resident, kind=document.kind, value=document.number, index=document.index)
        for resident, document in new
    )
    SourcePatient.objects.bulk_create(
        SourcePatient(source_id=key.source_id, identifier=key.identifier, resident_id=who, linked_at=bench.now)
        for key, who in linked.items()
    )
