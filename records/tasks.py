"""What the worker does for residents' records."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import KombuError, OperationalError

from foundation import clock
from records import awaiting, following
from records.booklet import making
from records.kept import changes
from records.links import links
from records.own import reports as own_reports
from records.services import asking
from records.summaries import keeping
from residents import answers
from residents.housekeeping import cleared
from residents.tasks import AT_ONCE

logger = logging.getLogger(__name__)
SECONDS = 20.0  # well below the schedule of everything else; what is left has the next turn


@shared_task
def keep_summaries() -> int:
    """Work out the first pages of records that changed; safe to repeat and to stop. Returns for how many persons."""
    return keeping.sweep(clock.now(), SECONDS)


@shared_task
def forget_changes() -> int:
    """Take away marks of changes that no kept page is old enough to have missed; safe to repeat. Returns how many."""
    return changes.forget(clock.now())


@shared_task
def hear_and_ask() -> int:
    """Tell of results that wait for a comment no longer, read what was answered by SMS, and ask about services.

    Safe to repeat and to stop. Returns how many of all of these there were.
    """
    now = clock.now()
    return awaiting.sweep(now) + answers.read(now) + asking.sweep(now)


@shared_task
def follow_through() -> None:
    """Carry on what is out of range and nobody has seen to."""
    following.sweep(clock.now())


@shared_task
def forget_health_links() -> int:
    """Erase the files of health links that have ended; safe to repeat. Returns how many."""
    return links.forget(clock.now())


@shared_task
def clear_struck_photographs() -> int:
    """Remove the photographs of reports that residents struck out some time ago; returns how many. Safe to repeat."""
    return own_reports.clear_struck(clock.now())


@shared_task
def make_booklet(parcel_id: str) -> bool:
    """Make one file that somebody asked for; safe to repeat, to run twice at once and to stop."""
    return making.make(UUID(parcel_id), clock=clock.now)


@shared_task
def make_booklets() -> int:
    """Make what still waits, and delete what is over; safe to repeat and to stop. Returns how many were made."""
    making.empty(clock.now())
    return sum(making.make(key, clock=clock.now) for key in making.due(clock.now()))


def wake_booklet(parcel_id: UUID) -> None:
    """Ask a worker to begin now. Without a broker the next sweep finds the row, so nothing is lost but seconds."""
    try:
        with make_booklet.app.connection_for_write(transport_options=AT_ONCE) as broker:
            make_booklet.apply_async(  # type: ignore[call-arg]  # celery-types does not know `connection`
                args=(str(parcel_id),), connection=broker, retry=False, expires=600
            )
    except (OperationalError, KombuError, OSError) as error:
        logger.warning("the broker is away (%s); the sweep will make the booklet", type(error).__name__)


@shared_task
def clear_stored_copies() -> int:
    """Delete the files of copies that are old or replaced, a piece at a time; returns how many. Safe to repeat."""
    return cleared("SELECT app.clear_stored_copies(%s)")
