"""What the worker does for this room."""

from celery import shared_task

from foundation import clock
from health_education.activities import reminding
from health_education.media import sweeping


@shared_task
def remind_of_activities() -> int:
    """Remind whoever signed up for tomorrow; safe to run as often as one likes. Returns for how many sign-ups."""
    return reminding.remind(clock.now())


@shared_task
def sweep_files() -> int:
    """Delete what failed uploads left in the storage; safe to repeat and to stop. Returns how many files."""
    return sweeping.sweep(clock.now())
