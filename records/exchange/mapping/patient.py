"""Patient: the strong identifier, and the name, sex and birth date that must agree with it."""

from datetime import date

from records.exchange import reading, references
from records.exchange.problems import CannotApply, Reason, incomplete, unreadable
from records.exchange.reading import Resource
from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.values import Frame, Person
from residents.models import Resident

SEXES = {"male": Resident.Sex.MALE, "female": Resident.Sex.FEMALE}


def patient(resource: Resource, frame: Frame) -> Person:
    """The person a Patient describes; raises CannotApply where there is too little to recognise anybody by."""
    numbers = tuple(dict.fromkeys(_numbers(resource)))
    if not numbers:
        raise CannotApply(
            Reason.NO_IDENTIFIER, f"患者没有身份证号码（标识体系 {ID_CARD_SYSTEM}）。请机构补充后重新发送。"
        )
    name = references.person_name(reading.nodes(resource, "name"))
    if not name:
        raise incomplete("name（患者姓名）")
    sex = SEXES.get(reading.text(resource, "gender"))
    if sex is None:
        raise incomplete("gender（患者性别，男或女）")
    return Person(numbers, reading.fitting(name, "name", 100), sex.value, _birth_date(resource))


def _numbers(resource: Resource) -> list[str]:
    current = [item for item in reading.nodes(resource, "identifier") if reading.text(item, "use") != "old"]
    values = [reading.text(item, "value") for item in current if reading.text(item, "system") == ID_CARD_SYSTEM]
    return [value for value in values if value]


def _birth_date(resource: Resource) -> date:
    given = reading.text(resource, "birthDate")
    if len(given) < len("2000-01-01"):
        raise incomplete("birthDate（完整的出生日期）")
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise unreadable("birthDate 不是一个存在的日期。") from None
