"""What the worker does for this room."""

from celery import shared_task

from foundation import clock
from health_education.activities import reminding


@shared_task
def remind_of_activities() -> int:
    """Remind whoever signed up for tomorrow; safe to run as often as one likes. Returns for how many sign-ups."""
    return reminding.remind(clock.now())
