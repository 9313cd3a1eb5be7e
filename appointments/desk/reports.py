"""Figures of a day or a month, by doctor and channel, as a CSV file: numbers only, nobody's name but the doctors'."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from appointments.models import Booking, Channel
from facilities.models import Facility

FORMULA = ("=", "+", "-", "@", "\t", "\r")
COUNTS = {
    "all": Q(),
    "cancelled": Q(status=Booking.Status.CANCELLED),
    "checked_in": Q(status=Booking.Status.CHECKED_IN),
    "completed": Q(status=Booking.Status.COMPLETED),
    "no_show": Q(status=Booking.Status.NO_SHOW),
    "unmarked": Q(status=Booking.Status.BOOKED),
    "extra": Q(slot__extra_by__isnull=False) & ~Q(status=Booking.Status.CANCELLED),
}


def rows_of(facility: Facility, first: date, last: date) -> Iterator[list[str | int]]:
    """The heading, then one line for each department, doctor and channel, then the sum."""
    yield [_("科室"), _("医生"), _("渠道"), *_headings()]
    booked = Booking.objects.filter(facility=facility, date__gte=first, date__lte=last).order_by()
    by = ("department__name", "session__practitioner__name", "channel")
    counted = {name: Count("id", filter=condition) for name, condition in COUNTS.items()}
    whole = [0] * len(COUNTS)
    for line in booked.values(*by, "session__practitioner_id").annotate(**counted).order_by(*by):
        figures = [line[name] for name in COUNTS]
        whole = [total + figure for total, figure in zip(whole, figures, strict=True)]
        department, doctor, channel = (line[name] for name in by)
        yield [_safe(department), _safe(doctor), str(Channel(channel).label), *figures]
    yield [_("合计"), "", "", *whole]


def file_of(facility: Facility, first: date, last: date) -> bytes:
    """The same as a file that spreadsheet programs open as it is."""
    written = io.StringIO()
    csv.writer(written).writerows(rows_of(facility, first, last))
    return written.getvalue().encode("utf-8-sig")


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = day.replace(day=1)
    following = (first.replace(day=28).toordinal()) + 4
    return first, date.fromordinal(date.fromordinal(following).replace(day=1).toordinal() - 1)


def _headings() -> list[str]:
    return [_("预约"), _("取消"), _("已签到"), _("已就诊"), _("爽约"), _("没有登记"), _("加号")]


def _safe(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
