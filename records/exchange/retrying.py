"""What was left waiting: after an interruption, after a mistake, or because staff asked for another try."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from records.exchange import decisions, folding, recall_sweep
from records.exchange.applying import apply_waiting
from records.exchange.bench import Bench
from records.exchange.ledger import inbound_of
from records.exchange.limits import Limits
from records.exchange.mapping import KINDS
from records.exchange.messages import UNREADABLE_KIND
from records.exchange.models import Held, InboundKey, Source, Translation
from records.exchange.transactions import durable

# What has just been stored belongs to the run that stored it.
PATIENCE = timedelta(minutes=1)
State = InboundKey.State


def sweep(now: datetime) -> int:
    """Apply everything that waits, of every source; returns how many messages were tried."""
    woken = [*release_requested(), *decisions.carry_out(now), *recall_sweep.carry_out(now)]
    waiting = InboundKey.objects.filter(state=State.WAITING)
    sources = waiting.filter(Q(received_at__lt=now - PATIENCE) | Q(pk__in=woken)).values("source")
    limits = Limits.at(now)
    found = list(Source.objects.filter(pk__in=sources).select_related("facility"))
    tried = sum(apply_waiting(Bench.of(source, now, limits), {}) for source in found)
    folding.sweep(now)
    return tried


def release_requested() -> list[UUID]:
    """Let the messages that staff want tried again wait to be applied; what is no message at all stays held."""
    with durable():
        held = Held.objects.select_for_update(skip_locked=True).filter(
            retry_requested_at__isnull=False, resolved_at=None
        )
        keys = list(held.values_list("key_id", flat=True))
        again = InboundKey.objects.filter(pk__in=keys, state=State.HELD, kind__in=KINDS)
        again.update(state=State.WAITING, attempts=0)
        Held.objects.filter(key_id__in=keys).update(retry_requested_at=None)
        _translate_again(keys)
    return keys


def _translate_again(keys: list[UUID]) -> None:
    """A document that nobody could read waits to be translated once more."""
    unreadable = InboundKey.objects.filter(pk__in=keys, kind=UNREADABLE_KIND)
    files = [row.file_id for row in inbound_of(list(unreadable)).values() if row.file_id]
    Translation.objects.filter(pk__in=files).update(state=Translation.State.WAITING, attempts=0)
