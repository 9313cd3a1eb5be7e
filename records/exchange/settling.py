"""Questions of identity: asked once for all messages that say the same, and whose a message is once that is settled.

What people decided is carried out by `decisions`; what was linked can be undone: see `parting` and `merging`.
"""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q

from records.exchange import matching, numbers, recalling, waking
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.disagreements import IdentityConflict, Question, Said
from records.exchange.models import Held, IdentityCase, IdentityFacts, InboundKey
from records.exchange.numbers import Number
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import lock
from records.exchange.values import Person, Subject

State = IdentityCase.State
# Nobody may link these: of several numbers none is certain, and a baby is not its mother.
NEVER_LINKED = (Question.SEVERAL, Question.NEWBORN)


def ask(key: InboundKey, conflict: IdentityConflict, bench: Bench) -> None:
    """Ask whose a message is, within its transaction; what was decided of the same facts before holds for it too.

    A patient number that speaks against its link is trusted no longer, unless the conflict says that it is meanwhile:
    a new name under the same ID number, and a merge, whose two numbers have each a proof of its own.
    """
    patient = key.identifier if key.kind == "Patient" else ""
    resident_id = conflict.whose.resident_id if conflict.whose else _registered(conflict.said, bench.now)
    lock("patient", key.source_id, patient or f"resident:{resident_id}")
    case = _asked(key, patient, resident_id, conflict) or _open(key, patient, resident_id, conflict, bench)
    conflict.subject = reference(case.pk)
    if case.state != State.OPEN:
        IdentityCase.objects.filter(pk=case.pk).update(carried_out_at=None)
    trusted = case.state == State.SAME or (conflict.keeps and case.state == State.OPEN)
    if patient and not trusted and conflict.question != Question.MERGED:
        numbers.unlink(key.source_id, patient, bench.now)


def reference(case_id: UUID) -> str:
    """How a held message names its case."""
    return f"case:{case_id}"


def whose(claimed: Claim, subject: Subject, now: datetime) -> UUID:
    """The resident a message speaks of: whom somebody settled on, else whom it names; CannotApply where unknown."""
    moved = recalling.right_person(claimed.recall_id)
    if moved is not None:
        return moved
    case = _decided(claimed)
    if case is not None and case.facts.resident_id is not None:
        return case.facts.resident_id
    return matching.resident_of(subject, claimed.resident_id, now)


def link(claimed: Claim, person: Person, now: datetime) -> UUID:
    """Link a source's patient to the resident somebody settled on, else to whom the person is (`matching.link`)."""
    key, case = claimed.key, _decided(claimed)
    resident_id = case.facts.resident_id if case else None
    if resident_id is None:
        return matching.link(person, key.source_id, key.identifier, now, decided=case is not None)
    lock("patient", key.source_id, key.identifier)
    linked = [Number(key.source_id, key.identifier)]
    stands = numbers.standing(key.source_id, key.identifier)
    if stands is None or stands.resident_id != resident_id:
        numbers.unlink(key.source_id, key.identifier, now)
        linked = numbers.link(key.source_id, key.identifier, resident_id, now)
    waking.wake(linked, None)
    return resident_id


def _decided(claimed: Claim) -> IdentityCase | None:
    """The case that says whose a held message is; one more statement, only where identity was the question."""
    if claimed.held_reason != Reason.IDENTITY_CONFLICT or claimed.held_id is None:
        return None
    named = Held.objects.filter(pk=claimed.held_id).values_list("subject_reference", flat=True).first() or ""
    decided = IdentityCase.objects.filter(state=State.SAME).select_related("facts")
    kind, _, case_id = named.partition(":")
    return decided.filter(pk=case_id).first() if kind == "case" else None


def _registered(said: Said, now: datetime) -> UUID | None:
    """Who holds the document number that the message gives, if it gives one."""
    try:
        documents = {matching.read_number(number, now) for number in said.numbers}
    except (CannotApply, ValidationError):
        return None
    holder = matching.holder(documents.pop()) if len(documents) == 1 else None
    return holder.pk if holder else None


def _asked(key: InboundKey, patient: str, resident_id: UUID | None, conflict: IdentityConflict) -> IdentityCase | None:
    """The case that asked the same of the same facts before."""
    whom = Q(facts__resident_id=resident_id) if resident_id else Q(facts__resident_id=None)
    same = IdentityCase.objects.filter(whom, source_id=key.source_id, patient=patient, question=conflict.question)
    if conflict.whose:
        same = same.filter(into=conflict.whose.into, facts__other_id=conflict.whose.other_id)
    for case in same.select_related("facts"):
        if Said.read(case.facts.said) == conflict.said:
            return case
    return None


def _open(
    key: InboundKey, patient: str, resident_id: UUID | None, conflict: IdentityConflict, bench: Bench
) -> IdentityCase:
    question = conflict.question
    case = IdentityCase.objects.create(
        source_id=key.source_id,
        facility_id=bench.source.facility_id,
        patient=patient,
        question=question,
        into=conflict.whose.into if conflict.whose else "",
        linkable=question == Question.REUSED or (resident_id is not None and question not in NEVER_LINKED),
        opened_at=bench.now,
        carried_out_at=bench.now,
    )
    other_id = conflict.whose.other_id if conflict.whose else None
    said = conflict.said.written()
    IdentityFacts.objects.create(case=case, resident_id=resident_id, other_id=other_id, said=said)
    return case
