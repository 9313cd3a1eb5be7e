"""The results of a booklet: a small honest chart for what was measured often, and every report as it was printed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.dated import setting
from records.booklet.choosing import MOST_CHARTS, SECTIONS
from records.booklet.entries import Plain, day, dispute, minute
from records.booklet.reading import LABORATORY, Gathered, contested
from records.models import Observation, Report
from records.opened import OpenedReport
from records.presenters import reports as report_words
from records.presenters import words
from records.presenters.charts import BOTTOM, LEFT, RIGHT, TOP, Chart, chart
from records.presenters.range_pictures import plain
from records.trends.reading import COLUMNS
from records.trends.results import Result
from records.trends.series import Point, Trend, trend
from records.trends.thinning import thinned

LEAST_POINTS, MOST_POINTS, MOST_APART, TOLD = 3, 60, 6, 12
INK = {"flag-high": "#a61b1b", "flag-low": "#0b4a99"}
DRAWN = (Observation.Category.LABORATORY, Observation.Category.VITAL_SIGNS)


def laboratory(gathered: Gathered, now: datetime) -> tuple[Plain, set[UUID]]:
    """The results section, and the ids of the rows that its charts show."""
    lines = _lines(gathered, now)
    part = _section(gathered, "results", [one for one in gathered.reports if one.report.category == LABORATORY])
    shown = {point.result.id for line in lines for point in line.points}
    return part | {"charts": [_charted(line) for line in lines]}, shown


def examined(gathered: Gathered) -> Plain:
    """Imaging, ECG, pathology and other reports."""
    return _section(gathered, "imaging", [one for one in gathered.reports if one.report.category != LABORATORY])


def _section(gathered: Gathered, slug: str, openeds: Sequence[OpenedReport]) -> Plain:
    cut = _("还有更早的报告没有印，请选较短的时间再做一份。") if gathered.cut.get("reports") else ""
    return {
        "kind": "reports",
        "slug": slug,
        "title": str(SECTIONS[slug].title),
        "charts": [],
        "reports": [_report(gathered, one) for one in openeds],
        "cut": cut,
    }


# --- lines of results -------------------------------------------------------------------------------------------------
def _lines(gathered: Gathered, now: datetime) -> list[Trend]:
    """What was measured at least three times and once in the period: what is out of range first, then the most."""
    groups: dict[tuple[str, ...], list[Result]] = defaultdict(list)
    for row in gathered.measured:
        if row.category in DRAWN:
            result = Result(**{name: getattr(row, name) for name in COLUMNS})
            groups[result.analyte].append(result)
    found = [line for rows in groups.values() for line in _lines_of(rows, gathered)]
    found.sort(key=lambda line: (not any(point.result.flag in words.FLAGS for point in line.points), -len(line.points)))
    return found[: setting(MOST_CHARTS, now)]


def _lines_of(rows: Sequence[Result], gathered: Gathered) -> Iterable[Trend]:
    """The lines of one analyte, the newest first: one for each unit, specimen and method that stands apart."""
    figures = [(row.occurred_at, str(row.id), row) for row in rows if row.value_number is not None and row.occurred_at]
    left = [row for _at, _id, row in sorted(figures, key=lambda one: one[:2], reverse=True) if not row.folded_into]
    for _turn in range(MOST_APART):
        if len(left) < LEAST_POINTS:
            return
        whole = trend(left[0].id, rows)
        drawn = {left[0].id, *(point.result.id for point in whole.points)}
        within = [point for point in whole.points if _within(gathered, point)]
        if len(within) >= LEAST_POINTS:
            yield Trend(whole.focus, thinned(within, MOST_POINTS, whole.focus.id), whole.apart)
        left = [row for row in left if row.id not in drawn]


def _within(gathered: Gathered, point: Point) -> bool:
    on = day(point.at)
    starts, ends = gathered.wanted.starts_on, gathered.wanted.ends_on
    return (starts is None or on >= starts.isoformat()) and (ends is None or on <= ends.isoformat())


def _charted(line: Trend) -> Plain:
    focus, newest = line.focus, line.points[-1]
    drawn = chart(line.points, focus.id, focus.range_low, focus.range_high)
    apart = sum(len(one.results) for one in line.apart)
    places = list(dict.fromkeys(point.result.facility_name for point in line.points))
    count = ngettext("%(count)d次", "%(count)d次", len(line.points)) % {"count": len(line.points)}
    return {
        "name": focus.name,
        "unit": focus.unit,
        "range": focus.range_text,
        "newest": f"{newest.result.value_text} {newest.result.unit}".strip(),
        "newest_at": day(newest.at),
        "count": count,
        "places": _("、").join(places),
        "converted": any(point.is_converted for point in line.points),
        "apart": ngettext(
            "另有%(count)d个结果单位、方法或标本不同，不可比，没有画进来。",
            "另有%(count)d个结果单位、方法或标本不同，不可比，没有画进来。",
            apart,
        )
        % {"count": apart}
        if apart
        else "",
        "picture": _picture(drawn) if drawn else "",
        "up": [{"at": tick.place, "label": tick.label} for tick in drawn.up] if drawn else [],
        "across": [tick.label for tick in drawn.across] if drawn else [],
        "told": _told(line),
    }


def _told(line: Trend) -> str:
    """The chart for whoever cannot see it."""
    values = _("；").join(
        f"{day(point.at)} {point.result.comparator}{plain(point.value)}" for point in line.points[-12:]
    )
    return _("%(name)s的走势图，单位%(unit)s：%(values)s") % {
        "name": line.focus.name,
        "unit": line.focus.unit or _("无"),
        "values": values,
    }


def _picture(drawn: Chart) -> str:
    """The chart as a drawing without letters; these are set beside it, in the document's own type."""
    pieces = []
    if drawn.band:
        pieces.append(
            f'<rect x="{LEFT}" y="{drawn.band.y}" width="{RIGHT - LEFT}" height="{drawn.band.height}" fill="#e3f1ee"/>'
        )
    pieces += [
        f'<line x1="{LEFT}" x2="{RIGHT}" y1="{tick.place}" y2="{tick.place}" stroke="#d8dee3" stroke-width="1"/>'
        for tick in drawn.up
    ]
    for line in drawn.lines:
        dashes = ' stroke-dasharray="5 4"' if line.is_broken else ""
        ends = f'x1="{line.x1}" y1="{line.y1}" x2="{line.x2}" y2="{line.y2}"'
        pieces.append(f'<line {ends} stroke="#33414d" stroke-width="1.8"{dashes}/>')
    pieces += _marks(drawn)
    size = f"{LEFT - 2} {TOP - 6} {RIGHT - LEFT + 4} {BOTTOM - TOP + 12}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">{"".join(pieces)}</svg>'


