"""Which rows of a list wait for somebody, as the first page of the staff site counts and links them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from health_education.worklist import waiting_uses


def everything(now: datetime) -> dict[str, Any]:
    return {}


def booked_today(now: datetime) -> dict[str, Any]:
    return {"date": timezone.localdate(now), "status": "booked"}


def in_the_works(now: datetime) -> Q:
    return Q(state__in=["check", "review"]) | Q(pk__in=waiting_uses(now).values("pk"))


def unsought(now: datetime) -> dict[str, Any]:
    return {"settled_at": None}


def unread(now: datetime) -> Q:
    return Q(settled_at=None) & ~Q(place="", words="")


def undecided(now: datetime) -> dict[str, Any]:
    return {"state": "requested"}


def used_up_today(now: datetime) -> dict[str, Any]:
    return {"day": timezone.localdate(now), "reached_at__isnull": False}


def failed_since_yesterday(now: datetime) -> dict[str, Any]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"outcome": "failed", "started_at__gte": (midnight - timedelta(days=1)).isoformat()}


def uncalled(now: datetime) -> dict[str, Any]:
    return {"done_at": None}


def unanswered(now: datetime) -> dict[str, Any]:
    return {"answered_at": None}


def unresolved(now: datetime) -> dict[str, Any]:
    return {"resolved_at": None}


def unsettled(now: datetime) -> dict[str, Any]:
    return {"state": "open"}


def unended(now: datetime) -> dict[str, Any]:
    return {"ended_at": None}


def unclosed(now: datetime) -> dict[str, Any]:
    return {"closed_at": None}


def changed_lately(now: datetime) -> dict[str, Any]:
    return {"action__in": ["facilities.changed_reach", "settings.changed"], "at__gte": now - timedelta(days=7)}


def shown_failed(now: datetime) -> dict[str, Any]:
    return {"outcome__exact": "failed", "started_at__gte": failed_since_yesterday(now)["started_at__gte"]}
