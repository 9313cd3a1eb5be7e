"""Switching a feed on and off, by staff: on after a rehearsal that passed, or with a reason; who did it stays."""

from datetime import datetime

from django.db import transaction

from foundation.rowsecurity import database
from records.exchange.models import Launch, Source, Trial

State = Source.State
# The kinds that send by themselves: they can be tried only while what they send is kept.
SENDING = (Source.Kind.FHIR_PUSH, Source.Kind.HL7V2, Source.Kind.TABLE, Source.Kind.CDA, Source.Kind.FILE)


class NotRehearsed(Exception):
    """There is no rehearsal that passed, and no reason was given."""


def rehearsal_of(source: Source) -> Trial | None:
    """The last rehearsal, where it passed."""
    last = Trial.objects.filter(source=source, kind=Trial.Kind.REHEARSAL, ended_at__isnull=False).first()
    return last if last is not None and last.state == Trial.State.PASSED else None


def go_live(source: Source, reason: str, *, by: str, now: datetime) -> None:
    """Switch a source on; raises NotRehearsed. The database moves the facility's state of onboarding along."""
    trial = rehearsal_of(source)
    if trial is None and not reason.strip():
        raise NotRehearsed
    with transaction.atomic(using=database()):
        Launch.objects.create(
            source=source,
            facility_id=source.facility_id,
            trial=trial,
            reason=reason.strip()[:200],
            launched_at=now,
            launched_by=by[:100],
        )
        Source.objects.filter(pk=source.pk).update(state=State.ENABLED, next_pull_at=now)


def try_out(source: Source) -> None:
    """Keep what a paused source sends, and translate nothing of it yet."""
    Source.objects.filter(pk=source.pk, state=State.PAUSED).update(state=State.TESTING)


def pause(source: Source) -> None:
    """Switch a source off: it is asked no more, and what it sends is refused."""
    Source.objects.filter(pk=source.pk).update(state=State.PAUSED)


def retry_now(source: Source, now: datetime) -> None:
    """Make a source due that is left alone after failures; it is on its own again when the next run has ended."""
    Source.objects.filter(pk=source.pk).update(next_pull_at=now)
