"""What one administrator changed for the whole county: read by the other administrators, by security and by auditors.

The database writes it down with before and after, whoever changes it and from where (migration residents 0017).
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from facilities.models import Facility
from foundation import clock
from foundation.dated import REGISTRY, register, setting
from portal.access_log import DEEDS
from portal.people.doors import need
from portal.staff_log import record
from residents.models import AccessEvent
from residents.presenters import Words

ACTIONS = ("facilities.changed_reach", "settings.changed")
BY_HAND, BY_CARD = "residents.issued_activation_by_hand", "residents.issued_activation"
MOST = 500
LISTED_DAYS = register("audit.changes_days", 90, "全县性更改和手工打印激活码的清单列出多少天内的")


@dataclass(frozen=True)
class Line:
    """One event, and the name of the place or setting it is about."""

    event: AccessEvent
    deed: Words
    place: str


def with_places(found: QuerySet[AccessEvent]) -> list[Line]:
    """The newest events with the names of their places: two statements, however many."""
    events = list(found.order_by("-at", "-id")[:MOST])
    wanted = {event.facility_id for event in events if event.facility_id}
    places = dict(Facility.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [Line(event, DEEDS.get(event.action, ""), _place(event, places) or label_of(event)) for event in events]


def _place(event: AccessEvent, places: dict[UUID, str]) -> str:
    return places.get(event.facility_id, "") if event.facility_id else ""


def label_of(event: AccessEvent) -> str:
    """What the setting that was changed means in the staff's words; its key stands in front of the change."""
    known = REGISTRY.get(event.purpose.partition("：")[0])
    return str(known.label) if known else ""


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Who changed which facility's place or which setting, from what to what; newest first."""
    need(request, "residents.changes_accessevent")
    now = clock.now()
    days = setting(LISTED_DAYS, now)
    found = AccessEvent.objects.filter(action__in=ACTIONS, at__gte=now - timedelta(days=days))
    record(request, "staff.listed", AccessEvent)
    context = {"lines": with_places(found), "days": days}
    return render(request, "portal/people/changes.html", context)


@require_safe
def slips(request: HttpRequest) -> HttpResponse:
    """Slips printed without a card read, for the auditor: who, where, when; and how many everybody printed by card."""
    need(request, "residents.view_opening")
    now = clock.now()
    days = setting(LISTED_DAYS, now)
    every = AccessEvent.objects.filter(at__gte=now - timedelta(days=days))
    record(request, "staff.listed", AccessEvent)
    context = {
        "lines": with_places(every.filter(action=BY_HAND)),
        "by_card": every.filter(action=BY_CARD).values("actor_name").annotate(count=Count("id")).order_by("-count"),
        "days": days,
    }
    return render(request, "portal/people/slips.html", context)
