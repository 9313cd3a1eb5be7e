"""Whose record it is: a strong identifier, and name, sex and birth date that agree with it (fault matrix, row 20).

Where anything disagrees, nothing is linked and a person decides.
"""

import unicodedata
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from pypinyin import lazy_pinyin

from records.exchange import joining, newborns, numbers, waking
from records.exchange.disagreements import IdentityConflict, Question, Said, Whose
from records.exchange.models import Held, IdentityCase, SourcePatient
from records.exchange.numbers import Number
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import alias, lock
from records.exchange.values import Person, Subject
from residents import documents
from residents.documents import Document
from residents.models import Identifier, Resident

LEGACY_LENGTH = 15
# What is held for one of these is applied when its patient becomes known.
NO_NUMBER = (
    "患者没有身份证号码，机构的这个患者编号也还没有对应的居民。请机构补上身份证号码后重新发送；收到后会自动入档。"
)
UNCOMPARED = "患者没有身份证号码，也没有写全性别和出生日期，不能核对。不影响已对应的居民。请机构补全后重新发送。"
_DOTS = str.maketrans("", "", "·•‧・．. \u3000'’-")


def link(person: Person, source_id: UUID, number: str, now: datetime, *, decided: bool = False) -> UUID:
    """Link the source's patient `number` to the resident whom `person` describes, a new one where nobody has the ID.

    Raises CannotApply with the reason where the person cannot be told for certain. A number that stood for somebody
    else before goes to another resident only when staff have `decided` so. Messages that waited for this patient wait
    to be applied from here on.

    Where the number stands for this very resident, and the message gives the same ID number, sex and birth date under
    another name, people at the facility are asked; meanwhile results go on to the resident: the ID number made the
    link, and it has not changed. Where anything else differs, the number is trusted no longer.
    """
    if not person.numbers:
        return _known(person, source_id, number, now)
    document = document_of(person, now)
    lock("patient", source_id, number)
    resident = holder(document) or _new_resident(person, document)
    last = numbers.last(source_id, number)
    ended = last is None or last.unlinked_at is not None
    if not same_person(resident, person):
        stands = not ended and last is not None and last.resident_id == resident.pk
        raise IdentityConflict(Question.DIFFERS, Said.by(person), keeps=stands and _renamed(resident, person))
    if last and not decided and (last.resident_id != resident.pk or (ended and _was_a_newborns(source_id, number))):
        raise IdentityConflict(Question.REUSED, Said.by(person))
    if last and last.resident_id != resident.pk and not ended:
        raise IdentityConflict(Question.REUSED, Said.by(person))
    linked = numbers.link(source_id, number, resident.pk, now) if ended else []
    waking.wake(linked or [Number(source_id, number)], document)
    return resident.pk


def _known(person: Person, source_id: UUID, number: str, now: datetime) -> UUID:
    """Whom a patient without an ID number is: the resident their number stands for, where all that is said agrees.

    Else for whom the number stands at the source whose numbers this one shares: there the name must agree, and nothing
    may contradict. Nobody is ever linked by name, sex and birth date alone, a newborn least of all.
    """
    lock("patient", source_id, number)
    own = numbers.standing(source_id, number) or _retired_for(person, source_id, number, now)
    found = own or joining.shared(source_id, number)
    if found is None:
        raise _unnumbered(person, number, now)
    resident = Resident.objects.get(pk=found.resident_id)
    if _contradicts(resident, person):
        baby = newborns.stands_under(resident.birth_date, person.name, person.birth_date, now)
        question = Question.NEWBORN if baby else Question.LOCAL
        raise IdentityConflict(question, Said.by(person), whose=Whose(resident.pk))
    if own is None:
        numbers.make(Number(source_id, number), resident.pk, now, via=found)
        waking.wake([Number(source_id, number)], None)
    elif not (person.sex and person.birth_date):
        raise CannotApply(Reason.NO_IDENTIFIER, UNCOMPARED)
    return resident.pk


