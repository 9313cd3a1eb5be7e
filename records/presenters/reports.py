"""Reports in words: one line of the list, and the report page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from health_education.cards import Card
from records.models import NextStep, Observation, Release, Report
from records.opened import OpenedReport
from records.presenters import words
from records.presenters.changes import Change, changes, measured
from records.presenters.range_pictures import RangePicture
from records.presenters.trends import picture_of

STATUS_TONES: dict[str, str] = {
    Report.Status.PRELIMINARY: "warn",
    Report.Status.FINAL: "good",
    Report.Status.CORRECTED: "warn",
    Report.Status.CANCELLED: "",
    Report.Status.WITHDRAWN: "bad",
}


@dataclass(frozen=True)
class Row:
    """One line of the list. Of a report kept at the facility it says only where to collect it."""

    id: UUID
    title: str
    is_new: bool
    when: datetime | None
    facility: str
    reporting: str = ""
    category: words.Words = ""
    status: words.Words = ""
    tone: str = ""
    flagged: str = ""


@dataclass(frozen=True)
class Item:
    """One measured item, as printed, with the same person's value before."""

    anchor: str
    name: str
    value: str
    unit: str
    reference_range: str
    flag: words.Flag | None
    critical: bool
    before: str = ""
    before_at: datetime | None = None
    note: str = ""
    card: Card | None = None
    id: UUID | None = None
    picture: RangePicture | None = None
    step: NextStep | None = None

    @property
    def long(self) -> bool:
        """A text rather than a figure: not to be set in large type."""
        return words.is_long(self.value)


@dataclass(frozen=True)
class Sheet:
    """The report page."""

    report: Report
    title: str
    status: words.Words
    tone: str
    reporting: str
    items: Sequence[Item]
    findings: str
    changes: Sequence[Change]
    corrected: bool

    @property
    def flagged(self) -> list[Item]:
        """The items that the laboratory flagged."""
        return [item for item in self.items if item.flag]

    @property
    def critical(self) -> list[Item]:
        """The items that must reach a doctor at once."""
        return [item for item in self.items if item.critical]

    @property
    def advised(self) -> list[Item]:
        """The items about which a facility says what to do next."""
        return [item for item in self.items if item.step]

    @property
    def compared(self) -> bool:
        """Whether any item has an earlier value beside it."""
        return any(item.before for item in self.items)


def rows(reports: Iterable[Report], flagged: Mapping[UUID, int], since: datetime) -> list[Row]:
    """The lines of the list; unopened reports issued from `since` on are marked as new."""
    return [row(report, flagged.get(report.pk, 0), since) for report in reports]


def row(report: Report, flagged: int, since: datetime) -> Row:
    """One line of the list."""
    kept = Row(
        id=report.pk,
        title=_("一份报告请到%(facility)s领取") % {"facility": report.facility_name},
        is_new=report.first_seen_at is None and report.issued_at is not None and report.issued_at >= since,
        when=report.issued_at or report.occurred_at,
        facility=report.facility_name,
    )
    if kept_at_facility(report):
        return kept
    status, tone = status_of(report)
    return replace(
        kept,
        title=report.title or report.get_category_display(),
        reporting=reporting(report),
        category=words.CATEGORIES.get(report.category, ""),
        status=status if report.status != Report.Status.FINAL or report.is_withdrawn else "",
        tone=tone,
        flagged=words.flagged(flagged),
    )


def kept_at_facility(report: Report) -> bool:
    """Whether the report is only handed out at the facility: not even its title is shown."""
    return report.release == Release.WITHHELD and not report.is_withdrawn


def status_of(report: Report) -> tuple[words.Words, str]:
    """The report's state in words, and the colour of its badge."""
    status = Report.Status.WITHDRAWN if report.is_withdrawn else Report.Status(report.status)
    return status.label, STATUS_TONES[status]


def reporting(report: Report) -> str:
    """The facility that made the diagnosis, where another one performed the examination."""
    return report.reporting_name if report.reporting_name != report.facility_name else ""


def sheet(
    opened: OpenedReport, cards: Mapping[UUID, Card] | None = None, steps: Mapping[UUID, NextStep] | None = None
) -> Sheet:
    """The report page; `cards` explain items, `steps` say what to do next, by the items' ids."""
    report = opened.report
    status, tone = status_of(report)
    changed = changes(opened)
    measured_items = [row for row in opened.items if not row.is_findings]
    return Sheet(
        report=report,
        title=report.title or report.get_category_display(),
        status=status,
        tone=tone,
        reporting=reporting(report),
        items=[
            replace(
                item(number, row, opened.previous.get(row.id)),
                card=(cards or {}).get(row.id),
                step=(steps or {}).get(row.id),
            )
            for number, row in enumerate(measured_items, 1)
        ],
        findings=findings(opened),
        changes=changed,
        corrected=report.status == Report.Status.CORRECTED or bool(changed),
    )


def findings(opened: OpenedReport) -> str:
    """What was seen: the report's own words, and those that came as an item of it."""
    seen = [row.value_text for row in opened.items if row.is_findings]
    return "\n".join(filter(None, [opened.report.findings, *seen]))


def item(number: int, row: Observation, before: Observation | None) -> Item:
    """One measured item; the earlier value carries its unit only where it is another one."""
    return Item(
        anchor=f"item-{number}",
        name=row.name,
        value=row.value_text,
        unit=row.unit,
        reference_range=row.range_text,
        flag=words.FLAGS.get(row.flag),
        critical=row.is_critical,
        before=(before.value_text if before.unit == row.unit else measured(before)) if before else "",
        before_at=before.occurred_at if before else None,
        note=row.note,
        id=row.id,
        picture=picture_of(row) if row.flag in words.FLAGS else None,
    )
