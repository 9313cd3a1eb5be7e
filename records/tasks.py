"""What the worker does for residents' records."""

from celery import shared_task

from foundation import clock
from records import following
from records.summaries import keeping

SECONDS = 20.0  # well below the schedule of everything else; what is left has the next turn


@shared_task
def keep_summaries() -> int:
    """Work out the first pages of records that changed; safe to repeat and to stop. Returns for how many persons."""
    return keeping.sweep(clock.now(), SECONDS)


@shared_task
def follow_through() -> None:
    """Carry on what is out of range and nobody has seen to."""
    following.sweep(clock.now())
