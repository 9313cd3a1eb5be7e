"""What of a record goes into a booklet: which sections, of which time; and how much of it at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.dated import register

MOST_REPORTS = register("records.booklet_reports", 400, "整份档案PDF最多印多少份报告（从最近的算起）")
MOST_ITEMS = register("records.booklet_items", 8000, "整份档案PDF最多印多少个检验项目和测量值（从最近的算起）")
MOST_LINES = register("records.booklet_lines", 300, "整份档案PDF里就诊、用药等每一类最多印多少条（从最近的算起）")
MOST_CHARTS = register("records.booklet_charts", 24, "整份档案PDF最多画多少个项目的走势图")
RECORDS, RESULTS = "records", "results"


@dataclass(frozen=True)
class Section:
    """A part of the booklet, and the consent under which it is read (a category of row-level security)."""

    slug: str
    title: str | Promise
    category: str


SECTIONS = {
    section.slug: section
    for section in (
        Section("basics", _("个人基本健康信息"), RECORDS),
        Section("labels", _("个人健康标识"), RECORDS),
        Section("allergies", _("过敏史"), RECORDS),
        Section("conditions", _("诊断与慢性病"), RECORDS),
        Section("medications", _("用药"), RECORDS),
        Section("immunizations", _("预防接种"), RECORDS),
        Section("encounters", _("就诊与手术"), RECORDS),
        Section("examinations", _("健康体检"), RECORDS),
        Section("followups", _("随访"), RECORDS),
        Section("documents", _("医疗文书"), RECORDS),
        Section("results", _("检验结果与走势"), RESULTS),
        Section("imaging", _("影像、心电、病理等检查"), RESULTS),
    )
}


@dataclass(frozen=True)
class Wanted:
    """Which sections, from which day to which day, both included; None is open."""

    sections: Sequence[str]
    starts_on: date | None = None
    ends_on: date | None = None

    def has(self, *slugs: str) -> bool:
        """Whether any of these sections is wanted."""
        return any(slug in self.sections for slug in slugs)

    def categories(self) -> set[str]:
        """Under which consents it is read."""
        return {SECTIONS[slug].category for slug in self.sections}

    def within(self, *fields: str) -> Q:
        """Rows of the period by the first of `fields` that a row has; what has no time belongs to every period."""
        found, absent = Q(), Q()
        for field in fields:
            found |= absent & self._bounds(field)
            absent &= Q(**{f"{field}__isnull": True})
        return found | absent

    def _bounds(self, field: str) -> Q:
        bounds = Q(**{f"{field}__isnull": False})
        if self.starts_on:
            bounds &= Q(**{f"{field}__gte": _midnight(self.starts_on)})
        if self.ends_on:
            bounds &= Q(**{f"{field}__lt": _midnight(self.ends_on + timedelta(days=1))})
        return bounds


def last_year(now: datetime) -> tuple[date, date]:
    """From the same day a year ago until today."""
    today = timezone.localdate(now)
    before = today - timedelta(days=365)
    return before, today


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
