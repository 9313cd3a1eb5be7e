"""What the worker does for this room."""

from celery import shared_task

from appointments import draws, fairness, holds, reminders, turns
from appointments.supply import making
from foundation import clock


@shared_task
def give_back_places() -> int:
    """Give back the places whose hold is over; safe to run as often as one likes. Returns how many."""
    return holds.give_back_due(clock.now())


@shared_task
def ask_who_waits() -> int:
    """Offer places to those who wait; safe to run as often as one likes. Returns how many were offered."""
    return turns.ask_who_waits(clock.now())


@shared_task
def make_sessions() -> int:
    """Make what the patterns plan, and publish what is due; safe to repeat. Returns how many were made or opened."""
    now = clock.now()
    return len(making.make_ahead(making.facilities_with_plans(), now).made) + making.publish_due(now)


@shared_task
def draw_lots() -> int:
    """Publish the hashes of draws to come, and hold those that are due; safe to repeat. Returns how many of both."""
    now = clock.now()
    return draws.prepare(now) + draws.hold_due(now)


@shared_task
def publish_fairness() -> int:
    """Publish the figures of months that are over; safe to repeat. Returns how many."""
    return fairness.publish_due(clock.now())


@shared_task
def remind_of_visits() -> int:
    """Remind of visits by the county's timetable; safe to repeat and to run twice at once. Returns how many."""
    return reminders.remind(clock.now())
