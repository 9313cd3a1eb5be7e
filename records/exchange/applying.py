"""Applying messages: each in a transaction of its own, idempotently; what cannot be applied is held with a reason.

The attempt is counted before the work, so that a message which kills the process is set aside in the end instead of
stopping the queue for ever (fault matrix, row 24).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError
from django.db.models import Q

from records.exchange import claims, ledger, matching, recording
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.mapping import KINDS, MAPPINGS, patient
from records.exchange.models import Held, InboundKey, Source
from records.exchange.problems import CannotApply, Reason
from records.exchange.reopening import reopen
from records.exchange.transactions import repeatable
from records.exchange.values import Content, Opened
from records.exchange.versions import is_outdated

logger = logging.getLogger(__name__)

ATTEMPTS = 5
BATCH = 200
State = InboundKey.State

# What our own code may raise by mistake. A lost connection, a deadlock or a task's time limit is none of these: it
# ends the run, and the message waits.
MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RuntimeError,
    ValidationError,
    DataError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)


def apply_waiting(bench: Bench, opened: Opened, *, pulse: Callable[[int], None] = lambda done: None) -> int:
    """Apply all that waits of one source, patients first; returns how many messages were tried.

    `opened` holds messages that are at hand; the others are read back from where they were stored. Each message is
    tried once; `pulse` is told after each batch how many were.
    """
    tried = _apply_kind(bench, opened, KINDS[0], pulse)
    for kind in _kinds_waiting(bench.source):
        tried += _apply_kind(bench, opened, kind, pulse)
    return tried


def _kinds_waiting(source: Source) -> list[str]:
    """The kinds of which something waits, patients left out, in the order in which they are applied."""
    found = set(InboundKey.objects.filter(source=source, state=State.WAITING).values_list("kind", flat=True).distinct())
    return [kind for kind in KINDS[1:] if kind in found]


def _apply_kind(bench: Bench, opened: Opened, kind: str, pulse: Callable[[int], None]) -> int:
    tried = 0
    last: UUID | None = None
    while batch := _batch(bench.source, kind, last):
        contents = _contents(batch, opened)
        for key in batch:
            apply(key, contents.get(key.pk), bench)
        last = batch[-1].pk
        tried += len(batch)
        pulse(len(batch))
        if len(batch) < BATCH:
            break
    return tried


def _batch(source: Source, kind: str, after: UUID | None) -> list[InboundKey]:
    waiting = InboundKey.objects.filter(source=source, state=State.WAITING, kind=kind).order_by("id")
    return list((waiting.filter(pk__gt=after) if after else waiting)[:BATCH])


def _contents(batch: list[InboundKey], opened: Opened) -> Opened:
    missing = [key for key in batch if key.pk not in opened]
    return opened | reopen(missing) if missing else opened


def apply(key: InboundKey, content: Content | None, bench: Bench) -> None:
    """Apply one message; afterwards it is applied, held with a reason, or waits for another attempt."""
    attempts = claims.count_attempt(key.pk)
    if attempts is None:
        return
    if attempts > ATTEMPTS:
        hold(key, CannotApply(Reason.REPEATED_FAILURE, GAVE_UP), bench)
        return
    try:
        _try(key, content, bench)
    except CannotApply as problem:
        if not hold(key, problem, bench):
            apply(key, content, bench)  # the patient became known in this moment
    except MISTAKES as mistake:
        # Never the text of the exception: a database error repeats the row.
        logger.error("message %s could not be applied: %s", key.pk, type(mistake).__name__)
        if attempts >= ATTEMPTS:
            hold(key, CannotApply(Reason.REPEATED_FAILURE, GAVE_UP), bench)


GAVE_UP = f"连续处理 {ATTEMPTS} 次都没有成功，这是门户程序的问题。请联系门户的维护人员，修复后点“重新处理”。"


def _try(key: InboundKey, content: Content | None, bench: Bench) -> None:
    if content is None:
        raise CannotApply(Reason.UNREADABLE, "保存的原文不能再次读取。")
    frame = bench.frame(content.neighbours)
    mapped = None if key.kind == "Patient" else MAPPINGS[key.kind](content.resource, frame)
    with repeatable("record", key.source_id, key.kind, key.identifier):
        claimed = claims.claim(key, mapped.subject.identifier if mapped else "")
        if claimed is None:
            return
        if mapped is None:
            resident_id = _apply_patient(claimed, content, bench)
        else:
            resident_id = matching.resident_of(mapped.subject, claimed.resident_id, bench.now)
            recording.record(claimed, mapped.rows, resident_id, bench)
        claims.settle(claimed, resident_id)
        if claimed.held_id:
            _resolve(claimed.held_id, claimed.held_reason, bench.now)


def _apply_patient(claimed: Claim, content: Content, bench: Bench) -> UUID | None:
    """Link a patient, unless a newer version of the same Patient has been linked, or speaks against it."""
    key = claimed.key
    conflict = Q(state=State.HELD, held__reason=Reason.IDENTITY_CONFLICT, held__resolved_at=None)
    same = InboundKey.objects.filter(source_id=key.source_id, kind=key.kind, identifier=key.identifier)
    if is_outdated(key, same.filter(Q(state=State.APPLIED) | conflict).exclude(pk=key.pk)):
        return None
    person = patient(content.resource, bench.frame(content.neighbours))
    # Held for this very question and tried again: only staff ask for that.
    decided = claimed.held_reason == Reason.IDENTITY_CONFLICT
    return matching.link(person, key.source_id, key.identifier, bench.now, decided=decided)


def _resolve(held_id: UUID, reason: str, now: datetime) -> None:
    """A message that was held has been applied after all."""
    late = reason == Reason.UNKNOWN_SUBJECT
    Held.objects.filter(pk=held_id).update(
        resolved_at=now,
        resolved_by="系统",
        resolution="已收到患者信息，自动入档" if late else "重新处理后已入档",
        retry_requested_at=None,
    )


def hold(key: InboundKey, problem: CannotApply, bench: Bench) -> bool:
    """Set a message aside with its reason; False where its patient has just become known, and it should be applied."""
    with repeatable("record", key.source_id, key.kind, key.identifier):
        if claims.claim(key) is None:
            return True
        if problem.reason == Reason.UNKNOWN_SUBJECT and not matching.still_unknown(problem.subject, key.source_id):
            return False
        if key.kind == "Patient" and problem.reason == Reason.IDENTITY_CONFLICT:
            matching.unlink(key.source_id, key.identifier, bench.now)
        fields = ledger.held_fields(key, problem, bench.source.facility_id, bench.now)
        Held.objects.update_or_create(key=key, defaults=fields)
        InboundKey.objects.filter(pk=key.pk).update(state=State.HELD)
        return True
