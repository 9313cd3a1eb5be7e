"""Questions of identity: asked once for all messages that say the same, and what people decided, carried out.

Decisions are rows that the web writes (`app.settle_identity`); only the worker opens messages, links and parts. What
was linked can be undone: see `parting`.
"""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q

from records.exchange import matching, parting
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.disagreements import IdentityConflict, Question, Said
from records.exchange.limits import Limits
from records.exchange.models import Held, IdentityCase, IdentityDecision, IdentityFacts, InboundKey, SourcePatient
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import lock, whole_source
from records.exchange.values import Person, Subject

State, Verdict = IdentityCase.State, IdentityDecision.Verdict
AT_ONCE = 100
RETURNED = "不是同一人，已退回机构"


def ask(key: InboundKey, conflict: IdentityConflict, bench: Bench) -> None:
    """Ask whose a message is, within its transaction; what was decided of the same facts before holds for it too.

    A patient number that speaks against its link is trusted no longer.
    """
    patient = key.identifier if key.kind == "Patient" else ""
    resident_id = _registered(conflict.said, bench.now)
    lock("patient", key.source_id, patient or f"resident:{resident_id}")
    case = _asked(key, patient, resident_id, conflict) or _open(key, patient, resident_id, conflict, bench)
    conflict.subject = reference(case.pk)
    if case.state != State.OPEN:
        IdentityCase.objects.filter(pk=case.pk).update(carried_out_at=None)
    if patient and case.state != State.SAME:
        matching.unlink(key.source_id, patient, bench.now)


def reference(case_id: UUID) -> str:
    """How a held message names its case."""
    return f"case:{case_id}"


def whose(claimed: Claim, subject: Subject, now: datetime) -> UUID:
    """The resident a message speaks of: whom somebody settled on, else whom it names; CannotApply where unknown."""
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
    links = SourcePatient.objects.filter(source_id=key.source_id, identifier=key.identifier)
    if not links.filter(resident_id=resident_id, unlinked_at=None).exists():
        matching.unlink(key.source_id, key.identifier, now)
        links.create(source_id=key.source_id, identifier=key.identifier, resident_id=resident_id, linked_at=now)
    matching.wake_all(key.source_id, {key.identifier: None})
    return resident_id


def carry_out(now: datetime) -> list[UUID]:
    """Do what was decided since the last sweep; returns the ledger lines that wait to be applied now."""
    woken: list[UUID] = []
    waiting = IdentityCase.objects.filter(carried_out_at=None).select_related("source__facility", "facts")
    for found in waiting[:AT_ONCE]:
        with whole_source(found.source_id):
            # Once more, alone: somebody may be deciding otherwise in this moment.
            case = waiting.select_for_update(of=["self"]).filter(pk=found.pk).first()
            if case is not None:
                woken += _carry_out(case, now)
                IdentityCase.objects.filter(pk=case.pk).update(carried_out_at=now)
    return woken


def _carry_out(case: IdentityCase, now: datetime) -> list[UUID]:
    held = Held.objects.filter(source_id=case.source_id, subject_reference=reference(case.pk))
    if case.state == State.SAME:
        keys = list(held.filter(resolved_at=None).values_list("key_id", flat=True))
        InboundKey.objects.filter(pk__in=keys, state=InboundKey.State.HELD).update(
            state=InboundKey.State.WAITING, attempts=0
        )
        return keys
    last = list(case.decisions.order_by("-number")[:2])
    if case.state == State.DIFFERENT:
        by = last[0].decided_name if last else ""
        held.filter(resolved_at=None).update(
            resolved_at=now, resolved_by=by, resolution=RETURNED, retry_requested_at=None
        )
        return []
    if len(last) == 2 and last[1].verdict == Verdict.SAME:
        return parting.part(case, held, Bench.of(case.source, now, Limits.at(now)))
    kept = held.filter(key__state=InboundKey.State.HELD, resolution=RETURNED)
    kept.update(resolved_at=None, resolved_by="", resolution="")
    return []


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
        linkable=question == Question.REUSED or (resident_id is not None and question != Question.SEVERAL),
        opened_at=bench.now,
        carried_out_at=bench.now,
    )
    IdentityFacts.objects.create(case=case, resident_id=resident_id, said=conflict.said.written())
    return case
