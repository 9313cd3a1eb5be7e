"""Which version of the rules is in force."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone


class GuideVersionQuerySet(models.QuerySet[Any]):
    def in_force(self, now: datetime) -> Any:
        """The reviewed version that counts at `now`, or `None`: the one begun last, of that day the newest."""
        begun = self.filter(reviewed_at__isnull=False, withdrawn_at=None, valid_from__lte=timezone.localdate(now))
        return begun.order_by("-valid_from", "-number").first()
