"""The facts of the health record, one kind after the other, as lines of a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    Examination,
    FollowUp,
    Immunization,
    Medication,
    Observation,
    Procedure,
)
from records.presenters import words
from records.provenance import Provenance

SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"


@dataclass(frozen=True)
class Fact:
    """One line: what, a short word on it, details, a measured value with its flag, and where it comes from.

    `href` leads to the whole of it; `is_new`: it came after the viewer's last visit.
    """

    title: str
    facility: str
    when: datetime | None
    tag: words.Words = ""
    tone: str = ""
    notes: Sequence[str] = ()
    value: str = ""
    unit: str = ""
    flag: words.Flag | None = None
    href: str = ""
    is_new: bool = False

    @property
    def long(self) -> bool:
        """A value that is not to be set in large type."""
        return words.is_long(self.value)


def facts(rows: Iterable[Provenance]) -> list[Fact]:
    """Rows in words; systolic and diastolic pressure of one measurement become one line."""
    rows = list(rows)
    upper = {_measurement(row): row for row in rows if _is(row, SYSTOLIC)}
    lower = {_measurement(row): row for row in rows if _is(row, DIASTOLIC)}
    pairs = upper.keys() & lower.keys()
    shown = []
    for row in rows:
        key = _measurement(row)
        if key not in pairs or not (_is(row, SYSTOLIC) or _is(row, DIASTOLIC)):
            shown.append(fact(row))
        elif row is upper[key]:
            shown.append(_blood_pressure(fact(row), fact(lower[key])))
    return shown


@singledispatch
def fact(row: Provenance) -> Fact:
    """One row in words; raises TypeError for a kind that has no wording."""
    raise TypeError(f"no wording for {type(row).__name__}")


@fact.register
def allergy(row: Allergy) -> Fact:
    tag, tone = words.state(row.criticality, words.CRITICALITIES)
    return _line(row, row.name, tag, tone, words.labelled(_("表现"), row.reaction), row.note)


@fact.register
def condition(row: Condition) -> Fact:
    tag, tone = words.state(row.state, words.STATES)
    return _line(row, row.name, tag, tone, _times(row), row.note)


@fact.register
def medication(row: Medication) -> Fact:
    tag, tone = words.state(row.state, words.MEDICATION_STATES)
    return _line(row, row.name, tag, tone, row.dosage, _times(row), row.note)


@fact.register
def immunization(row: Immunization) -> Fact:
    tag, tone = words.state(row.state, words.DEED_STATES)
    batch = words.labelled(_("批号"), row.lot_number)
    return _line(row, row.name, tag, tone, words.labelled(_("剂次"), row.dose), batch, row.site, row.note)


@fact.register
def encounter(row: Encounter) -> Fact:
    title = " · ".join(part for part in (row.get_kind_display(), row.department_name) if part)
    return _line(row, title, "", "", row.reason, words.labelled(_("医生"), row.practitioner_name))


@fact.register
def procedure(row: Procedure) -> Fact:
    tag, tone = words.state(row.state, words.DEED_STATES)
    return _line(row, row.name, tag, tone, words.labelled(_("医生"), row.practitioner_name), row.note)


@fact.register
def examination(row: Examination) -> Fact:
    return _line(row, row.title, "", "", words.labelled(_("医生"), row.practitioner_name))


@fact.register
def follow_up(row: FollowUp) -> Fact:
    tag, tone = words.CONTROLS.get(row.control, ("", ""))
    due = _("下次 %(day)s") % {"day": row.next_due.isoformat()} if row.next_due else ""
    return _line(row, row.title, tag, tone, str(FollowUp.Way(row.way).label) if row.way else "", due)


@fact.register
def document(row: Document) -> Fact:
    return _line(row, row.title, "", "", row.department_name, words.labelled(_("医生"), row.author))


@fact.register
def measurement(row: Observation) -> Fact:
    return Fact(
        title=row.name,
        facility=row.facility_name,
        when=row.occurred_at,
        value=row.value_text,
        unit=row.unit,
        flag=words.FLAGS.get(row.flag),
    )


def _line(row: Provenance, title: str, tag: words.Words, tone: str, *notes: str) -> Fact:
    return Fact(title, row.facility_name, row.occurred_at, tag, tone, tuple(note for note in notes if note))


def _times(row: Provenance) -> str:
    times = getattr(row, "times", 1)
    return ngettext("共%(count)d次记录", "共%(count)d次记录", times) % {"count": times} if times > 1 else ""


def _measurement(row: Provenance) -> tuple[object, str]:
    return row.source_id, row.identifier


def _is(row: Provenance, code: str) -> bool:
    return isinstance(row, Observation) and code in (row.part, row.code)


def _blood_pressure(upper: Fact, lower: Fact) -> Fact:
    return Fact(
        title=_("血压"),
        facility=upper.facility,
        when=upper.when,
        value=f"{upper.value}/{lower.value}",
        unit=upper.unit,
        flag=upper.flag or lower.flag,
    )
