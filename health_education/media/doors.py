"""Which file a session may have: row-level security decides, this says how."""

from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404

from health_education.models import Medium


def medium_for(key: UUID, now: datetime) -> Medium:
    """A medium of an article that everybody may read, or any one for editors and reviewers; else 404."""
    return get_object_or_404(Medium.objects.with_liveness(now), pk=key)


def is_open(medium: Medium) -> bool:
    """Whether everybody may have it, so that caches may keep it."""
    return medium.ended_at is None and bool(vars(medium)["is_live"])
