"""Which of several printed ranges is the one for a person: by sex and age, and only where exactly one is."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from records.exchange import reading, units
from records.exchange.mapping import elements
from records.exchange.reading import Resource
from records.exchange.times import SHANGHAI
from records.exchange.values import Traits

# Sex as GB/T 2261.1 has it.
_SEXES = {
    **dict.fromkeys(["male", "m", "男", "男性"], "1"),
    **dict.fromkeys(["female", "f", "女", "女性"], "2"),
}
_BLANKS = re.compile(r"[\s:：]+")


def fitting(node: Resource, of: Callable[[], Traits | None], when: datetime | None) -> Resource:
    """The node with the one range that is the person's; as it is where none is for certain, or more than one.

    `of` tells the person's sex and birth date, and is asked only where there is a choice; `when` it was measured.
    """
    ranges = reading.nodes(node, "referenceRange")
    usual = [item for item in ranges if elements.first_code(reading.node(item, "type")) in ("", "normal")]
    limited = [item for item in usual if reading.nodes(item, "appliesTo") or reading.node(item, "age")]
    person = of() if len(usual) > 1 and limited else None
    if person is None:
        return node
    answers = [_fits(item, person, when) for item in usual]
    if None in answers or answers.count(True) != 1:
        return node
    return {**node, "referenceRange": [usual[answers.index(True)]]}


def _fits(item: Resource, person: Traits, when: datetime | None) -> bool | None:
    """Whether a range is meant for a person; None where it cannot be said."""
    answers = [_fits_sex(one, person) for one in reading.nodes(item, "appliesTo")]
    answers += [_fits_age(reading.node(item, "age"), person, when)] if item.get("age") else []
    if False in answers:
        return False
    return None if None in answers else True


def _fits_sex(concept: Resource, person: Traits) -> bool | None:
    words = [elements.words(concept), *elements.codes([concept])]
    said = {_SEXES.get(_BLANKS.sub("", word).casefold()) for word in words if word} - {None}
    return said == {person.sex} if len(said) == 1 and person.sex in _SEXES.values() else None


def _fits_age(age: Resource, person: Traits, when: datetime | None) -> bool | None:
    limits = [(side, reading.node(age, side)) for side in ("low", "high") if age.get(side)]
    if when is None or not limits:
        return None
    answers = [_within(side, limit, person.birth_date, when.astimezone(SHANGHAI).date()) for side, limit in limits]
    if False in answers:
        return False
    return None if None in answers else True


def _within(side: str, limit: Resource, born: date, on: date) -> bool | None:
    number = reading.number(limit, "value")
    unit = units.ucum(reading.text(limit, "code") or reading.text(limit, "unit"))
    age = _age(born, on, unit)
    if number is None or age is None:
        return None
    return age >= number if side == "low" else age <= number


def _age(born: date, on: date, unit: str) -> Decimal | None:
    """Completed years, months, weeks or days."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    ages = {"a": months // 12, "mo": months, "wk": (on - born).days // 7, "d": (on - born).days}
    return Decimal(ages[unit]) if unit in ages else None
