"""Clearing away marks of changes that matter no more."""

from datetime import datetime, timedelta

from records.models import CountyChange, PersonChange

# No page is kept beyond its day (`leaves`), nor does any transaction last as long as what is left of this.
DAYS = timedelta(days=2)


def forget(now: datetime) -> int:
    """Take away what is older than any page that may be kept; returns how many marks."""
    old = now - DAYS
    return PersonChange.objects.filter(at__lt=old).delete()[0] + CountyChange.objects.filter(at__lt=old).delete()[0]
