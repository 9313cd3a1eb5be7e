"""What this room seals by hand, for the day the keys are changed (foundation/rotation.py)."""

from datetime import datetime

from django.db import router

from foundation.rotation import register_after_index, register_sealed
from records.exchange import filing, ledger, sheets
from records.exchange.models import ErrorSheetContent, FilePart, Held, Inbound


def wake_who_waited_for_a_number(now: datetime) -> int:
    """Messages held for a person known by number only name the old index: let them be tried, and held by the new."""
    waiting = Held.objects.using(router.db_for_write(Held)).filter(subject_reference__startswith="index:")
    return waiting.filter(resolved_at=None).update(retry_requested_at=now)


register_sealed(Inbound, "payload", ledger._place)
register_sealed(FilePart, "content", filing._place)
register_sealed(ErrorSheetContent, "sealed", sheets._place)
register_after_index(wake_who_waited_for_a_number)
