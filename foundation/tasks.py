"""Housekeeping that no room owns."""

from celery import shared_task
from django.db import connections

from foundation import clock
from foundation.rowsecurity import database

MONTHLY = ("residents_accessevent", "residents_seal", "exchange_inbound")


@shared_task
def prepare_partitions() -> int:
    """Make the coming months' partitions of every monthly table; returns how many were made. Safe to repeat."""
    made = 0
    with connections[database()].cursor() as cursor:
        for table in MONTHLY:
            cursor.execute("SELECT app.ensure_months(%s, %s, 4)", [table, clock.now()])
            row = cursor.fetchone()
            made += row[0] if row else 0
    return made
