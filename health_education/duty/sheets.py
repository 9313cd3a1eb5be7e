"""The report as a spreadsheet: the numbers first, then every row behind them."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from foundation.workbooks import Cell, Sheet, workbook
from health_education.duty.counting import Report


def unit_file(report: Report) -> bytes:
    """One unit's year."""
    heads = [_("项目"), _("已完成"), _("要求"), _("单位"), _("情况"), _("缺的时段")]
    rows = [
        [one.label, one.done, one.target or _("没有规定"), one.unit, one.words, "；".join(one.wanting)]
        for one in report.measures
    ]
    return workbook([Sheet(_("完成情况"), heads, rows), *_details([report])])


def county_file(reports: Collection[Report]) -> bytes:
    """Every unit in one row, then every row behind the numbers."""
    labels = [measure.label for report in list(reports)[:1] for measure in report.measures]
    heads = [_("机构"), _("层级"), _("上级机构"), _("完成项数"), *labels]
    rows = [
        [
            report.unit.name,
            str(report.unit.get_level_display()),
            report.unit.parent.name if report.unit.parent else "",
            f"{report.met} / {len(report.asked)}",
            *[_cell(measure.done, measure.target) for measure in report.measures],
        ]
        for report in reports
    ]
    return workbook([Sheet(_("各机构"), heads, rows), *_details(reports)])


def _cell(done: int, target: int) -> Cell:
    return f"{done} / {target}" if target else done


def _details(reports: Collection[Report]) -> list[Sheet]:
    heads = [_("机构"), _("项目"), _("日期"), _("内容"), _("数量或人数"), _("地点"), _("说明")]
    return [Sheet(_("明细"), heads, _lines(reports))]


def _lines(reports: Collection[Report]) -> Iterator[list[Cell]]:
    for report in reports:
        for measure in report.measures:
            for line in measure.lines:
                yield [report.unit.name, measure.label, line.day, line.what, line.count, line.place, line.note]
