"""Asking for a replay: a row that the worker finds. One at a time for each source."""

from datetime import datetime

from django.db import IntegrityError, transaction

from foundation.rowsecurity import database
from records.exchange.models import Replay, Source
from records.exchange.replaying.running import LEASE


class AnotherWaits(Exception):
    """A replay of the same source waits or is at work."""

    def __init__(self, replay: Replay) -> None:
        super().__init__("another replay of the source is not done")
        self.replay = replay


def ask(
    source: Source, since: datetime | None, until: datetime | None, *, by: str, now: datetime, lower: bool = False
) -> Replay:
    """A new replay of a source's messages; the one that was killed, where it was asked for the same ones.

    Raises AnotherWaits.
    """
    wanted = Replay(
        source=source,
        facility_id=source.facility_id,
        since=since,
        until=until,
        lower=lower,
        asked_at=now,
        asked_by=by[:100],
    )
    try:
        with transaction.atomic(using=database()):
            wanted.save(force_insert=True)
    except IntegrityError:
        other = Replay.objects.exclude(state=Replay.State.DONE).get(source=source)
        left = other.alive_at is None or other.alive_at < now - LEASE
        if left and (other.since, other.lower) == (since, lower) and (until is None or other.until == until):
            return other
        raise AnotherWaits(other) from None
    return wanted
