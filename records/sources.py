"""Up to when each facility's data is here: public facts, for residents and staff alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from facilities.models import Facility
from foundation import clock
from foundation.dated import register, setting
from foundation.rowsecurity import database

COUNTED = register("records.counted_backlog", 1000, "“资料来源”页面上，每个数据来源最多数到多少条等着处理的数据")


@dataclass(frozen=True)
class Freshness:
    """One facility: never `fetched_at` where nothing has come yet; `gap_since`: what is newer may be missing.

    `waiting` came, and is in nobody's record yet; `many` says that it was counted no further.
    """

    facility: Facility
    has_feed: bool
    fetched_at: datetime | None
    waiting: int
    many: bool
    gap_since: datetime | None


@require_safe
@login_not_required
def sources(request: HttpRequest) -> HttpResponse:
    """Every facility of the county: connected or not, up to when, what waits, what is missing."""
    facts = freshness(clock.now())
    context = {
        "here": [one for one in facts if one.fetched_at],
        "coming": [one for one in facts if one.has_feed and not one.fetched_at],
        "absent": [one for one in facts if not one.has_feed],
    }
    return render(request, "records/sources.html", context)


def freshness(now: datetime) -> Sequence[Freshness]:
    """How fresh each facility's data is, in the county's order; two statements."""
    bound = setting(COUNTED, now)
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.facility_freshness(%s)", [bound])
        known = {row[0]: row[1:] for row in cursor.fetchall()}
    found = []
    for facility in Facility.objects.filter(is_active=True).exclude(level=Facility.Level.BUREAU):
        fetched_at, waiting, gap = known.get(facility.pk, (None, 0, None))
        found.append(Freshness(facility, facility.pk in known, fetched_at, waiting, waiting >= bound, gap))
    return found
