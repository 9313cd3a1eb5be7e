"""Laboratory reports, imaging and ECG reports, and blood pressures as FHIR resources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from . import county
from .analytes import UCUM, Panel, Span
from .courses import course_number
from .fhirjson import Resource
from .measurements import CRITICAL, Measured, measure
from .narratives import EXAMINATIONS, NARRATIVES
from .panels import RANGE_SEPARATORS
from .people import Resident
from .resources import Origin, concept, meta, organization_reference, person_number, seconds

LOINC = "http://loinc.org"
UNITS = "http://unitsofmeasure.org"
REPORT_SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

_FLAG_WORDS = {"N": "正常", "H": "偏高", "L": "偏低", "HH": "危急值 偏高", "LL": "危急值 偏低", "A": "异常"}
_CENTRE_NAMES = {"RAD": "清河口县医学影像诊断中心", "EC": "清河口县心电诊断中心"}
_REPORTING_DOCTORS = {"RAD": "M01", "EC": "M02"}
_SECTION_NAMES = {"LAB": "检验", "RAD": "影像", "EC": "心电"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """One report's circumstances: whose, from which visit, when, in which state and version."""

    person: Resident
    encounter: Resource | None
    taken: datetime
    issued: datetime
    updated: datetime
    key: str
    serial: str
    status: str = "final"

    @property
    def version(self) -> int:
        """A report that was corrected or withdrawn was sent once before."""
        return 1 if self.status == "final" else 2


def laboratory_report(origin: Origin, panel: Panel, occasion: Occasion) -> list[Resource]:
    """Return the Observations of one panel and the DiagnosticReport that lists them in printed order."""
    rng = origin.rng("values", occasion.key)
    lines = measure(panel, occasion.person, occasion.taken.date(), rng)
    observations = [_laboratory_observation(origin, panel, occasion, line) for line in lines]
    report = _report(origin, occasion, "LAB", f"JY{occasion.serial}")
    report |= {
        "code": concept(
            panel.name, (LOINC, panel.loinc, panel.name), (origin.system("lab-order"), panel.code, panel.name)
        ),
        "specimen": [{"display": panel.specimen}],
        "result": [_reference(item) for item in observations],
    }
    conclusion = _laboratory_conclusion(occasion, lines)
    if conclusion:
        report["conclusion"] = conclusion
    return [*observations, report]


def narrative_report(origin: Origin, narrative_key: str, occasion: Occasion) -> list[Resource]:
    """Return an imaging or ECG report: findings as an Observation in ``result``, the impression as ``conclusion``.

    A township performs and the county's shared centre reports; the county hospital does both itself.
    """
    examination, narrative = EXAMINATIONS[narrative_key.partition(":")[0]], NARRATIVES[narrative_key]
    findings = _findings(origin, occasion, examination.category, narrative.findings)
    doctor = county.practitioner(_REPORTING_DOCTORS[examination.category])
    report = _report(origin, occasion, examination.category, f"{examination.number_prefix}{occasion.serial}")
    report |= {
        "code": concept(
            examination.name,
            (LOINC, examination.loinc, examination.name),
            (origin.system("exam-item"), examination.code, examination.name),
        ),
        "resultsInterpreter": [_reporting_centre(origin, examination.category), {"display": doctor.name}],
        "result": [_reference(findings)],
        "conclusion": narrative.impression,
    }
    return [findings, report]


def blood_pressure(origin: Origin, occasion: Occasion) -> Resource:
    """Return the blood pressure and pulse of a visit as one Observation with components."""
    rng, day = origin.rng("bp", occasion.key), occasion.taken.date()
    high = course_number(occasion.person.key, "SYS", day, rng) or rng.randint(112, 132)
    low = course_number(occasion.person.key, "DIA", day, rng) or rng.randint(68, 84)
    observation = _observation(origin, occasion, "bp", "vital-signs")
    observation["code"] = concept("血压", (LOINC, "85354-9", "血压"), (origin.system("sign"), "BP", "血压"))
    observation["component"] = [
        _component("收缩压", "8480-6", round(high), "mmHg"),
        _component("舒张压", "8462-4", round(low), "mmHg"),
        _component("脉搏", "8867-4", rng.randint(64, 82), "次/分"),
    ]
    return observation


