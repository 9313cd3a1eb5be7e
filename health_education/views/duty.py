"""The annual duty report (年度健康教育完成情况): the county, one unit, the rows behind a number, the spreadsheet."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from facilities.models import Facility
from facilities.querysets import facilities_reached
from facilities.roles import Role
from foundation import clock
from foundation.workbooks import KIND
from health_education.activities.desk import WRITERS
from health_education.duty import counting, sheets, targets
from health_education.models import DutyEntry, Revision
from health_education.views.doors import need, record

VIEW, ADD = "health_education.view_dutyentry", "health_education.add_dutyentry"
FIRST_YEAR, YEARS_SHOWN = 2020, 5
# Who sees the villages below a township where they work (migration 0008 says the same).
OVERSEERS = (Role.MANAGER, Role.PUBLIC_HEALTH)


@require_safe
def duty(request: HttpRequest) -> HttpResponse:
    """Every township this account may see, and villages whose township it may not."""
    need(request, VIEW)
    year, units = _year(request), list(_units())
    towns = [unit for unit in units if unit.level == Facility.Level.TOWNSHIP]
    shown = {town.pk for town in towns}
    lone = [unit for unit in units if unit.level == Facility.Level.VILLAGE and unit.parent_id not in shown]
    context = {
        "reports": counting.reports([*towns, *lone], year, clock.now()),
        "labels": counting.LABELS.values(),
        "published": counting.published_words(_published(year)),
        **_years(year),
    }
    return render(request, "health_education/desk/duty.html", context)


@require_safe
def unit(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """One unit's year, and of a township those of its villages."""
    need(request, VIEW)
    year, found = _year(request), _unit(facility_id)
    [report] = counting.reports([found], year, clock.now())
    villages = list(_units().filter(parent=found))
    context = {
        "report": report,
        "villages": counting.reports(villages, year, clock.now()),
        "labels": counting.LABELS.values(),
        "may_add": request.user.has_perm(ADD) and found.pk in facilities_reached(*WRITERS),
        **_years(year),
    }
    return render(request, "health_education/desk/duty_unit.html", context)


@require_safe
def rows(request: HttpRequest, facility_id: UUID, key: str) -> HttpResponse:
    """The rows behind one number."""
    need(request, VIEW)
    [report] = counting.reports([_unit(facility_id)], _year(request), clock.now())
    measure = report.measure(key)
    if measure is None:
        raise Http404
    context = {
        "report": report,
        "measure": measure,
        "back": reverse("staff:duty_unit", args=[facility_id], query={"year": report.year}),
    }
    return render(request, "health_education/desk/duty_rows.html", context)


@require_POST
def sheet(request: HttpRequest) -> HttpResponse:
    """Everything this account may see as a spreadsheet; the download is written down."""
    need(request, VIEW)
    year = _year(request)
    found = counting.reports(list(_units()), year, clock.now())
    record(request, "health_education.exported_duty", DutyEntry, purpose=str(year))
    return _file(sheets.county_file(found), _("%(year)d年健康教育完成情况") % {"year": year})


@require_POST
def unit_sheet(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """One unit's year as a spreadsheet; the download is written down."""
    need(request, VIEW)
    found, year = _unit(facility_id), _year(request)
    [report] = counting.reports([found], year, clock.now())
    record(request, "health_education.exported_duty", DutyEntry, found.pk, str(year))
    name = _("%(unit)s%(year)d年健康教育完成情况") % {"unit": found.name, "year": year}
    return _file(sheets.unit_file(report), name)


def _units() -> QuerySet[Facility]:
    reached = facilities_reached(*WRITERS)
    below = Q(parent__in=facilities_reached(*OVERSEERS), level=Facility.Level.VILLAGE)
    known = Facility.objects.filter(Q(pk__in=reached) | below, level__in=targets.UNITS, is_active=True)
    return known.select_related("parent").order_by("position", "code")


def _unit(facility_id: UUID) -> Facility:
    return get_object_or_404(_units(), pk=facility_id)


def _year(request: HttpRequest) -> int:
    """The year asked for; this one where that makes no sense."""
    this = timezone.localdate(clock.now()).year
    typed = request.POST.get("year") or request.GET.get("year") or ""
    year = int(typed) if typed.isdecimal() and typed.isascii() and len(typed) == len("2026") else this
    return year if FIRST_YEAR <= year <= this else this


def _years(year: int) -> dict[str, object]:
    this = timezone.localdate(clock.now()).year
    years = [this - back for back in range(YEARS_SHOWN)]
    return {"year": year, "years": [(one, one == year) for one in years], "running": year == this}


def _published(year: int) -> int:
    """How many articles of the portal were published in a year."""
    first = Revision.objects.filter(state=Revision.State.APPROVED, publish_at__year=year, publish_at__lte=clock.now())
    return first.values("article").distinct().count()


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=KIND)
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx") or "attachment"
    return answer
