"""What the worker does for this room."""

import logging

from celery import shared_task
from kombu.exceptions import KombuError, OperationalError

from foundation import clock
from residents import deliveries, messages_port, replies, spreading
from residents.messages_port import CannotSend

MOST_A_RUN = 200
MOST_BATCHES = 20
MOST_PAGES = 20
# A visitor waits for this: kombu's own patience with an absent broker is six seconds.
AT_ONCE = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}

logger = logging.getLogger(__name__)


@shared_task
def send_due() -> int:
    """Look whom to tell of new notices, and send every message that is due; safe to run twice at once.

    Returns how many messages left.
    """
    for _turn in range(MOST_BATCHES):
        if not spreading.spread(clock.now()):
            break
    deliveries.give_up(clock.now())
    sent = 0
    for _turn in range(MOST_A_RUN):
        delivery = deliveries.claim(clock.now())
        if delivery is None:
            break
        sent += deliveries.attempt(delivery, clock.now())
    return sent


@shared_task
def collect_reports() -> int:
    """Ask the SMS provider what arrived, and what was answered; safe to run twice. Returns how many that settled."""
    settled = collect_replies()
    for _turn in range(MOST_PAGES):
        try:
            page = messages_port.reports()
        except CannotSend as problem:
            logger.warning("the SMS provider does not say what arrived: %s", problem)
            break
        settled += sum(deliveries.confirm(report, clock.now()) for report in page)
        if not page:
            break
    return settled


def collect_replies() -> int:
    """Ask the SMS provider what people answered, where it does not deliver it; returns how many replies were kept."""
    kept = 0
    for _turn in range(MOST_PAGES):
        try:
            page = messages_port.replies()
        except CannotSend as problem:
            logger.warning("the SMS provider does not say what was answered: %s", problem)
            break
        kept += replies.keep(page, clock.now())
        if not page:
            break
    return kept


def wake() -> None:
    """Ask a worker to look now. Without a broker the next sweep finds the row, so nothing is lost but seconds."""
    try:
        with send_due.app.connection_for_write(transport_options=AT_ONCE) as broker:
            send_due.apply_async(  # type: ignore[call-arg]  # celery-types does not know `connection`
                connection=broker, retry=False, expires=60
            )
    except (OperationalError, KombuError, OSError) as error:
        logger.warning("the broker is away (%s); the sweep will send what is due", type(error).__name__)