def _report(origin: Origin, occasion: Occasion, section: str, number: str) -> Resource:
    report: Resource = {
        "resourceType": "DiagnosticReport",
        "id": origin.resource_id("report", occasion.key),
        "meta": meta(occasion.updated, occasion.version),
        "identifier": [{"use": "official", "system": origin.system("report"), "value": number}],
        "status": occasion.status,
        "category": [concept(_SECTION_NAMES[section], (REPORT_SECTION, section, _SECTION_NAMES[section]))],
        "subject": origin.patient_reference(occasion.person),
        "effectiveDateTime": seconds(occasion.taken),
        "issued": seconds(occasion.issued),
        "performer": [organization_reference(origin.facility_code)],
    }
    if occasion.encounter is not None:
        report["encounter"] = occasion.encounter
    return report


def _observation(origin: Origin, occasion: Occasion, part: str, category: str) -> Resource:
    observation: Resource = {
        "resourceType": "Observation",
        "id": origin.resource_id("observation", occasion.key, part),
        "meta": meta(occasion.updated - timedelta(milliseconds=350), occasion.version),
        "status": occasion.status,
        "category": [{"coding": [{"system": OBSERVATION_CATEGORY, "code": category}]}],
        "subject": origin.patient_reference(occasion.person),
        "effectiveDateTime": seconds(occasion.taken),
        "issued": seconds(occasion.issued),
        "performer": [organization_reference(origin.facility_code)],
    }
    if occasion.encounter is not None:
        observation["encounter"] = occasion.encounter
    return observation


def _laboratory_observation(origin: Origin, panel: Panel, occasion: Occasion, line: Measured) -> Resource:
    analyte = line.analyte
    observation = _observation(origin, occasion, analyte.code, "laboratory")
    observation["code"] = concept(
        analyte.name, (LOINC, analyte.loinc, analyte.name), (origin.system("lab-item"), analyte.code, analyte.name)
    )
    observation |= _value(line)
    observation["interpretation"] = [
        concept(_FLAG_WORDS[line.flag], (INTERPRETATION, line.flag, _FLAG_WORDS[line.flag]))
    ]
    observation["specimen"] = {"display": panel.specimen}
    printed_range = _reference_range(origin, line)
    if printed_range:
        observation["referenceRange"] = [printed_range]
    return observation


def _value(line: Measured) -> Resource:
    if line.word is not None:
        return {"valueString": line.word}
    quantity: dict[str, Any] = {"value": line.number}
    if line.comparator is not None:
        quantity["comparator"] = line.comparator
    return {"valueQuantity": quantity | _unit(line.analyte.unit)}


def _unit(unit: str) -> Resource:
    named = {"unit": unit} if unit else {}
    return named | {"system": UNITS, "code": UCUM[unit]}


def _reference_range(origin: Origin, line: Measured) -> Resource:
    if line.word is not None:
        return {"text": line.analyte.normal_text}
    return {} if line.span is None else _interval(line.span, line.analyte.unit, RANGE_SEPARATORS[origin.facility_code])


def _interval(span: Span, unit: str, separator: str) -> Resource:
    limits = {side: _limit(bound, unit) for side, bound in (("low", span.low), ("high", span.high)) if bound}
    return {**limits, "text": span.text(separator)}


def _limit(bound: str, unit: str) -> Resource:
    return {"value": Decimal(bound), **_unit(unit)}


def _laboratory_conclusion(occasion: Occasion, lines: Sequence[Measured]) -> str:
    if occasion.status == "corrected":
        return "更正报告:原报告因标本编号录入有误已作废,以本报告为准。"
    alarms = [f"{line.analyte.name}{line.number}{line.analyte.unit}" for line in lines if line.flag in CRITICAL]
    if not alarms:
        return ""
    return f"危急值:{'、'.join(alarms)}。已电话报告接诊医生并复述确认,请立即就诊处理。"


def _findings(origin: Origin, occasion: Occasion, section: str, text: str) -> Resource:
    observation = _observation(origin, occasion, "findings", "imaging" if section == "RAD" else "procedure")
    loinc = "18782-3" if section == "RAD" else None
    observation["code"] = concept(
        "检查所见", (LOINC, loinc, "检查所见"), (origin.system("exam-item"), "FINDINGS", "检查所见")
    )
    observation["valueString"] = text
    return observation


def _reporting_centre(origin: Origin, section: str) -> Resource:
    if origin.facility_code == "COUNTY":
        return organization_reference("COUNTY")
    return organization_reference("IMAGING", _CENTRE_NAMES[section])


def _component(name: str, loinc: str, number: int, unit: str) -> Resource:
    return {"code": concept(name, (LOINC, loinc, name)), "valueQuantity": {"value": number, **_unit(unit)}}


def _reference(resource: Resource) -> Resource:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def serial_number(day: datetime, person: Resident, place: int) -> str:
    """Return the digits of a printed report number: day, person and place within the day."""
    return f"{day:%Y%m%d}{person_number(person):02d}{place:02d}"