def _marks(drawn: Chart) -> Iterable[str]:
    for mark in drawn.marks:
        colour = {"flag-high": "#a61b1b", "flag-low": "#0b4a99"}.get(
            mark.look.split()[0] if mark.look else "", "#16202a"
        )
        fill = "#fff" if "is-open" in mark.look else colour
        shape = f'fill="{fill}" stroke="{colour}" stroke-width="1.6"'
        if mark.corners:
            yield f'<polygon points="{mark.corners}" {shape}/>'
        else:
            yield f'<circle cx="{mark.x}" cy="{mark.y}" r="4.2" {shape}/>'


# --- reports ----------------------------------------------------------------------------------------------------------
def _report(gathered: Gathered, opened: OpenedReport) -> Plain:
    report = opened.report
    said = contested(gathered, report)
    reporting = report_words.reporting(report)
    facts = [
        (_("检查机构"), report.facility_name),
        (_("诊断机构"), reporting),
        (_("报告单号"), report.report_number),
        (_("标本"), report.specimen),
        (_("采样或检查"), minute(report.occurred_at)),
        (_("报告时间"), minute(report.issued_at)),
        (_("医生"), report.practitioner_name),
    ]
    return {
        "title": report.title or str(report.get_category_display()),
        "day": day(report.issued_at or report.occurred_at),
        "facility": report.facility_name,
        "status": str(report_words.status_of(report)[0]) if report.status != Report.Status.FINAL else "",
        "facts": [[label, value] for label, value in facts if value],
        "items": [_item(row) for row in opened.items if not row.is_findings],
        "findings": report_words.findings(opened),
        "impression": report.impression,
        "note": "\n".join(filter(None, [report.note, *_left_out(opened)])),
        "disputes": [dispute(said)] if said else [],
    }


def _item(row: Observation) -> Plain:
    flag = words.FLAGS.get(row.flag)
    return {
        "name": row.name,
        "value": row.value_text,
        "unit": row.unit,
        "range": row.range_text,
        "flag": f"{flag.arrow} {flag.printed or flag.word}".strip() if flag else "",
        "low": bool(flag and flag.arrow == "↓"),
        "note": row.note,
    }


def _left_out(opened: OpenedReport) -> list[str]:
    absent, files = opened.kept_back, opened.report.unshown_files
    lines: list[Any] = []
    if absent:
        words_for = ngettext(
            "另有%(count)d项不在此列：请到检查机构领取、已撤回，或尚未收到。",
            "另有%(count)d项不在此列：请到检查机构领取、已撤回，或尚未收到。",
            absent,
        )
        lines.append(words_for % {"count": absent})
    if files:
        lines.append(
            ngettext("机构还传来%(count)d个附件，不在本册。", "机构还传来%(count)d个附件，不在本册。", files)
            % {"count": files}
        )
    if opened.report.status == Report.Status.CORRECTED:
        lines.append(_("本报告由机构更正过，这里是更正后的内容。"))
    if opened.report.zone_assumed:
        lines.append(_("机构没有注明时区，时间按北京时间理解。"))
    return lines
