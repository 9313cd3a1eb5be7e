"""Patient numbers that a facility merges, and merges that are taken back.

A merge retires a number in favour of another of the same source (HL7 v2 A18, A34, A36, A39, A40; FHIR Patient.link
`replaced-by`). Where both stand for one resident, or the old one for nobody, it is done at once: what comes under the
old number goes where the new one leads. Where they stand for two residents it is never done silently: people at the
facility are asked, and until they have decided each number goes on standing for whom it stood, because each link has
its own proof. A merge whose new number nobody knows yet waits for it.

Undoing gives everything back: each row goes to whom its number belonged before. Rows, links and merges are ended, none
is changed or deleted. What was merged, by which message, and who took it back stays in `PatientMerge`.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from records.exchange import matching, numbers, parting, settling, waking
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.disagreements import IdentityConflict, Question, Said, Whose
from records.exchange.limits import Limits
from records.exchange.models import Held, IdentityCase, InboundKey, PatientMerge, Source, SourcePatient
from records.exchange.numbers import Number
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import lock, whole_source
from records.exchange.versions import is_outdated
from residents.models import Identifier, Resident

State = InboundKey.State
# A resource of these is all the sender has to say of a patient: a link that is missing has been taken away.
WHOLE = (Source.Kind.FHIR_R4, Source.Kind.FHIR_PUSH, Source.Kind.FILE)
AT_ONCE = 100
WAITS = "机构把这个患者编号合并到了另一个编号，但还没有收到那个编号的基本信息（Patient）。收到后会自动合并，不用处理。"
BY_FACILITY = "机构的消息"


def merge(claimed: Claim, new: str, bench: Bench) -> UUID | None:
    """Merge the number of a Patient into another; None where a newer message has said otherwise."""
    key = claimed.key
    old = key.identifier
    lock_numbers(key.source_id, old, new)
    if old == new or is_outdated(key, _said_of_merging(key, bench.source)):
        return None
    found = standing(key.source_id, old)
    keeps = numbers.standing(key.source_id, new) or _vouched(key.source_id, old, new, bench)
    if keeps is None:
        raise CannotApply(Reason.UNKNOWN_SUBJECT, WAITS, new)
    if found is not None and found.new == new:
        return keeps.resident_id
    before = numbers.last(key.source_id, old)
    if before is not None and before.resident_id != keeps.resident_id:
        whose = Whose(before.resident_id, keeps.resident_id, new)
        raise IdentityConflict(Question.MERGED, _described(keeps.resident_id), whose=whose, keeps=True)
    made = _record(key.source_id, old, new, bench, key_id=key.pk)
    if before is None or before.unlinked_at is not None:
        numbers.make(Number(key.source_id, old), keeps.resident_id, bench.now, made_by=made)
    waking.wake([Number(key.source_id, old), *numbers.merged_into(key.source_id, old)], None)
    return keeps.resident_id


def _record(source_id: UUID, old: str, new: str, bench: Bench, **said: object) -> PatientMerge:
    """The row of a merge, in place of those that it contradicts: into another number, or the other way round."""
    ended = list(PatientMerge.objects.filter(source_id=source_id, old=old, undone_at=None))
    ended += [step for step in numbers.merges_from(source_id, new) if step.new == old]
    PatientMerge.objects.filter(pk__in=[one.pk for one in ended]).update(
        undone_at=bench.now, carried_out_at=bench.now, undone_by=BY_FACILITY, reason=""
    )
    fields = {"facility_id": bench.source.facility_id, "merged_at": bench.now, "merged_by": BY_FACILITY, **said}
    made: PatientMerge = PatientMerge.objects.create(source_id=source_id, old=old, new=new, **fields)
    return made


def _vouched(source_id: UUID, old: str, new: str, bench: Bench) -> SourcePatient | None:
    """The link of a new number that came without an ID number: to whom the old one leads, if all that is said agrees.

    The facility says that both are one patient; name, sex and birth date must say so, too.
    """
    before = numbers.standing(source_id, old)
    if before is None or numbers.last(source_id, new) is not None:
        return None
    resident = Resident.objects.get(pk=before.resident_id)
    same = Held.objects.filter(source_id=source_id, kind="Patient", identifier=new, resolved_at=None)
    for held in same.filter(reason=Reason.NO_IDENTIFIER).select_related("key").order_by("-held_at", "-id")[:1]:
        person = parting.person_of(held.key, bench)
        if person is not None and matching.same_person(resident, person):
            numbers.link(source_id, new, resident.pk, bench.now)
            waking.wake([Number(source_id, new)], None)
            return numbers.standing(source_id, new)
    return None


def _described(resident_id: UUID) -> Said:
    """A registered person as the page shows one side of a question."""
    resident = Resident.objects.get(pk=resident_id)
    card = Identifier.objects.filter(resident=resident, claimed=False).order_by("id").first()
    return Said((card.value,) if card else (), resident.name, resident.sex, resident.birth_date)


def standing(source_id: UUID, old: str) -> PatientMerge | None:
    return PatientMerge.objects.filter(source_id=source_id, old=old, undone_at=None).first()


def lock_numbers(source_id: UUID, *some: str) -> None:
    """First what stands for all merges of the source: each looks at numbers that others lead to."""
    lock("merges", source_id)
    for number in sorted(set(some)):
        lock("patient", source_id, number)


def versions_of(key: InboundKey) -> Q:
    """The other versions of a Patient that count: applied, or held because people have to decide."""
    conflict = Q(state=State.HELD, held__reason=Reason.IDENTITY_CONFLICT)
    same = Q(source_id=key.source_id, kind=key.kind, identifier=key.identifier)
    return same & (Q(state=State.APPLIED) | conflict) & ~Q(pk=key.pk)


def messages_of(key: InboundKey) -> set[UUID]:
    """The versions of a Patient that said no more than that its number was merged."""
    done = PatientMerge.objects.filter(source_id=key.source_id, old=key.identifier, key_id__isnull=False)
    asked = IdentityCase.objects.filter(source_id=key.source_id, patient=key.identifier, question=Question.MERGED)
    held = Held.objects.filter(
        source_id=key.source_id,
        subject_reference__in=[settling.reference(case) for case in asked.values_list("pk", flat=True)],
    )
    said = {one for one in done.values_list("key_id", flat=True) if one is not None}
    return said | set(held.values_list("key_id", flat=True))


def _said_of_merging(key: InboundKey, source: Source) -> list[InboundKey]:
    """The other versions that say whether the number is merged: of a sender who always says everything, all."""
    others = InboundKey.objects.filter(versions_of(key)).distinct()
    if source.kind in WHOLE:
        return list(others)
    parted = PatientMerge.objects.filter(source_id=key.source_id, old=key.identifier, undone_key_id__isnull=False)
    return list(others.filter(pk__in={*messages_of(key), *parted.values_list("undone_key_id", flat=True)}))


def carry_out(case: IdentityCase, bench: Bench) -> list[UUID]:
    """Merge two numbers of different residents, because people have decided it; returns the lines that wait now.

    Nothing happens where the numbers stand for others by now: then the held message asks anew.
    """
    by = case.decisions.order_by("-number").first()
    facts = case.facts
    before, keeps = numbers.last(case.source_id, case.patient), numbers.standing(case.source_id, case.into)
    if before is None or keeps is None:
        return []
    if (before.resident_id, keeps.resident_id) != (facts.resident_id, facts.other_id):
        return []
    said = Held.objects.filter(subject_reference=settling.reference(case.pk)).order_by("-held_at").first()
    made = _record(
        case.source_id,
        case.patient,
        case.into,
        bench,
        key_id=said.key_id if said else None,
        case=case,
        merged_by=by.decided_name if by else "",
    )
    ended: list[SourcePatient] = []
    for number in (Number(case.source_id, case.patient), *numbers.merged_into(case.source_id, case.patient)):
        link = numbers.standing(number.source_id, number.identifier)
        if link is not None and link.resident_id != keeps.resident_id:
            ended += _move(link, keeps.resident_id, bench.now, ended_by=made, made_by=made)
    return [key for link in ended for key in _take_back(link, _first_linked(link), bench)]


def undo_decided(case: IdentityCase, bench: Bench) -> list[UUID]:
    """Take back the merge that people had decided; the message that asked for it is held again."""
    by = case.decisions.order_by("-number").first()
    woken: list[UUID] = []
    for found in case.merges.filter(undone_at=None):
        undo(found, bench, by.decided_name if by else "", None)
        woken += _give_rows_back(found, bench)
    held = Held.objects.filter(source_id=case.source_id, subject_reference=settling.reference(case.pk))
    InboundKey.objects.filter(pk__in=held.values("key_id")).update(state=State.HELD, resident_id=None)
    held.update(resolved_at=None, resolved_by="", resolution="")
    return woken


def carry_out_undone(now: datetime) -> list[UUID]:
    """Give back what merges had moved that were undone since the last sweep; returns the lines that wait now."""
    woken: list[UUID] = []
    waiting = PatientMerge.objects.filter(undone_at__isnull=False, carried_out_at=None)
    for found in waiting.select_related("source__facility")[:AT_ONCE]:
        with whole_source(found.source_id):
            again = waiting.select_for_update(of=["self"]).filter(pk=found.pk).first()
            if again is not None:
                bench = Bench.of(found.source, now, Limits.at(now))
                _give_numbers_back(again, bench)
                woken += _give_rows_back(again, bench)
    return woken


def undo(found: PatientMerge, bench: Bench, by: str, key_id: UUID | None) -> None:
    """Take a merge back: from here on each number leads where it led before.

    The rows that it had moved follow in the worker's sweep, which has the source's messages to itself.
    """
    _give_numbers_back(found, bench)
    PatientMerge.objects.filter(pk=found.pk).update(undone_at=bench.now, undone_by=by, undone_key_id=key_id)


def _give_numbers_back(found: PatientMerge, bench: Bench) -> None:
    """Each number that the merge moved, also those merged into the old one, goes back to whom it stood for before."""
    way = [found.pk, *(step.pk for step in numbers.merges_from(found.source_id, found.new))]
    for number in (Number(found.source_id, found.old), *numbers.merged_into(found.source_id, found.old)):
        link = numbers.standing(number.source_id, number.identifier)
        if link is None or link.made_by_id not in way:
            continue
        links = SourcePatient.objects.filter(source_id=number.source_id, identifier=number.identifier)
        before = links.filter(ended_by__in=way).exclude(made_by__in=way).order_by("linked_at", "id").first()
        if before is None or before.resident_id != link.resident_id:
            _move(link, before.resident_id if before else None, bench.now, ended_by=found)


def _give_rows_back(found: PatientMerge, bench: Bench) -> list[UUID]:
    """What came while the merge held: doing it ended older links, undoing it those that it or a later one had made."""
    ended = SourcePatient.objects.filter(ended_by=found)
    made = ended.filter(Q(made_by__gte=found.pk) | Q(via__made_by__gte=found.pk)).order_by("id")
    woken = [key for link in made for key in _take_back(link, link.linked_at, bench)]
    PatientMerge.objects.filter(pk=found.pk).update(carried_out_at=bench.now)
    return woken


def _move(
    link: SourcePatient,
    to: UUID | None,
    now: datetime,
    *,
    ended_by: PatientMerge,
    made_by: PatientMerge | None = None,
) -> list[SourcePatient]:
    """Let a number, and those that other sources share with it, stand for somebody else; returns the ended links."""
    through = numbers.end(link, now, ended_by=ended_by)
    if to:
        made = numbers.make(Number(link.source_id, link.identifier), to, now, made_by=made_by)
        for one in through:
            numbers.make(Number(one.source_id, one.identifier), to, now, via=made, made_by=made_by)
    return [link, *through]


def _first_linked(link: SourcePatient) -> datetime:
    """Since when a number has stood for this resident, with breaks or without."""
    links = SourcePatient.objects.filter(source_id=link.source_id, identifier=link.identifier)
    return min(links.filter(resident_id=link.resident_id).values_list("linked_at", flat=True), default=link.linked_at)


def _take_back(link: SourcePatient, since: datetime, bench: Bench) -> list[UUID]:
    """Rows end where they stand, marked as taken back; their messages wait, and go to whom the number leads then."""
    own = bench if link.source_id == bench.source.pk else parting.bench_of(link.source_id, bench)
    return parting.take_back(Number(link.source_id, link.identifier), link.resident_id, since, own)
