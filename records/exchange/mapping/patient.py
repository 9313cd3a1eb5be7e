"""Patient: the strong identifier, and the name, sex and birth date that must agree with it."""

from datetime import date

from records.exchange import reading, references
from records.exchange.problems import incomplete, unreadable
from records.exchange.reading import Resource
from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.values import Frame, Person
from residents.models import Resident

# What a translator writes in a Patient that a message parts from another.
PARTED_FROM = "urn:portal:parted-from"
SEXES = {"male": Resident.Sex.MALE, "female": Resident.Sex.FEMALE}

_DAY = "2000-01-01"


def patient(resource: Resource, frame: Frame) -> Person:
    """The person a Patient describes; raises CannotApply where there is too little to recognise anybody by.

    Without an ID number what else is missing stays empty: the facility's own number may be known already.
    """
    numbers = tuple(dict.fromkeys(_numbers(resource)))
    name = reading.fitting(references.person_name(reading.nodes(resource, "name")), "name", 100)
    sex = SEXES.get(reading.text(resource, "gender"))
    if not numbers:
        said = len(reading.text(resource, "birthDate")) >= len(_DAY)
        return Person((), name, sex.value if sex else "", _birth_date(resource) if said else None)
    if not name:
        raise incomplete("name（患者姓名）")
    if sex is None:
        raise incomplete("gender（患者性别，男或女）")
    return Person(numbers, name, sex.value, _birth_date(resource))


def replaced_by(resource: Resource, frame: Frame) -> str:
    """The patient number that takes this one's place; empty for a Patient that stands for itself.

    FHIR R4 Patient.link, type `replaced-by`: the resource must no longer be used. Raises CannotApply for two of them.
    """
    links = [item for item in reading.nodes(resource, "link") if reading.text(item, "type") == "replaced-by"]
    others = {references.target_id(reading.node(item, "other"), frame) for item in links} - {""}
    if resource.get("active") is True or not others:
        return ""
    if len(others) > 1:
        raise unreadable("一个停用的患者编号同时指向几个保留的编号（link，replaced-by），不能确定是哪一个。")
    return others.pop()


def parted_from(resource: Resource, frame: Frame) -> str:
    """The patient number with which this one is merged no longer, where a message says so (HL7 v2, A37); or empty."""
    said = [item for item in reading.nodes(resource, "extension") if reading.text(item, "url") == PARTED_FROM]
    found = [references.target_id(reading.node(item, "valueReference"), frame) for item in said]
    return next((one for one in found if one), "")


def _numbers(resource: Resource) -> list[str]:
    current = [item for item in reading.nodes(resource, "identifier") if reading.text(item, "use") != "old"]
    values = [reading.text(item, "value") for item in current if reading.text(item, "system") == ID_CARD_SYSTEM]
    return [value for value in values if value]


def _birth_date(resource: Resource) -> date:
    given = reading.text(resource, "birthDate")
    if len(given) < len(_DAY):
        raise incomplete("birthDate（完整的出生日期）")
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise unreadable("birthDate 不是一个存在的日期。") from None
