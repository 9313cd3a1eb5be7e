"""Places kept for a while: giving back those whose time is over."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from appointments.models import Hold
from foundation.rowsecurity import database

BATCH = 200


def give_back_due(now: datetime) -> int:
    """End every hold whose time is over; returns how many. Safe to repeat, and beside others who do the same.

    An offer to somebody who waits is left to `turns`, which passes its place on. In batches by slot and key, so that
    two sweeps and a rush lock slots in one order; a hold that somebody is just turning into a booking is passed over.
    """
    done = 0
    while ended := _give_back_some(now):
        done += ended
    return done


def _give_back_some(now: datetime) -> int:
    with transaction.atomic(using=database()):
        due: QuerySet[Hold] = Hold.objects.filter(ended_at=None, ends_at__lte=now, wait=None)
        keys = list(
            due.select_for_update(skip_locked=True).order_by("slot_id", "id").values_list("pk", flat=True)[:BATCH]
        )
        # One by one, for the order of one UPDATE of many rows is the database's own business.
        return sum(Hold.objects.filter(pk=key, ended_at=None).update(ended_at=now) for key in keys)