def _retired_for(person: Person, source_id: UUID, number: str, now: datetime) -> SourcePatient | None:
    """The new link of a number for which others wait to be retired, where they lead to one resident and all agrees.

    The facility says that they are one patient; name, sex and birth date must say so, too.
    """
    waiting = Held.objects.filter(source_id=source_id, kind="Patient", subject_reference=number, resolved_at=None)
    old = waiting.filter(reason=Reason.UNKNOWN_SUBJECT).values("identifier")
    links = SourcePatient.objects.filter(source_id=source_id, identifier__in=old, unlinked_at=None)
    residents = list(Resident.objects.filter(pk__in=links.values("resident_id"))[:2])
    if len(residents) != 1 or numbers.last(source_id, number) or not same_person(residents[0], person):
        return None
    waking.wake(numbers.link(source_id, number, residents[0].pk, now), None)
    return numbers.standing(source_id, number)


def _contradicts(resident: Resident, person: Person) -> bool:
    """Whether the name differs, or anything else that is said."""
    return not (
        same_name(resident.name, person.name)
        and person.sex in ("", resident.sex)
        and person.birth_date in (None, resident.birth_date)
    )


def _unnumbered(person: Person, number: str, now: datetime) -> CannotApply:
    """Nobody knows this number yet: it waits for the message that brings the ID number, or a number that is known."""
    if newborns.looks_new(person.name, person.birth_date, now):
        return CannotApply(Reason.NEWBORN, newborns.NO_NUMBER_YET, number)
    return CannotApply(Reason.NO_IDENTIFIER, NO_NUMBER, number)


def _renamed(resident: Resident, person: Person) -> bool:
    """Whether the name is all that differs."""
    return resident.sex == person.sex and resident.birth_date == person.birth_date


def _was_a_newborns(source_id: UUID, number: str) -> bool:
    """Whether a baby came under this number: of what waits under it, nobody but people can say whose it is."""
    return IdentityCase.objects.filter(source_id=source_id, patient=number, question=Question.NEWBORN).exists()


def resident_of(subject: Subject, linked: UUID | None, now: datetime) -> UUID:
    """The resident a message speaks of: `linked` is whom the source's patient number stands for.

    Raises CannotApply where that is not known (yet).
    """
    if subject.document_number:
        return _by_document(subject, now)
    if linked is None:
        raise _unknown(subject.identifier)
    return linked


def waits_for_somebody(problem: CannotApply) -> bool:
    """Whether a message that cannot be applied waits for a patient to become known."""
    return problem.reason in waking.WAITS and bool(problem.subject)


def still_unknown(problem: CannotApply, source_id: UUID) -> bool:
    """Whether whom a message waits for is unknown (asked again under the lock, before the message is held)."""
    reference = problem.subject
    lock("patient", source_id, reference)
    index = waking.index_in(reference)
    if index is not None:
        return not Identifier.objects.filter(index=index, claimed=False).exists()
    if numbers.standing(source_id, reference) is not None:
        return False
    # Only a Patient makes a link out of a shared number; results wait for that link.
    return problem.reason == Reason.UNKNOWN_SUBJECT or joining.shared(source_id, reference, alone=True) is None


def _by_document(subject: Subject, now: datetime) -> UUID:
    document = read_number(subject.document_number, now)
    resident = holder(document)
    if resident is None:
        raise _unknown(waking.by_index(document))
    if not same_name(subject.name, resident.name):
        baby = newborns.stands_under(resident.birth_date, subject.name, None, now)
        raise IdentityConflict(Question.NEWBORN if baby else Question.UNNAMED, Said.by(subject))
    return resident.pk


def document_of(person: Person, now: datetime) -> Document:
    """The document that names a person; raises CannotApply where there is none, or it is malformed, or disagrees."""
    if not person.numbers:
        raise CannotApply(Reason.NO_IDENTIFIER, NO_NUMBER)
    found = {document.number: document for document in (read_number(number, now) for number in person.numbers)}
    if len(found) > 1:
        raise IdentityConflict(Question.SEVERAL, Said.by(person))
    document = next(iter(found.values()))
    if (person.sex, person.birth_date) != (document.sex.value, document.birth_date):
        # A baby under its mother's number: nobody may link the two, whatever they think.
        baby = newborns.stands_under(document.birth_date, person.name, person.birth_date, now)
        raise IdentityConflict(Question.NEWBORN if baby else Question.CONTRADICTS, Said.by(person))
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
    """A resident, not yet saved, as a message describes the person; ValueError where it gives no birth date."""
    if person.birth_date is None:
        raise ValueError("a resident has a birth date")
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


def _unknown(reference: str) -> CannotApply:
    return CannotApply(
        Reason.UNKNOWN_SUBJECT, "还没有收到这位患者的基本信息（Patient）。收到后会自动入档，不用处理。", reference
    )
