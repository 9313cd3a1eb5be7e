"""FHIR STU3 and R5 as R4 has it, as far as the portal reads it: names that changed, lists that were single, words.

The differences are those of HL7's own maps (R3toR4 in the specification, 5to4 in the extensions pack). Pure and
deterministic like every translator; an element of another shape than expected is left for the mapping to refuse.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from records.exchange.bundles import Entry, read_bundle
from records.exchange.models import StoredFile
from records.exchange.reading import NotJson, Resource
from records.exchange.translating import Setup, Translator, Untranslatable

Layout = StoredFile.Layout
Change = Callable[[Resource], None]
BROKEN = "这一页 FHIR 数据的 JSON 不完整或有错误。请机构检查接口。"
# CapabilityStatement.fhirVersion, by its first number; R4B (4.3) is R4 for what the portal reads.
R4, KNOWN = "4", ("3", "4", "5")
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
FORM_TITLE = "http://hl7.org/fhir/StructureDefinition/display"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def _rename(resource: Resource, old: str, new: str) -> None:
    if old in resource and new not in resource:
        resource[new] = resource.pop(old)


def _listed(value: Any) -> Any:
    """A single object as the only one of a list."""
    return [value] if isinstance(value, dict) else value


def _first(value: Any) -> Any:
    """The first of a list that was single before."""
    return value[0] if isinstance(value, list) and value else value


def _each(value: Any) -> Iterator[Resource]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _concept(resource: Resource, name: str, system: str) -> None:
    """A code that became a concept."""
    if isinstance(resource.get(name), str):
        resource[name] = {"coding": [{"system": system, "code": resource[name]}]}


def _words(resource: Resource, name: str, words: dict[str, str]) -> None:
    if isinstance(resource.get(name), str):
        resource[name] = words.get(resource[name], resource[name])


# --- STU3 ------------------------------------------------------------------------------------------------------------
def _observation3(resource: Resource) -> None:
    _rename(resource, "context", "encounter")
    for part in (resource, *_each(resource.get("component"))):
        if "interpretation" in part:
            part["interpretation"] = _listed(part["interpretation"])
    if isinstance(resource.get("comment"), str):
        resource.setdefault("note", [{"text": resource.pop("comment")}])
    for kind, name in (("has-member", "hasMember"), ("derived-from", "derivedFrom")):
        found = [one["target"] for one in _each(resource.get("related")) if one.get("type") == kind and "target" in one]
        if found:
            resource.setdefault(name, found)


def _report3(resource: Resource) -> None:
    _rename(resource, "context", "encounter")
    _rename(resource, "codedDiagnosis", "conclusionCode")
    if "category" in resource:
        resource["category"] = _listed(resource["category"])
    if isinstance(resource.get("performer"), list):
        resource["performer"] = [
            one["actor"] if isinstance(one, dict) and "actor" in one else one for one in resource["performer"]
        ]


def _condition3(resource: Resource) -> None:
    _rename(resource, "context", "encounter")
    _rename(resource, "assertedDate", "recordedDate")
    _concept(resource, "clinicalStatus", CLINICAL)
    _concept(resource, "verificationStatus", VERIFICATION)


def _request3(resource: Resource) -> None:
    _rename(resource, "context", "encounter")
    requester = resource.get("requester")
    if isinstance(requester, dict) and "agent" in requester:
        resource["requester"] = requester["agent"]


def _statement3(resource: Resource) -> None:
    """Whether it is taken stood beside the status: a medicine that is not taken must not look as if it were."""
    if resource.pop("taken", None) == "n" and resource.get("status") != "entered-in-error":
        resource["status"] = "not-taken"


def _immunization3(resource: Resource) -> None:
    _rename(resource, "date", "occurrenceDateTime")
    _rename(resource, "practitioner", "performer")
    if resource.pop("notGiven", None) is True and resource.get("status") != "entered-in-error":
        resource["status"] = "not-done"
    doses = [one for one in _each(resource.pop("vaccinationProtocol", None)) if "doseSequence" in one]
    if doses:
        resource.setdefault("protocolApplied", [{"doseNumberPositiveInt": one["doseSequence"]} for one in doses])


def _procedure3(resource: Resource) -> None:
    _rename(resource, "context", "encounter")
    _words(resource, "status", {"suspended": "on-hold", "aborted": "stopped"})
    if resource.pop("notDone", None) is True and resource.get("status") != "entered-in-error":
        resource["status"] = "not-done"


def _encounter3(resource: Resource) -> None:
    _rename(resource, "reason", "reasonCode")


def _form3(resource: Resource) -> None:
    """The form was a reference, which may say what the form is called."""
    _rename(resource, "context", "encounter")
    form = resource.get("questionnaire")
    if isinstance(form, dict):
        resource["questionnaire"] = form.get("reference", "")
        if isinstance(form.get("display"), str):
            resource["_questionnaire"] = {"extension": [{"url": FORM_TITLE, "valueString": form["display"]}]}


def _document3(resource: Resource) -> None:
    _rename(resource, "indexed", "date")
    context = resource.get("context")
    if isinstance(context, dict) and "encounter" in context:
        context["encounter"] = _listed(context["encounter"])


# --- R5 --------------------------------------------------------------------------------------------------------------
def _encounter5(resource: Resource) -> None:
    _rename(resource, "actualPeriod", "period")
    words = {"on-hold": "onleave", "discharged": "finished", "completed": "finished", "discontinued": "cancelled"}
    _words(resource, "status", words)
    kind = _first(resource.get("class"))
    if isinstance(kind, dict) and "coding" in kind:
        resource["class"] = _first(kind["coding"])
    for one in _each(resource.get("participant")):
        _rename(one, "actor", "individual")
    service = _first(resource.get("serviceType"))
    if isinstance(service, dict):
        resource["serviceType"] = service.get("concept", service)
    reasons = [value for one in _each(resource.pop("reason", None)) for value in _each(one.get("value"))]
    if concepts := [value["concept"] for value in reasons if "concept" in value]:
        resource.setdefault("reasonCode", concepts)


def _medicine5(resource: Resource) -> None:
    medicine = resource.get("medication")
    for part, name in (("concept", "medicationCodeableConcept"), ("reference", "medicationReference")):
        if isinstance(medicine, dict) and part in medicine:
            resource.setdefault(name, medicine[part])


def _request5(resource: Resource) -> None:
    _medicine5(resource)
    _words(resource, "status", {"ended": "completed"})


def _statement5(resource: Resource) -> None:
    """Whether it is taken stands in `adherence`; the status only says whether the statement is finished."""
    _medicine5(resource)
    if "informationSource" in resource:
        resource["informationSource"] = _first(resource["informationSource"])
    adherence = resource.get("adherence")
    code = adherence.get("code") if isinstance(adherence, dict) else None
    said = [str(one.get("code", "")) for one in _each(code.get("coding") if isinstance(code, dict) else None)]
    if resource.get("status") == "recorded" and any(word.startswith("not-taking") for word in said):
        resource["status"] = "not-taken"
    elif resource.get("status") == "recorded" and any(word.startswith("taking") for word in said):
        resource["status"] = "active"
    _words(resource, "status", {"recorded": "completed", "draft": "intended"})


def _actors5(resource: Resource) -> None:
    """Who recorded and who asserted it are participants with a function."""
    for one in _each(resource.pop("participant", None)):
        function = one.get("function")
        coding = function.get("coding") if isinstance(function, dict) else None
        for code in (item.get("code") for item in _each(coding)):
            if code in ("enterer", "author", "informant", "attester", "verifier") and "actor" in one:
                resource.setdefault("recorder" if code in ("enterer", "author") else "asserter", one["actor"])


def _allergy5(resource: Resource) -> None:
    _actors5(resource)
    for reaction in _each(resource.get("reaction")):
        found = list(_each(reaction.get("manifestation")))
        if found:
            reaction["manifestation"] = [one.get("concept", one) for one in found]


def _immunization5(resource: Resource) -> None:
    for one in _each(resource.get("protocolApplied")):
        _rename(one, "doseNumber", "doseNumberString")


def _procedure5(resource: Resource) -> None:
    for kind in ("DateTime", "Period"):
        _rename(resource, f"occurrence{kind}", f"performed{kind}")


def _document5(resource: Resource) -> None:
    """Of what it speaks of, the encounters; its period stands beside it."""
    of = [one for one in _each(resource.get("context")) if str(one.get("reference", "")).startswith("Encounter/")]
    context = {name: value for name, value in (("encounter", of), ("period", resource.pop("period", None))) if value}
    resource["context"] = context


def _composition5(resource: Resource) -> None:
    resource["subject"] = _first(resource.get("subject"))


STU3: dict[str, Change] = {
    "Encounter": _encounter3,
    "Observation": _observation3,
    "DiagnosticReport": _report3,
    "Condition": _condition3,
    "AllergyIntolerance": _condition3,
    "MedicationRequest": _request3,
    "MedicationStatement": _statement3,
    "Immunization": _immunization3,
    "Procedure": _procedure3,
    "QuestionnaireResponse": _form3,
    "DocumentReference": _document3,
}
R5: dict[str, Change] = {
    "Encounter": _encounter5,
    "Condition": _actors5,
    "AllergyIntolerance": _allergy5,
    "MedicationRequest": _request5,
    "MedicationStatement": _statement5,
    "Immunization": _immunization5,
    "Procedure": _procedure5,
    "DocumentReference": _document5,
    "Composition": _composition5,
}


def _translator(changes: dict[str, Change]) -> Translator:
    def translate(raw: bytes, setup: Setup) -> Iterator[Entry]:
        try:
            entries = read_bundle(raw).entries
        except NotJson:
            raise Untranslatable(BROKEN) from None
        for entry in entries:
            resource = entry.resource
            if isinstance(resource, dict) and (change := changes.get(str(resource.get("resourceType")))):
                change(resource)
                resource.pop("text", None)  # generated from the original, and never shown
            yield replace(entry, raw=None)

    return translate


# The first number of a version -> what an answer of such a server is kept as, and how it becomes R4.
LAYOUTS = {"3": Layout.STU3, "5": Layout.R5}
TRANSLATORS: dict[str, Translator] = {Layout.STU3: _translator(STU3), Layout.R5: _translator(R5)}
