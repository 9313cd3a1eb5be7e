"""Whose record it is: a strong identifier, and name, sex and birth date that agree with it (fault matrix, row 20).

Where anything disagrees, nothing is linked and a person decides.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from pypinyin import lazy_pinyin

from records.exchange.disagreements import IdentityConflict, Question, Said
from records.exchange.models import Held, InboundKey, SourcePatient
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import alias, lock
from records.exchange.values import Person, Subject
from residents import documents
from residents.documents import Document
from residents.models import Identifier, Resident

LEGACY_LENGTH = 15
_DOTS = str.maketrans("", "", "·•‧・．. \u3000'’-")


def link(person: Person, source_id: UUID, number: str, now: datetime, *, decided: bool = False) -> UUID:
    """Link the source's patient `number` to the resident whom `person` describes, a new one where nobody has the ID.

    Raises CannotApply with the reason where the person cannot be told for certain. A number that stood for somebody
    else before goes to another resident only when staff have `decided` so. Messages that waited for this patient wait
    to be applied from here on.
    """
    document = document_of(person, now)
    lock("patient", source_id, number)
    resident = holder(document) or _new_resident(person, document)
    if not same_person(resident, person):
        raise IdentityConflict(Question.DIFFERS, Said.by(person))
    last = SourcePatient.objects.filter(source_id=source_id, identifier=number).order_by("linked_at", "id").last()
    ended = last is None or last.unlinked_at is not None
    if last and last.resident_id != resident.pk and not (ended and decided):
        raise IdentityConflict(Question.REUSED, Said.by(person))
    if ended:
        SourcePatient.objects.create(source_id=source_id, identifier=number, resident=resident, linked_at=now)
    wake_all(source_id, {number: document})
    return resident.pk


def unlink(source_id: UUID, number: str, now: datetime) -> None:
    """Trust a patient number no longer: what comes under it is held until the facility has put it right."""
    SourcePatient.objects.filter(source_id=source_id, identifier=number, unlinked_at=None).update(unlinked_at=now)


def resident_of(subject: Subject, linked: UUID | None, now: datetime) -> UUID:
    """The resident a message speaks of: `linked` is whom the source's patient number stands for.

    Raises CannotApply where that is not known (yet).
    """
    if subject.document_number:
        return _by_document(subject, now)
    if linked is None:
        raise _unknown(subject.identifier)
    return linked


def by_index(document: Document) -> str:
    """How a held message that names a person only by number says whom it waits for, without the number."""
    return f"index:{document.index.hex()}"


def still_unknown(reference: str, source_id: UUID) -> bool:
    """Whether nobody answers to `reference` (asked again under its lock, before a message is held for it)."""
    lock("patient", source_id, reference)
    if reference.startswith("index:"):
        index = bytes.fromhex(reference.removeprefix("index:"))
        return not Identifier.objects.filter(index=index, claimed=False).exists()
    return not SourcePatient.objects.filter(source_id=source_id, identifier=reference, unlinked_at=None).exists()


def _by_document(subject: Subject, now: datetime) -> UUID:
    document = read_number(subject.document_number, now)
    resident = holder(document)
    if resident is None:
        raise _unknown(by_index(document))
    if not same_name(subject.name, resident.name):
        raise IdentityConflict(Question.UNNAMED, Said.by(subject))
    return resident.pk


def document_of(person: Person, now: datetime) -> Document:
    """The document that names a person; raises CannotApply where it is malformed, or disagrees with the person."""
    found = {document.number: document for document in (read_number(number, now) for number in person.numbers)}
    if len(found) > 1:
        raise IdentityConflict(Question.SEVERAL, Said.by(person))
    document = next(iter(found.values()))
    if (person.sex, person.birth_date) != (document.sex.value, document.birth_date):
        raise IdentityConflict(Question.CONTRADICTS, Said.by(person))
    return document


def read_number(number: str, now: datetime) -> Document:
    """The document behind a number as a facility writes it; raises CannotApply for one that is malformed."""
    tidied = documents.tidy(number)
    if len(tidied) == LEGACY_LENGTH and tidied.isascii() and tidied.isdigit():
        tidied = documents.from_legacy(tidied)
    try:
        return documents.read(tidied, timezone.localdate(now))
    except ValidationError:
        # The validator's own words name parts of the number; these do not.
        raise CannotApply(
            Reason.BAD_IDENTIFIER, "身份证号码的位数、地区、出生日期或校验位不正确。请机构核对后重新发送。"
        ) from None


def same_person(resident: Resident, person: Person) -> bool:
    """Whether name, sex and birth date agree."""
    return (
        same_name(resident.name, person.name)
        and resident.sex == person.sex
        and resident.birth_date == person.birth_date
    )


def same_name(one: str, other: str) -> bool:
    """Whether two names are one; width, case, blanks and the dots of transcribed names do not matter."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    """A name as it is compared: width, case, blanks and the dots of transcribed names do not matter."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_DOTS)


def holder(document: Document) -> Resident | None:
    """The resident whose proved document this is."""
    # A number that somebody only claimed is nobody's: no result ever reaches whoever typed it in.
    proved = Identifier.objects.filter(kind=document.kind, index=document.index, claimed=False)
    found = proved.select_related("resident").first()
    return found.resident if found else None


def resident_from(person: Person) -> Resident:
    """A resident, not yet saved, as a message describes the person."""
    return Resident(
        name=person.name,
        name_pinyin="".join(lazy_pinyin(person.name)).replace(" ", "").lower()[:200],
        sex=person.sex,
        birth_date=person.birth_date,
    )


def _new_resident(person: Person, document: Document) -> Resident:
    """A person nobody knew; where another source was a moment faster, that one."""
    resident = resident_from(person)
    try:
        with transaction.atomic(using=alias()):
            resident.save(force_insert=True)
            Identifier.objects.create(
                resident=resident, kind=document.kind, value=document.number, index=document.index
            )
    except IntegrityError:
        known = holder(document)
        if known is None:
            raise
        return known
    return resident


def wake_all(source_id: UUID, linked: Mapping[str, Document | None]) -> None:
    """Let messages that waited for these patient numbers, or documents, be applied.

    They are marked resolved when they have been.
    """
    named = Q(source_id=source_id, subject_reference__in=list(linked))
    numbered = Q(subject_reference__in=[by_index(document) for document in linked.values() if document])
    waiting = Held.objects.filter(named | numbered, reason=Reason.UNKNOWN_SUBJECT, resolved_at=None).values("key_id")
    InboundKey.objects.filter(pk__in=waiting, state=InboundKey.State.HELD).update(
        state=InboundKey.State.WAITING, attempts=0
    )


def _unknown(reference: str) -> CannotApply:
    return CannotApply(
        Reason.UNKNOWN_SUBJECT, "还没有收到这位患者的基本信息（Patient）。收到后会自动入档，不用处理。", reference
    )
