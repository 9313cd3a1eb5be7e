"""What the worker does for the access log."""

from celery import shared_task

from foundation import clock
from residents import chain, reconciliation


@shared_task
def seal_access_log() -> int:
    """Seal what was written since the last run; safe to run twice at once. Returns how many events."""
    return chain.seal_events(clock.now())


@shared_task
def reconcile_access_log() -> int:
    """Compare reads and events of every day that is over and not compared yet; returns how many days."""
    return reconciliation.reconcile_due(clock.now())
