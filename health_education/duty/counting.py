"""The report's numbers, each with the rows behind it: activities that were published and held, and entries of staff."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from facilities.models import Facility
from health_education.duty.targets import Period, Targets, periods, targets_of
from health_education.models import Activity, DutyEntry

LABELS: dict[str, str | Promise] = {
    "printed": gettext_lazy("印刷资料"),
    "audio_video": gettext_lazy("音像资料"),
    "boards": gettext_lazy("宣传栏"),
    "consultations": gettext_lazy("公众健康咨询"),
    "lectures": gettext_lazy("健康讲座"),
    "individual": gettext_lazy("个体化健康教育"),
    "others": gettext_lazy("筛查和其他活动"),
}
UNITS: dict[str, str | Promise] = {
    "printed": gettext_lazy("种"),
    "audio_video": gettext_lazy("种"),
    "boards": gettext_lazy("块"),
    "consultations": gettext_lazy("次"),
    "lectures": gettext_lazy("次"),
    "individual": gettext_lazy("人次"),
    "others": gettext_lazy("次"),
}


@dataclass(frozen=True)
class Line:
    """One row behind a number."""

    day: date
    what: str
    count: int
    place: str
    note: str


@dataclass(frozen=True)
class Measure:
    """One duty: what was done, what is asked for, which stretches of time are wanting, and the rows behind it."""

    key: str
    done: int
    target: int
    lines: tuple[Line, ...]
    wanting: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return str(LABELS[self.key])

    @property
    def unit(self) -> str:
        return str(UNITS[self.key])

    @property
    def met(self) -> bool:
        """Whether the duty is fulfilled; what is not asked for always is."""
        return self.done >= self.target and not (self.target and self.wanting)

    @property
    def words(self) -> str:
        """How it stands, in words."""
        if not self.target:
            return _("没有规定数量")
        if self.met:
            return _("已完成")
        if self.done < self.target:
            return _("还差 %(count)d %(unit)s") % {"count": self.target - self.done, "unit": self.unit}
        return _("数量够了，但有的时段没有做")

    @property
    def tone(self) -> str:
        """The badge's colour; the words say the same."""
        return "" if not self.target else "good" if self.met else "warn"


@dataclass(frozen=True)
class Report:
    """One unit's year."""

    unit: Facility
    year: int
    measures: tuple[Measure, ...]

    @property
    def met(self) -> int:
        """How many duties are fulfilled, of those that ask for a number."""
        return sum(measure.met for measure in self.asked)

    @property
    def asked(self) -> list[Measure]:
        """The duties that ask for a number."""
        return [measure for measure in self.measures if measure.target]

    def measure(self, key: str) -> Measure | None:
        """One of them by its key."""
        return next((measure for measure in self.measures if measure.key == key), None)


def reports(units: Collection[Facility], year: int, now: datetime) -> list[Report]:
    """The year of each of these units; two statements for all of them."""
    activities, entries = _activities(units, year), _entries(units, year)
    today = timezone.localdate(now)
    return [
        Report(
            unit,
            year,
            _measures(activities[unit.pk], entries[unit.pk], targets_of(unit.level, year, now), year, today),
        )
        for unit in units
    ]


def _activities(units: Collection[Facility], year: int) -> dict[UUID, list[Activity]]:
    held = Activity.objects.held().filter(facility__in=[unit.pk for unit in units], starts_at__year=year)
    found: dict[UUID, list[Activity]] = defaultdict(list)
    for activity in held.order_by("starts_at"):
        found[activity.facility_id].append(activity)
    return found


def _entries(units: Collection[Facility], year: int) -> dict[UUID, list[DutyEntry]]:
    counted = DutyEntry.objects.counted().filter(facility__in=[unit.pk for unit in units], day__year=year)
    found: dict[UUID, list[DutyEntry]] = defaultdict(list)
    for entry in counted.order_by("day", "entered_at"):
        found[entry.facility_id].append(entry)
    return found


