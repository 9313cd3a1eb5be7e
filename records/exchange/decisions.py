"""What people decided about whose a message is, or which numbers are one patient's, carried out by the worker.

Decisions are rows that the web writes (`app.settle_identity`, `app.undo_merge`); only the worker opens messages, links,
moves and parts.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from records.exchange import merging, numbers, parting
from records.exchange.bench import Bench
from records.exchange.disagreements import Question
from records.exchange.limits import Limits
from records.exchange.models import Held, IdentityCase, IdentityDecision, InboundKey
from records.exchange.settling import reference
from records.exchange.transactions import whole_source
from records.exchange.versions import is_newer

State, Verdict = IdentityCase.State, IdentityDecision.Verdict
AT_ONCE = 100
RETURNED = "不是同一人，已退回机构"


def carry_out(now: datetime) -> list[UUID]:
    """Do what was decided since the last sweep; returns the ledger lines that wait to be applied now."""
    woken = merging.carry_out_undone(now)
    waiting = IdentityCase.objects.filter(carried_out_at=None).select_related("source__facility", "facts")
    for found in waiting[:AT_ONCE]:
        with whole_source(found.source_id):
            # Once more, alone: somebody may be deciding otherwise in this moment.
            case = waiting.select_for_update(of=["self"]).filter(pk=found.pk).first()
            if case is not None:
                woken += _carry_out(case, Bench.of(case.source, now, Limits.at(now)))
                IdentityCase.objects.filter(pk=case.pk).update(carried_out_at=now)
    return woken


def _carry_out(case: IdentityCase, bench: Bench) -> list[UUID]:
    held = Held.objects.filter(source_id=case.source_id, subject_reference=reference(case.pk))
    if case.state == State.SAME:
        return _link(case, held, bench)
    if case.state == State.DIFFERENT:
        return _return(case, held, bench)
    last = list(case.decisions.order_by("-number")[:2])
    if len(last) == 2 and last[1].verdict == Verdict.SAME:
        merged = case.question == Question.MERGED
        return merging.undo_decided(case, bench) if merged else parting.part(case, held, bench)
    kept = held.filter(key__state=InboundKey.State.HELD, resolution=RETURNED)
    kept.update(resolved_at=None, resolved_by="", resolution="")
    return []


def _link(case: IdentityCase, held: QuerySet[Held], bench: Bench) -> list[UUID]:
    """The messages wait to be applied to whom somebody settled on; two numbers become one patient's."""
    moved = merging.carry_out(case, bench) if case.question == Question.MERGED else []
    keys = list(held.filter(resolved_at=None).values_list("key_id", flat=True))
    InboundKey.objects.filter(pk__in=keys, state=InboundKey.State.HELD).update(
        state=InboundKey.State.WAITING, attempts=0
    )
    return [*moved, *keys]


def _return(case: IdentityCase, held: QuerySet[Held], bench: Bench) -> list[UUID]:
    """The messages go back to the facility; a number that was trusted meanwhile is trusted no longer."""
    last = case.decisions.order_by("-number").first()
    waiting = held.filter(resolved_at=None)
    doubted = case.question == Question.DIFFERS and _was_trusted(case) and not _taken_back(case, waiting)
    woken = parting.part(case, held, bench) if doubted else []
    waiting.update(
        resolved_at=bench.now,
        resolved_by=last.decided_name if last else "",
        resolution=RETURNED,
        retry_requested_at=None,
    )
    return woken


def _was_trusted(case: IdentityCase) -> bool:
    """Whether results went on to the resident while the question was open: the link is older than the question."""
    link = numbers.standing(case.source_id, case.patient)
    return link is not None and link.resident_id == case.facts.resident_id and link.linked_at <= case.opened_at


def _taken_back(case: IdentityCase, waiting: QuerySet[Held]) -> bool:
    """Whether the facility has since described the resident again as registered: then nothing is in doubt."""
    asked = [held.key for held in waiting.select_related("key")]
    same = InboundKey.objects.filter(
        source_id=case.source_id, kind="Patient", identifier=case.patient, state=InboundKey.State.APPLIED
    )
    return any(all(is_newer(line, key) for key in asked) for line in same)
