"""What a person measured at home, in words: the value, where it lies, and what to do now. Never a diagnosis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.models import OwnEntry, OwnReport
from records.own.averaging import is_morning
from records.own.fields import said
from records.own.judging import State, state_of
from residents.models import Resident

Words = str | Promise
UNITS: dict[str, Words] = {
    OwnEntry.Kind.PRESSURE: "mmHg",
    OwnEntry.Kind.GLUCOSE: "mmol/L",
    OwnEntry.Kind.WEIGHT: gettext_lazy("公斤"),
}
# A word, an icon and a look for each state: colour only in support.
LOOKS: dict[State, tuple[Words, str, str]] = {
    State.VERY_HIGH: (gettext_lazy("很高"), "warning", "flag-high flag-strong"),
    State.VERY_LOW: (gettext_lazy("太低"), "warning", "flag-low flag-strong"),
    State.HIGH: (gettext_lazy("偏高"), "arrow-up", "flag-high"),
    State.RAISED: (gettext_lazy("略高"), "arrow-up", "flag-odd"),
    State.LOW: (gettext_lazy("偏低"), "arrow-down", "flag-low"),
}


@dataclass(frozen=True)
class Look:
    """How a state is shown."""

    word: Words
    icon: str
    look: str


@dataclass(frozen=True)
class OwnLine:
    """One entry as a list shows it."""

    id: UUID
    when: datetime
    value: str
    unit: Words
    flag: Look | None
    notes: Sequence[str]
    by: str
    is_danger: bool
    is_struck: bool
    struck_by: str
    struck_at: datetime | None


def line(entry: OwnEntry, now: datetime) -> OwnLine:
    """An entry for a list."""
    return OwnLine(
        id=entry.pk,
        when=entry.measured_at,
        value=value_of(entry),
        unit=unit_of(entry),
        flag=None if entry.is_struck else look_of(entry, now),
        notes=notes_of(entry),
        by=by_of(entry),
        is_danger=not entry.is_struck and state_of(entry, now).is_danger,
        is_struck=entry.is_struck,
        struck_by=entry.struck_name,
        struck_at=entry.struck_at,
    )


def look_of(entry: OwnEntry, now: datetime, person: Resident | None = None) -> Look | None:
    """How the state of an entry is shown; nothing where nothing stands out."""
    found = LOOKS.get(state_of(entry, now, person))
    if found and entry.kind == OwnEntry.Kind.WEIGHT:
        return Look(_("腰围偏大"), *found[1:])
    return Look(*found) if found else None


def value_of(entry: OwnEntry) -> str:
    """The number as one would say it."""
    if entry.kind == OwnEntry.Kind.PRESSURE:
        return f"{entry.systolic}/{entry.diastolic}"
    if entry.kind == OwnEntry.Kind.GLUCOSE:
        return {">": _("HI（高出血糖仪的范围）"), "<": _("LO（低出血糖仪的范围）")}.get(
            entry.comparator, f"{entry.glucose:.1f}"
        )
    if entry.weight is not None:
        return said(entry.weight)
    return said(entry.waist or Decimal(0))


def unit_of(entry: OwnEntry) -> Words:
    """The unit beside `value_of`."""
    if entry.comparator:
        return ""
    if entry.kind == OwnEntry.Kind.WEIGHT and entry.weight is None:
        return _("厘米（腰围）")
    return UNITS[entry.kind]


def notes_of(entry: OwnEntry) -> list[str]:
    """What else was written down, piece by piece."""
    told = []
    if entry.kind == OwnEntry.Kind.PRESSURE:
        told.append(_("早上") if is_morning(entry.measured_at) else _("下午和晚上"))
        if entry.pulse:
            told.append(_("脉搏 %(count)d 次/分") % {"count": entry.pulse})
    if entry.meal:
        told.append(str(entry.get_meal_display()))
    if entry.weight is not None and entry.waist is not None:
        told.append(_("腰围 %(waist)s 厘米") % {"waist": said(entry.waist)})
    told += [str(word) for word in (entry.get_arm_display(), entry.get_position_display()) if word]
    return told + [word for word in (entry.device, entry.note) if word]


def by_of(row: OwnEntry | OwnReport) -> str:
    """Who wrote it down, where it was not the person."""
    return _("由%(name)s代为记录") % {"name": row.entered_name} if row.for_other else ""


def heading(kind: str) -> str:
    """“我自己记的血压”."""
    return _("我自己记的%(what)s") % {"what": OwnEntry.Kind(kind).label}


def day_and_time(moment: datetime) -> str:
    """2026-05-01 08:30."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
