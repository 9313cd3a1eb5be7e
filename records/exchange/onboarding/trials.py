"""Trials: staff ask for one, the worker carries it out and writes down what it found. The row is the wish."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from foundation.dated import register, setting
from foundation.rowsecurity import database
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Source, Trial
from records.exchange.problems import PullFailed
from records.exchange.runs import Clock
from records.exchange.transactions import durable

logger = logging.getLogger(__name__)

KEPT_MINUTES = register("exchange.trial_minutes", 10, "接入试验最长的分钟数，超过就算中途被打断")
State = Trial.State
OPEN = (State.WAITING, State.RUNNING)
INTERRUPTED = "试验中途被打断（程序停止或数据库断开）。请再试一次。"
MISTAKEN = "试验时门户的程序出错，请联系门户的维护人员。"


@dataclass(frozen=True)
class Found:
    """What a trial found: whether it passed, in words, and the figures."""

    passed: bool
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)


def ask(source: Source, kind: str, *, by: str, now: datetime) -> bool:
    """Note that somebody wants a trial; False where one of this kind waits or runs already."""
    trial = Trial(source=source, facility_id=source.facility_id, kind=kind, asked_at=now, asked_by=by[:100])
    try:
        with transaction.atomic(using=database()):
            trial.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def due(now: datetime) -> list[UUID]:
    """The trials that wait; one whose worker has been killed is closed, so that another may be asked for."""
    lost = now - timedelta(minutes=setting(KEPT_MINUTES, now))
    Trial.objects.filter(state=State.RUNNING, started_at__lt=lost).update(
        state=State.FAILED, ended_at=now, sentence=INTERRUPTED
    )
    return list(Trial.objects.filter(state=State.WAITING).order_by("asked_at").values_list("pk", flat=True))


def carry_out(trial_id: UUID, *, clock: Clock) -> None:
    """Carry out one trial, unless another process has it."""
    if not Trial.objects.filter(pk=trial_id, state=State.WAITING).update(state=State.RUNNING, started_at=clock()):
        return
    trial = Trial.objects.select_related("source__facility").get(pk=trial_id)
    found = _found(trial, clock())
    with durable():
        Trial.objects.filter(pk=trial_id, state=State.RUNNING).update(
            state=State.PASSED if found.passed else State.FAILED,
            sentence=found.sentence[:500],
            facts=found.facts,
            ended_at=clock(),
        )


def _found(trial: Trial, now: datetime) -> Found:
    # Both ask facilities in every way there is, and staff's pages, which only write wishes down, need none of it.
    from records.exchange.onboarding import connections, rehearsing

    deed = rehearsing.rehearse if trial.kind == Trial.Kind.REHEARSAL else connections.test
    try:
        return deed(trial.source, now)
    except PullFailed as problem:
        return Found(False, str(problem))
    except MISTAKES as mistake:
        # Never the text of the exception: it may repeat what a facility said.
        logger.error("trial %s went wrong: %s", trial.pk, type(mistake).__name__)
        return Found(False, MISTAKEN)