def _measures(
    activities: list[Activity], entries: list[DutyEntry], targets: Targets, year: int, today: date
) -> tuple[Measure, ...]:
    of_form = {form: [entry for entry in entries if entry.form == form] for form in DutyEntry.Form.values}
    of_kind = {kind: [one for one in activities if one.kind == kind] for kind in Activity.Kind.values}
    others = [one for one in activities if one.kind in {Activity.Kind.SCREENING, Activity.Kind.OTHER}]
    consultations = _held(of_kind[Activity.Kind.CONSULTATION])
    individual = of_form[DutyEntry.Form.INDIVIDUAL]
    return (
        _kinds("printed", of_form[DutyEntry.Form.PRINTED], targets.printed),
        _kinds("audio_video", of_form[DutyEntry.Form.AUDIO_VIDEO], targets.audio_video),
        _boards(of_form[DutyEntry.Form.BOARD], targets, year, today),
        Measure("consultations", len(consultations), targets.consultations, consultations),
        _lectures(_held(of_kind[Activity.Kind.LECTURE]), targets.lectures, year, today),
        Measure("individual", sum(entry.copies for entry in individual), 0, _written(individual)),
        Measure("others", len(others), 0, _held(others)),
    )


def _kinds(key: str, entries: list[DutyEntry], target: int) -> Measure:
    """What is handed out or played is counted by its content: the same one twice is one kind."""
    return Measure(key, len({_content(entry) for entry in entries}), target, _written(entries))


def _content(entry: DutyEntry) -> object:
    return entry.article_id or _same(entry.title)


def _same(text: str) -> str:
    return "".join(text.split()).casefold()


def _boards(entries: list[DutyEntry], targets: Targets, year: int, today: date) -> Measure:
    """Boards by where they stand; each must have new content in every stretch that is over."""
    changes: dict[str, list[date]] = defaultdict(list)
    names: dict[str, str] = {}
    for entry in entries:
        names.setdefault(_same(entry.place), entry.place)
        changes[_same(entry.place)].append(entry.day)
    due = periods(year, targets.board_months)
    gaps = [
        f"{names[place]}：{_missed(due, days, today)}" for place, days in changes.items() if _missed(due, days, today)
    ]
    whole = len(changes) - len(gaps)
    wanting = tuple(gaps) if whole < targets.boards else ()
    return Measure("boards", len(changes), targets.boards, _written(entries), wanting)


def _lectures(lines: tuple[Line, ...], target: int, year: int, today: date) -> Measure:
    """So many in a year means one in every twelfth or sixth of it; what is over and had none is named."""
    due = periods(year, 12 // target) if target and 12 % target == 0 else []
    missed = _missed(due, [line.day for line in lines], today)
    return Measure("lectures", len(lines), target, lines, (missed,) if missed else ())


def _missed(due: Iterable[Period], days: Collection[date], today: date) -> str:
    """The stretches that are over and in which nothing was done, in words."""
    over = [period for period in due if period.last < today]
    return "、".join(period.words for period in over if not any(period.holds(day) for day in days))


def _held(activities: Iterable[Activity]) -> tuple[Line, ...]:
    return tuple(
        Line(
            timezone.localdate(one.starts_at),
            one.title,
            one.attended,
            one.place,
            "；".join(filter(None, [_late(one), one.speaker, one.held_note])),
        )
        for one in activities
    )


def _late(activity: Activity) -> str:
    """An activity that was entered after it was over says so."""
    late = activity.published_at is not None and activity.published_at > activity.ends_at
    return _("事后补录") if late else ""


def _written(entries: Iterable[DutyEntry]) -> tuple[Line, ...]:
    return tuple(Line(entry.day, entry.title, entry.copies, entry.place, entry.note) for entry in entries)


def published_words(count: int) -> str:
    """How many articles the portal itself published in the year, in words."""
    return ngettext("门户这一年发布了 %(count)d 篇文章", "门户这一年发布了 %(count)d 篇文章", count) % {"count": count}
