"""The access log as an auditor reads it: one day of it, a page at a time. The database decides which rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.models import Facility
from foundation import clock
from portal.staff_log import record
from residents.models import AccessEvent

PER_PAGE = 50
DEEDS = {
    "staff.added": gettext_lazy("添加"),
    "staff.changed": gettext_lazy("修改"),
    "staff.read": gettext_lazy("查看"),
    "staff.listed": gettext_lazy("打开列表"),
}


@dataclass(frozen=True)
class Line:
    """One event as the auditor reads it."""

    event: AccessEvent
    deed: str | Promise
    subject: str
    place: str


def access_log(request: HttpRequest) -> HttpResponse:
    """Who did what on one day, newest first; reading it is an event too. Auditors only."""
    if not request.user.has_perm("residents.view_accessevent"):
        raise PermissionDenied
    day = day_of(request.GET.get("day", ""), clock.now())
    actor = request.GET.get("actor", "").strip()
    page = events(day, actor, request.GET.get("page"))
    lines = lines_of(page)
    record(request, "staff.listed", AccessEvent)
    context = {
        **admin.site.each_context(request),
        "title": _("访问记录"),
        "page": page,
        "lines": lines,
        "day": day,
        "actor": actor,
    }
    return TemplateResponse(request, "portal/staff_access_log.html", context)


def day_of(typed: str, now: datetime) -> date:
    """The day that was typed, or today; a day that does not exist is today too."""
    try:
        return parse_date(typed) or timezone.localdate(now)
    except ValueError:
        return timezone.localdate(now)


def events(day: date, actor: str, page: str | None) -> Page:
    """One page of the events of `day` (in the portal's time zone), of one actor's name if given."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    found = AccessEvent.objects.filter(at__gte=start, at__lt=start + timedelta(days=1)).order_by("-at", "-id")
    if actor:
        found = found.filter(actor_name=actor)
    return Paginator(found, PER_PAGE).get_page(page)


def lines_of(page: Page) -> list[Line]:
    """The page's events in words; two statements, however many events."""
    wanted = {event.facility_id for event in page if event.facility_id}
    places = dict(Facility.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [
        Line(
            event=event,
            deed=DEEDS.get(event.action, event.action),
            subject=_kind(event.subject_kind),
            place=places.get(event.facility_id, ""),
        )
        for event in page
    ]


def _kind(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label
