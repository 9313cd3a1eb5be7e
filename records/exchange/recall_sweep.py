"""What was decided about recalled messages, carried out: kept hidden, moved, or shown again; and told.

Hiding has been done when somebody pressed the button. Moving writes nothing itself: the rows end where they stand, as
history that nobody is shown, and the ledger's lines wait to be applied again, now for whom they belong to.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, Left

from foundation.keys import uuid7
from records.exchange import folding, recall_telling, recall_twins, recalling
from records.exchange.mistakes import MISTAKES
from records.exchange.models import InboundKey, Recall, RecallCover, RecallRow
from records.exchange.parting import VERSION
from records.exchange.recording import MODELS
from records.exchange.transactions import alias, whole_source

logger = logging.getLogger(__name__)
State = Recall.State
AT_ONCE = 100
TABLES: dict[str, Any] = {str(model._meta.model_name): model for model in MODELS.values()}


def carry_out(now: datetime) -> list[UUID]:
    """Do what was decided since the last sweep, and tell people; returns the ledger lines that wait to be applied."""
    woken: list[UUID] = []
    _look_for_twins(now)
    for recall_id in Recall.objects.filter(carried_out_at=None).values_list("pk", flat=True)[:AT_ONCE]:
        try:
            woken += _carried_out(recall_id, now)
        except (*MISTAKES, OperationalError) as mistake:
            # Never the text of the exception: a database error repeats the row. The next sweep tries again.
            logger.error("recall %s could not be carried out: %s", recall_id, type(mistake).__name__)
    recall_telling.tell_of_returns(now)
    return woken


def _look_for_twins(now: datetime) -> None:
    try:
        recall_twins.look(now)
    except MISTAKES as mistake:
        logger.error("repetitions of recalled reports could not be looked for: %s", type(mistake).__name__)


def _carried_out(recall_id: UUID, now: datetime) -> list[UUID]:
    with _alone(recall_id):
        # Once more, alone: somebody may be deciding otherwise in this moment.
        recall = Recall.objects.select_for_update().filter(pk=recall_id, carried_out_at=None).first()
        if recall is None:
            return []
        woken = _do(recall, now)
        recall_telling.tell(recall, now)
        Recall.objects.filter(pk=recall_id).update(carried_out_at=now)
    return woken


@contextmanager
def _alone(recall_id: UUID) -> Iterator[None]:
    """While nobody applies messages of any feed that the recall speaks of; always in one order."""
    sources = RecallCover.objects.filter(recall_id=recall_id).values_list("source_id", flat=True).distinct()
    with transaction.atomic(using=alias()), ExitStack() as stack:
        for source_id in sorted(sources):
            stack.enter_context(whole_source(source_id))
        yield


def _do(recall: Recall, now: datetime) -> list[UUID]:
    if recall.state != State.UNFOUNDED:
        recalling.hide(recall.pk)
    hidden = RecallRow.objects.filter(recall=recall, shown_at=None, taken_back_at=None)
    was_moved = RecallRow.objects.filter(recall=recall, taken_back_at__isnull=False).exists()
    if recall.state == State.MOVED or (recall.state == State.UNFOUNDED and was_moved):
        _take_back(hidden, now)
        return _wake(recall)
    if recall.state == State.UNFOUNDED:
        _show_again(hidden, recall, now)
    return []


def _take_back(hidden: QuerySet[RecallRow], now: datetime) -> None:
    """End the rows where they stand: they stay, recalled, and are nobody's version of the message any more."""
    mark = Value(f"~r{uuid7().hex[-14:]}")
    for _before, rows in _rows_of(hidden):
        rows.update(
            superseded_at=Coalesce(F("superseded_at"), Value(now)),
            withdrawn_at=Coalesce(F("withdrawn_at"), Value(now)),
            version=Concat(Left("version", VERSION), mark),
        )
    hidden.update(taken_back_at=now)


def _wake(recall: Recall) -> list[UUID]:
    """All versions of all its messages wait to be applied again."""
    named: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    for source_id, kind, identifier in recall.covers.values_list("source_id", "kind", "identifier"):
        named[source_id, kind].append(identifier)
    woken: list[UUID] = []
    for (source_id, kind), identifiers in named.items():
        keys = InboundKey.objects.filter(source_id=source_id, kind=kind, identifier__in=identifiers)
        keys = keys.filter(state__in=[InboundKey.State.APPLIED, InboundKey.State.WAITING])
        found = list(keys.values_list("pk", flat=True))
        InboundKey.objects.filter(pk__in=found).update(state=InboundKey.State.WAITING, attempts=0, resident_id=None)
        woken += found
    return woken


def _show_again(hidden: QuerySet[RecallRow], recall: Recall, now: datetime) -> None:
    """As they were before, unless another recall holds them too."""
    elsewhere = RecallRow.objects.exclude(recall=recall).exclude(recall__state=State.UNFOUNDED)
    held = elsewhere.filter(shown_at=None, row_id__in=hidden.values("row_id")).values_list("row_id", flat=True)
    for before, rows in _rows_of(hidden.exclude(row_id__in=list(held))):
        rows.update(release=before)
    # What repeats it was judged without it meanwhile.
    folding.due(hidden.values_list("resident_id", flat=True).distinct())
    hidden.update(shown_at=now)


def _rows_of(hidden: QuerySet[RecallRow]) -> Iterable[tuple[str, QuerySet[Any]]]:
    """The rows of the record, by table and by how they were released."""
    groups: dict[tuple[str, str], list[tuple[UUID, UUID]]] = defaultdict(list)
    for model, before, row_id, resident_id in hidden.values_list("model", "release_before", "row_id", "resident_id"):
        groups[model, before].append((row_id, resident_id))
    for (model, before), keys in groups.items():
        rows = TABLES[model]._default_manager.filter(id__in=[key for key, _ in keys])
        yield before, rows.filter(resident_id__in={resident for _, resident in keys})
