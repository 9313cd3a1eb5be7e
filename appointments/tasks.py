"""What the worker does for this room."""

from celery import shared_task

from appointments import holds
from foundation import clock


@shared_task
def give_back_places() -> int:
    """Give back the places whose hold is over; safe to run as often as one likes. Returns how many."""
    return holds.give_back_due(clock.now())
