"""The tables that one's own facility sent: how many rows of each cannot be taken, and those rows as a sheet, once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation import clock
from portal.people.doors import need, origin_of
from portal.staff_log import record
from records.exchange import sheets as exchange
from records.exchange.models import ErrorSheet, TableReading

VIEW, ASK = "exchange.view_errorsheet", "exchange.add_errorsheet"
SHOWN = 50
KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
State = ErrorSheet.State


@dataclass(frozen=True)
class Line:
    """A received table, and this account's last request for its bad rows while it counts."""

    reading: TableReading
    sheet: ErrorSheet | None

    @property
    def good(self) -> int:
        """How many of its rows were taken."""
        return self.reading.rows - self.reading.bad


@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """The newest tables of the facilities where this account may see patients, without anybody's name."""
    account = need(request, VIEW)
    readings = list(TableReading.objects.select_related("facility")[:SHOWN])
    record(request, "staff.listed", ErrorSheet)
    mine = _mine(account.pk, clock.now())
    lines = [Line(reading, mine.get(reading.pk)) for reading in readings]
    waits = any(line.sheet and line.sheet.state == State.WAITING for line in lines)
    return render(request, "portal/people/tables.html", {"lines": lines, "waits": waits})


def _mine(account_id: UUID, now: datetime) -> dict[UUID, ErrorSheet]:
    """What this account asked for, by the table: the last request, as long as it can be taken."""
    asked = ErrorSheet.objects.filter(requested_by=account_id, expires_at__gt=now).exclude(state=State.TAKEN)
    return {sheet.file_id: sheet for sheet in asked.order_by("requested_at")}


@require_POST
def ask(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Ask for the bad rows of one table; the worker makes the sheet within seconds."""
    need(request, ASK)
    if exchange.ask(file_id, origin_of(request)) is None:
        raise Http404
    messages.success(request, _("正在准备，几秒后就能下载。"))
    return redirect("staff:tables")


@require_POST
def take(request: HttpRequest, sheet_id: UUID) -> HttpResponse:
    """The sheet, this once: to whoever asked for it."""
    need(request, ASK)
    sheet = get_object_or_404(ErrorSheet.objects.select_related("file"), pk=sheet_id)
    raw = exchange.take(sheet.pk, origin_of(request))
    if raw is None:
        messages.error(request, _("这份表格已经下载过，或者过期了。要再下载，请重新申请。"))
        return redirect("staff:tables")
    name = f"{PurePath(sheet.file.name).stem or 'table'}-{_('有问题的行')}.{sheet.suffix}"
    answer = HttpResponse(raw, content_type=KINDS[sheet.suffix])
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
