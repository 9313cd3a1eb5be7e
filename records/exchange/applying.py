"""Applying messages, idempotently; what cannot be applied is held with a reason.

What is simple is applied in batches (`batching`). What is here, each message in a transaction of its own, decides the
rest, and is the reference: a batch never leaves anything else behind. The attempt is counted before the work, so that
a message which kills the process is set aside in the end instead of stopping the queue for ever (fault matrix, row 24).
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q

from records.exchange import claims, folding, introducing, ledger, matching, recording, settling
from records.exchange.batching import apply_together
from records.exchange.bench import Bench
from records.exchange.disagreements import IdentityConflict
from records.exchange.mapping import MAPPINGS
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Held, InboundKey, Source
from records.exchange.problems import CannotApply, Reason
from records.exchange.reopening import Reopener
from records.exchange.transactions import one_message
from records.exchange.values import Content, Opened

logger = logging.getLogger(__name__)

ATTEMPTS = 5
BATCH = 1000
PATIENTS = Q(kind="Patient")
State = InboundKey.State


def apply_waiting(
    bench: Bench,
    opened: Opened,
    *,
    lines: Mapping[UUID, InboundKey] = MappingProxyType({}),
    pulse: Callable[[int], None] = lambda done: None,
) -> int:
    """Apply all that waits of one source, patients first; returns how many messages were tried.

    `opened` holds messages that are at hand; the others are read back from where they were stored. `lines` are those
    of them that have just been stored, their first attempt counted. Each message is tried once; `pulse` is told after
    each batch how many were.
    """
    tried, reopener = 0, Reopener()
    for batch in _batches(bench.source, lines):
        _apply_batch(batch, _contents(batch, opened, reopener), bench)
        tried += len(batch)
        pulse(len(batch))
    return tried


@dataclass(frozen=True)
class Waiting:
    """A ledger line in a batch; `is_new`: stored a moment ago, its first attempt counted, and not tried yet."""

    key: InboundKey
    is_new: bool


def _batches(source: Source, lines: Mapping[UUID, InboundKey]) -> Iterator[list[Waiting]]:
    """What waits, in the order of its arrival, after all patients who wait."""
    waiting = InboundKey.objects.filter(source=source, state=State.WAITING)
    rest = ~Q(kind="Patient")
    left = waiting
    while ids := list(
        left.order_by(ExpressionWrapper(rest, BooleanField()), "id").values_list("id", "kind", "attempts")[:BATCH]
    ):
        patients = [row for row in ids if row[1] == "Patient"]
        batch = patients or ids
        yield _at_hand(batch, lines)
        later = Q(pk__gt=batch[-1][0])
        left = waiting.filter(later | ~PATIENTS if patients else later & ~PATIENTS)
        if not patients and len(ids) < BATCH:
            return


def _at_hand(batch: Sequence[tuple[UUID, str, int]], lines: Mapping[UUID, InboundKey]) -> list[Waiting]:
    """The lines themselves: those that are not at hand are read."""
    new = {line for line, _, attempts in batch if attempts == 1 and line in lines}
    read = InboundKey.objects.in_bulk([line for line, _, _ in batch if line not in new])
    return [Waiting(lines[line] if line in new else read[line], line in new) for line, _, _ in batch]


def _apply_batch(batch: Sequence[Waiting], contents: Opened, bench: Bench) -> None:
    """Those never tried before together, as far as they are simple; then all others, in their order, one by one.

    What was tried before may have killed its process: it is tried alone, so that it takes nobody with it.
    """
    first = [one.key.pk for one in batch if not one.is_new and not one.key.attempts]
    counted = claims.count_first_attempts(first) | {one.key.pk for one in batch if one.is_new}
    keys = [one.key for one in batch]
    done = apply_together([key for key in keys if key.pk in counted], contents, bench)
    for key in keys:
        if key.pk in done:
            continue
        if key.pk in counted:
            _apply(key, contents.get(key.pk), bench, attempts=1)
        else:
            apply(key, contents.get(key.pk), bench)
    folding.settle(bench)


def _contents(batch: Sequence[Waiting], opened: Opened, reopener: Reopener) -> Opened:
    missing = [one.key for one in batch if one.key.pk not in opened]
    return opened | reopener.open(missing) if missing else opened


def apply(key: InboundKey, content: Content | None, bench: Bench) -> None:
    """Apply one message; afterwards it is applied, held with a reason, or waits for another attempt."""
    attempts = claims.count_attempt(key.pk)
    if attempts is not None:
        _apply(key, content, bench, attempts)


def _apply(key: InboundKey, content: Content | None, bench: Bench, attempts: int) -> None:
    if attempts > ATTEMPTS:
        hold(key, CannotApply(Reason.REPEATED_FAILURE, GAVE_UP), bench)
        return
    try:
        _try_or_hold(key, content, bench)
    except MISTAKES as mistake:
        # Never the text of the exception: a database error repeats the row.
        logger.error("message %s could not be applied: %s", key.pk, type(mistake).__name__)
        if attempts >= ATTEMPTS:
            hold(key, CannotApply(Reason.REPEATED_FAILURE, GAVE_UP), bench)


def _try_or_hold(key: InboundKey, content: Content | None, bench: Bench) -> None:
    try:
        _try(key, content, bench)
    except CannotApply as problem:
        if not hold(key, problem, bench):
            apply(key, content, bench)  # the patient became known in this moment


GAVE_UP = f"连续处理 {ATTEMPTS} 次都没有成功，这是门户程序的问题。请联系门户的维护人员，修复后点“重新处理”。"


def _try(key: InboundKey, content: Content | None, bench: Bench) -> None:
    if content is None:
        raise CannotApply(Reason.UNREADABLE, "保存的原文不能再次读取。")
    frame = bench.frame(content.neighbours)
    mapped = None if key.kind == "Patient" else MAPPINGS[key.kind](content.resource, frame)
    with one_message(key):
        claimed = claims.claim(key, mapped.subject.identifier if mapped else "")
        if claimed is None:
            return
        if mapped is None:
            resident_id = introducing.introduce(claimed, content, bench)
        else:
            resident_id = settling.whose(claimed, mapped.subject, bench.now)
            recording.record(claimed, mapped.rows, resident_id, bench)
        claims.settle({key.pk: resident_id})
        if claimed.held_id:
            ledger.resolve([claimed.held_id], bench.now, late=claimed.held_reason == Reason.UNKNOWN_SUBJECT)


def hold(key: InboundKey, problem: CannotApply, bench: Bench) -> bool:
    """Set a message aside with its reason; False where its patient has just become known, and it should be applied."""
    with one_message(key):
        if claims.claim(key) is None:
            return True
        if matching.waits_for_somebody(problem) and not matching.still_unknown(problem, key.source_id):
            return False
        if isinstance(problem, IdentityConflict):
            settling.ask(key, problem, bench)
        fields = ledger.held_fields(key, problem, bench.source.facility_id, bench.now)
        Held.objects.update_or_create(key=key, defaults=fields)
        InboundKey.objects.filter(pk=key.pk).update(state=State.HELD)
        return True
