"""What a table says, as FHIR R4 resources, in an order of its own: the order of rows is no content."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from records.exchange.hl7v2.naming import identifier
from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.tables import cells
from records.exchange.tables.assembling import Assembled, Report, keyed
from records.exchange.tables.lines import Result
from records.exchange.tables.plan import Plan

Resource = dict[str, Any]
LOINC = "http://loinc.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LOCAL = "urn:local"
_FLAGS = {"H", "L", "HH", "LL", "N", "A", "AA"}
_ARROWS = {"↑": "H", "↓": "L", "↑↑": "HH", "↓↓": "LL"}
_LABORATORY = ("检验", "化验")
# Of several states of its rows a report has the first one that any of them has.
_STATES = ("preliminary", "corrected", "final", "cancelled", "entered-in-error")


def resources(assembled: Assembled, plan: Plan) -> Iterator[Resource]:
    """Patients, then each report after its observations."""
    for key, person in assembled.patients.items():
        yield _patient(patient_id(key), person)
    for report in assembled.reports:
        yield from _Maker(report, plan).resources()


def patient_id(key: tuple[str, ...]) -> str:
    """The Patient's id; a patient without a number of the facility's own is the patient of a report."""
    return identifier(*key)


def _patient(own_id: str, person: dict[str, str]) -> Resource:
    made: Resource = {"resourceType": "Patient", "id": own_id}
    if person.get("document_number"):
        made["identifier"] = [{"system": ID_CARD_SYSTEM, "value": person["document_number"]}]
    if person.get("name"):
        made["name"] = [{"text": person["name"]}]
    if person.get("sex"):
        made["gender"] = person["sex"]
    if person.get("birth_date"):
        made["birthDate"] = person["birth_date"][:10]
    return made


class _Maker:
    """One report and its observations."""

    def __init__(self, report: Report, plan: Plan) -> None:
        self.report = report
        self.plan = plan
        self.id = identifier(report.number)
        self.subject = {"reference": f"Patient/{patient_id(report.lines[0].patient)}"}
        self.performer = _organization(self._first("performing_facility"), self._first("performing_facility_code"))

    def resources(self) -> Iterator[Resource]:
        """The observations in the order in which they are printed, then the report."""
        keys = keyed(self.report.results())
        made = [self._observation(result, keys[result] or ()) for result in self.report.results()]
        found = self._findings()
        made += [found] if found else []
        yield from made
        yield self._report(made)

    def _first(self, name: str) -> str:
        return "、".join(self.report.values(name))

    def _latest(self, *names: str) -> str:
        said = [value for name in names for value in self.report.values(name)]
        return max(said, default="")

    def _report(self, items: list[Resource]) -> Resource:
        category = self._category()
        made: Resource = {
            "resourceType": "DiagnosticReport",
            "id": self.id,
            "identifier": [{"use": "official", "value": self.report.number}],
            "status": self._status(),
            "category": [{"text": category}] if category else [],
            "code": {"text": self._first("report_title") or category or "检查检验报告"},
            "subject": self.subject,
            "result": [{"reference": f"Observation/{item['id']}"} for item in items],
        }
        made |= _present(
            meta=_meta(self._latest("updated_at") or self._latest("reported_at")),
            effectiveDateTime=min(self.report.values("sampled_at"), default=""),
            issued=self._latest("reported_at"),
            performer=[self.performer] if self.performer else [],
            resultsInterpreter=self._interpreters(),
            specimen=[{"display": name} for name in self.report.values("specimen")],
            conclusion="\n".join(self.report.values("impression")),
        )
        return made

    def _interpreters(self) -> list[Resource]:
        facility = _organization(self._first("reporting_facility"), self._first("reporting_facility_code"))
        doctor = self._first("reporting_doctor")
        return [*([facility] if facility else []), *([{"type": "Practitioner", "display": doctor}] if doctor else [])]

    def _category(self) -> str:
        return self._first("report_category") or ("检验" if self.report.results() else "")

    def _status(self) -> str:
        """The report's state; one of which a row could not be taken is not whole, and says so."""
        said = {line.get("report_status") or "final" for line in self.report.lines}
        if self.report.torn and not said <= {"cancelled", "entered-in-error"}:
            return "partial"
        return next(state for state in _STATES if state in said)

    def _observation(self, result: Result, key: tuple[str, ...]) -> Resource:
        value, arrows = self._value(result)
        made: Resource = {
            "resourceType": "Observation",
            "id": identifier(self.report.number, *key),
            "status": result.status,
            "category": [self._observation_category()],
            "code": _code(result),
            "subject": self.subject,
            **value,
        }
        return made | _present(
            meta=_meta(result.updated or result.reported),
            effectiveDateTime=result.sampled or result.reported,
            performer=[self.performer] if self.performer else [],
            interpretation=_interpretation(result.flag or _ARROWS.get(arrows, arrows)),
            referenceRange=self._range(result),
            specimen={"display": result.specimen} if result.specimen else {},
            method={"text": result.method} if result.method else {},
        )

    def _observation_category(self) -> Resource:
        words = self._category()
        code = "laboratory" if any(word in words for word in _LABORATORY) else "procedure"
        return {"coding": [{"system": OBSERVATION_CATEGORY, "code": code}]}

    def _value(self, result: Result) -> tuple[Resource, str]:
        """The value as printed, and the arrows printed behind it."""
        if not result.value:
            return {}, ""
        found = cells.amount(result.value, decimal_comma=self.plan.decimal_comma)
        if found is None:
            return {"valueString": f"{result.value} {result.unit}".strip()}, ""
        comparator, number, arrows = found
        quantity: Resource = {"value": number}
        return {"valueQuantity": quantity | _present(comparator=comparator, unit=result.unit)}, arrows

    def _range(self, result: Result) -> list[Resource]:
        low, high = (self._limit(said) for said in (result.low, result.high))
        text = result.range
        if not text and low is None and high is None:
            text = "-".join(filter(None, (result.low, result.high)))
        if text and low is None and high is None:
            low, high = cells.limits(text, decimal_comma=self.plan.decimal_comma)
        span = _present(text=text, low=_quantity(low), high=_quantity(high))
        return [span] if span else []

    def _limit(self, said: str) -> Decimal | None:
        found = cells.amount(said, decimal_comma=self.plan.decimal_comma) if said else None
        return found[1] if found and not found[0] and not found[2] else None

    def _findings(self) -> Resource | None:
        words = "\n".join(self.report.values("findings"))
        if not words:
            return None
        return {
            "resourceType": "Observation",
            "id": identifier(self.report.number, "", "findings"),
            "status": self._status().replace("partial", "preliminary"),
            "category": [{"coding": [{"system": OBSERVATION_CATEGORY, "code": "imaging"}]}],
            "code": {"coding": [{"system": LOCAL, "code": "FINDINGS"}], "text": "检查所见"},
            "subject": self.subject,
            "valueString": words,
        } | _present(
            meta=_meta(self._latest("updated_at") or self._latest("reported_at")),
            effectiveDateTime=min(self.report.values("sampled_at"), default="") or self._latest("reported_at"),
            performer=[self.performer] if self.performer else [],
        )


def _code(result: Result) -> Resource:
    coding = [{"system": LOINC, "code": result.loinc}] if result.loinc else []
    coding += [{"system": LOCAL, "code": result.code}] if result.code else []
    return {"text": result.name} | _present(coding=coding)


def _interpretation(flag: str) -> list[Resource]:
    if not flag:
        return []
    if flag in _FLAGS:
        return [{"coding": [{"system": INTERPRETATION, "code": flag}]}]
    return [{"text": flag}]


def _organization(name: str, code: str) -> Resource:
    if not name and not code:
        return {}
    return {"type": "Organization"} | _present(display=name, identifier={"value": code} if code else {})


def _meta(updated: str) -> Resource:
    return {"lastUpdated": updated} if updated else {}


def _quantity(number: Decimal | None) -> Resource:
    return {} if number is None else {"value": number}


def _present(**elements: Any) -> Resource:
    """The elements that say something."""
    return {name: value for name, value in elements.items() if value not in ("", [], {}, None)}
