"""逾期与核实: by facility, what is past its day, how long answers take, what people said of services; nobody's name.

The database shows each reader the rows of the facilities where they are in charge; the bureau reaches them all.
"""

import csv
import io
from dataclasses import astuple
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from facilities.imports import harmless
from foundation import clock
from foundation.workbooks import KIND, Cell, Sheet, workbook
from portal.people.doors import need, workplaces
from portal.staff_log import record
from records import overdue as counting
from records.models import ServiceQuestion

VIEW = "records.view_servicequestion"
EXPORTED = "staff.exported_overdue"


@require_safe
def overdue(request: HttpRequest) -> HttpResponse:
    """The figures of each facility, the worst first, and by month."""
    _in_charge(request)
    now = clock.now()
    record(request, "staff.listed", ServiceQuestion)
    context = {"tables": counting.tables(now), "services": counting.services(now), "months": counting.months(now)}
    return render(request, "portal/overdue/figures.html", context)


@require_safe
def overdue_file(request: HttpRequest) -> HttpResponse:
    """The same as a file: Excel, or of the services alone as CSV; written down."""
    _in_charge(request)
    now = clock.now()
    day = f"{timezone.localdate(now):%Y%m%d}"
    record(request, EXPORTED, ServiceQuestion)
    if request.GET.get("as") == "csv":
        return _file(_csv(now), "text/csv; charset=utf-8", f"services-{day}.csv")
    return _file(workbook(_sheets(now)), KIND, f"overdue-{day}.xlsx")


def _in_charge(request: HttpRequest) -> None:
    need(request, VIEW)
    if not workplaces("manager"):
        raise PermissionDenied


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _sheets(now: datetime) -> list[Sheet]:
    late = [_("机构"), _("没有办完"), _("过了期限"), _("最早的期限"), _("办结天数（中位数）")]
    sheets = [
        Sheet(str(table.title), late, [_cells(astuple(line)[1:]) for line in table.lines])
        for table in counting.tables(now)
    ]
    months = [_("月份"), _("异议"), _("其中逾期"), _("异常结果"), _("其中逾期")]
    sheets.append(Sheet(_("按月"), months, [_cells(astuple(line)) for line in counting.months(now)]))
    return [*sheets, Sheet(_("服务核实"), _heads(), [_cells(astuple(line)[1:]) for line in counting.services(now)])]


def _heads() -> list[str]:
    return [_("机构"), _("问了"), _("属实"), _("没有这次服务"), _("没有答复"), _("答复里属实的百分比")]


def _cells(values: tuple[object, ...]) -> list[Cell]:
    return [value if isinstance(value, str | int | float) or value is None else str(value) for value in values]


def _csv(now: datetime) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_heads())
    for line in counting.services(now):
        writer.writerow([harmless(str(value)) if value is not None else "" for value in astuple(line)[1:]])
    return text.getvalue().encode("utf-8-sig")
