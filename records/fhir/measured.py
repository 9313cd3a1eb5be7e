"""Observation, DiagnosticReport and ImagingStudy: what was measured, reported and pictured."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from records.fhir import elements
from records.fhir.elements import (
    TERMS,
    UCUM,
    Resource,
    coding,
    concept,
    filled,
    moment,
    person,
    reference,
    said,
    unknown,
)
from records.models import Dispute, ImagingStudy, Observation, Report

Flag, Category = Observation.Flag, Observation.Category
INTERPRETATIONS = {
    Flag.NORMAL: "N",
    Flag.LOW: "L",
    Flag.HIGH: "H",
    Flag.CRITICAL_LOW: "LL",
    Flag.CRITICAL_HIGH: "HH",
    Flag.ABNORMAL: "A",
}
CATEGORIES = {
    Category.LABORATORY: "laboratory",
    Category.VITAL_SIGNS: "vital-signs",
    Category.IMAGING: "imaging",
    Category.SURVEY: "survey",
}
STATUSES = {
    Report.Status.PRELIMINARY: "preliminary",
    Report.Status.FINAL: "final",
    Report.Status.CORRECTED: "corrected",
    Report.Status.CANCELLED: "cancelled",
    Report.Status.WITHDRAWN: "entered-in-error",
}
# HL7 table 0074, and the LOINC code that stands for a report of the kind.
SECTIONS = {
    Report.Category.LABORATORY: ("LAB", "11502-2"),
    Report.Category.IMAGING: ("RAD", "18748-4"),
    Report.Category.ECG: ("EC", "11524-6"),
    Report.Category.PATHOLOGY: ("PAT", "60568-3"),
    Report.Category.OTHER: ("OTH", "47045-0"),
}
PRECISION = "http://hl7.org/fhir/StructureDefinition/quantity-precision"


def observation(row: Observation, dispute: Dispute | None = None, *, status: str = "final") -> Resource:
    """One analyte or measurement, with value, unit and range as the laboratory printed them.

    `status` is that of the report it is read in; the row itself knows only whether it holds.
    """
    return elements.base("Observation", row, dispute, part=row.part) | filled(
        status=status,
        category=_category(row),
        code=elements.coded(row),
        subject=elements.patient_of(row),
        **unknown(row.occurred_at, "effectiveDateTime"),
        issued=moment(row.source_updated_at),
        performer=[elements.place_of(row)],
        **_value(row),
        interpretation=_interpretation(row),
        note=elements.notes(row, dispute),
        method=said(row.method),
        specimen=filled(display=row.specimen),
        referenceRange=_range(row),
    )


def _category(row: Observation) -> list[Resource]:
    code = CATEGORIES.get(Category(row.category))
    return [concept(f"{TERMS}observation-category", code, text=row.get_category_display())] if code else []


def _value(row: Observation) -> Resource:
    """The result; a number only with what was printed before it, and words as words."""
    if row.value_number is not None:
        number = _printed(row)
        return {"valueQuantity": _quantity(number, row) | filled(comparator=row.comparator) | _precision(number)}
    if row.value_text.strip():
        return {"valueString": " ".join(filter(None, (row.value_text, row.unit)))}
    return {"dataAbsentReason": concept(f"{TERMS}data-absent-reason", "unknown")}


def _printed(row: Observation) -> Decimal:
    """The number in as many figures as were printed; the column knows ten decimals of each."""
    stored: Decimal = row.value_number or Decimal(0)
    try:
        printed = Decimal(row.value_text.removeprefix(row.comparator).strip())
    except InvalidOperation:
        return stored.normalize()
    return printed if printed == stored else stored.normalize()


def _quantity(number: Decimal, row: Observation) -> Resource:
    coded = {"system": UCUM, "code": row.unit_code} if row.unit_code else {}
    return {"value": elements.decimal(number)} | filled(unit=row.unit, **coded)


def _precision(number: Decimal) -> Resource:
    """JSON drops the last zeros of 5.60; how many places were printed is said beside it."""
    places = -int(number.as_tuple().exponent)
    shown = Decimal(repr(elements.decimal(number)))
    if places <= max(-int(shown.as_tuple().exponent), 0):
        return {}
    return {"extension": [{"url": PRECISION, "valueInteger": places}]}


def _interpretation(row: Observation) -> list[Resource]:
    code = INTERPRETATIONS.get(Flag(row.flag))
    return [concept(f"{TERMS}v3-ObservationInterpretation", code, text=row.get_flag_display())] if code else []


def _range(row: Observation) -> list[Resource]:
    if not (row.range_text or row.range_low is not None or row.range_high is not None):
        return []
    limits = {"low": row.range_low, "high": row.range_high}
    found = {side: _quantity(limit.normalize(), row) for side, limit in limits.items() if limit is not None}
    return [filled(**found, text=row.range_text)]


def diagnostic_report(report: Report, items: Iterable[Observation], dispute: Dispute | None = None) -> Resource:
    """A report; `items` are those of its results that are written, too, and only they are referred to."""
    section, loinc = SECTIONS[Report.Category(report.category)]
    kind = report.get_category_display()
    coded = concept("http://loinc.org", loinc, text=report.title or kind)
    return elements.base("DiagnosticReport", report, dispute) | filled(
        identifier=_numbers(report),
        status=STATUSES[Report.Status(report.status)],
        category=[concept(f"{TERMS}v2-0074", section, text=kind)],
        code=coded,
        subject=elements.patient_of(report),
        effectiveDateTime=moment(report.occurred_at),
        issued=moment(report.issued_at),
        performer=[elements.place_of(report)],
        resultsInterpreter=_reporters(report),
        specimen=[filled(display=report.specimen)] if report.specimen else [],
        result=[reference("Observation", row.id, row.name) for row in items],
        conclusion=_conclusion(report, dispute),
    )


def _numbers(report: Report) -> list[Resource]:
    """What its source calls the report, and the number printed on it."""
    printed = {"use": "official", "system": f"{elements.feed(report.source_id)}:report", "value": report.report_number}
    return [*elements.identifiers(report), *([printed] if report.report_number else [])]


def _reporters(report: Report) -> list[Resource]:
    found: list[Resource] = []
    if report.reporting_facility_id and report.reporting_facility_id != report.facility_id:
        found.append(reference("Organization", report.reporting_facility_id, report.reporting_name))
    return [*found, *([person(report.practitioner_name)] if report.practitioner_name else [])]


def _conclusion(report: Report, dispute: Dispute | None) -> str:
    """The words of a report. DiagnosticReport has no notes in R4, so what is noted stands below its conclusion."""
    parts = [("检查所见", report.findings), ("诊断意见", report.impression), ("备注", report.note)]
    told = [f"{title}：{text}" for title, text in parts if text.strip()]
    told += [f"{one.get('authorString', '')}：{one['text']}" for one in elements.notes(None, dispute)]
    return "\n".join(told)


def imaging_study(row: ImagingStudy) -> Resource:
    """Which pictures a PACS holds; the pictures themselves stay there."""
    uid = [{"system": "urn:dicom:uid", "value": f"urn:oid:{row.study_uid}"}] if row.study_uid else []
    accession: list[Any] = (
        [{"system": f"{elements.feed(row.source_id)}:accession", "value": row.accession}] if row.accession else []
    )
    return elements.base("ImagingStudy", row, None) | filled(
        identifier=[*elements.identifiers(row), *uid, *accession],
        status="available",
        modality=[coding("http://dicom.nema.org/resources/ontology/DCM", one) for one in _modalities(row)],
        subject=elements.patient_of(row),
        started=moment(row.occurred_at),
        numberOfInstances=row.images,
        description=row.title,
    )


def _modalities(row: ImagingStudy) -> list[str]:
    return [one for one in row.modality.replace("\\", " ").replace(",", " ").split() if one.isascii()]
