"""What a person measured at home as Observations: performed by the patient, and marked as theirs.

Only a document into which the person chose to put it holds it; the patient summary never does.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from records.fhir.elements import MARKS, TERMS, UCUM, Resource, coding, concept, decimal, filled, moment, reference
from records.fhir.gathering import OWN, Chosen, TooMuch
from records.fhir.sections import HEADINGS, Section, Written
from records.models import OwnEntry
from records.presenters import own
from residents.access import Viewer

LOINC = "http://loinc.org"
MARKED = "自己记录，未经医疗机构核对"
# What is measured: the column, its LOINC code, the words, and the UCUM unit.
PARTS = {
    "systolic": ("8480-6", "收缩压", "mm[Hg]", "mmHg"),
    "diastolic": ("8462-4", "舒张压", "mm[Hg]", "mmHg"),
    "pulse": ("8867-4", "脉搏", "/min", "次/分"),
    "glucose": ("14743-9", "血糖（家用血糖仪）", "mmol/L", "mmol/L"),
    "weight": ("29463-7", "体重", "kg", "kg"),
    "waist": ("8280-0", "腰围", "cm", "cm"),
}
WHOLE = {
    OwnEntry.Kind.PRESSURE: ("85354-9", "血压", "vital-signs"),
    OwnEntry.Kind.GLUCOSE: ("14743-9", "血糖（家用血糖仪）", "laboratory"),
    OwnEntry.Kind.WEIGHT: ("29463-7", "体重和腰围", "vital-signs"),
}


def own_observation(row: OwnEntry) -> Resource:
    """One home measurement; what it is made of as components, unless it is one number alone."""
    code, words, category = WHOLE[OwnEntry.Kind(row.kind)]
    measured = [name for name in PARTS if getattr(row, name) is not None]
    if measured == ["waist"]:
        code, words = PARTS["waist"][:2]
    value = {"valueQuantity": _quantity(row, measured[0])} if len(measured) == 1 else {}
    return filled(
        resourceType="Observation",
        id=str(row.pk),
        meta={"lastUpdated": moment(row.entered_at), "tag": [coding(MARKS, "self-recorded", MARKED)]},
        status="entered-in-error" if row.is_struck else "final",
        category=[concept(f"{TERMS}observation-category", category)],
        code=concept(LOINC, code, text=words),
        subject=reference("Patient", row.resident_id),
        effectiveDateTime=moment(row.measured_at),
        issued=moment(row.entered_at),
        performer=[reference("Patient", row.resident_id)],
        **value,
        component=[] if value else [_component(row, name) for name in measured],
        bodySite={"text": row.get_arm_display()} if row.arm else {},
        device=filled(display=row.device),
        note=[{"text": text} for text in _notes(row)],
    )


def _component(row: OwnEntry, name: str) -> Resource:
    code, words = PARTS[name][:2]
    return {"code": concept(LOINC, code, text=words), "valueQuantity": _quantity(row, name)}


def _quantity(row: OwnEntry, name: str) -> Resource:
    code, unit = PARTS[name][2:]
    comparator = row.comparator if name == "glucose" else ""
    value: Any = decimal(Decimal(getattr(row, name)))
    return {"value": value} | filled(comparator=comparator, unit=unit, system=UCUM, code=code)


def _notes(row: OwnEntry) -> list[str]:
    told = [MARKED, str(row.get_meal_display()), str(row.get_position_display()), row.note, own.by_of(row)]
    return [text for text in told if text]


def section_of(viewer: Viewer, chosen: Chosen, most: int, *, empty: str) -> Section:
    """The section of own entries in the period; raises TooMuch where there are more than `most`."""
    rows = list(OwnEntry.objects.visible_to(viewer).valid().filter(chosen.within("measured_at"))[: most + 1])
    if len(rows) > most:
        raise TooMuch
    rows.sort(key=lambda row: (row.measured_at, str(row.pk)), reverse=True)
    with translation.override(settings.LANGUAGE_CODE):
        written = [Written([own_observation(row)], _line(row)) for row in rows]
    return Section(HEADINGS[OWN], written, len(rows), empty)


def _line(row: OwnEntry) -> list[str]:
    value = f"{own.value_of(row)} {own.unit_of(row)}".strip()
    told = "；".join([value, *own.notes_of(row)])
    by = own.by_of(row) or "本人"
    return [str(row.get_kind_display()), told, f"{timezone.localtime(row.measured_at):%Y-%m-%d %H:%M}", by]
