"""Which results count elsewhere, until when: the county's rules as a table."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from records.recognition.rules import Book, Mark, Recognised, Rule, Thing, recognise
from tests.factories import NOON

HERE, THERE = UUID(int=1), UUID(int=2)
LOINC = "http://loinc.org"
POTASSIUM = Rule("laboratory", "province", code="2823-3", label="鄂HR", valid_days=7)
CHEMISTRY = Rule("laboratory", "city", label="武汉HR", valid_days=30)
NOT_POTASSIUM = Rule("laboratory", "none", code="2823-3")
MARKED = Rule("laboratory", "nation", code="2823-3", label="HR", valid_days=7, needs_mark=True)
CHEST = Rule("imaging", "consortium", title="胸部CT平扫", label="HR", valid_days=90)
DAY = date(2026, 11, 22)


def lab(days_ago: float = 0, code: str = "2823-3", **more: Any) -> Thing:
    return Thing("laboratory", HERE, NOON - timedelta(days=days_ago), LOINC, code, "电解质", **more)


def passed(at: UUID = HERE, **more: Any) -> Mark:
    return Mark(at, "laboratory", **{"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)} | more)


def said(label: str, scope: str, days: int, marked: bool = False) -> Recognised:
    return Recognised(label, scope, DAY + timedelta(days=days), marked)


CASES: dict[str, tuple[Thing, Sequence[Rule], Sequence[Mark], Recognised | None]] = {
    "no rule at all": (lab(), [], [], None),
    "a rule of the item": (lab(), [POTASSIUM], [], said("鄂HR", "province", 7)),
    "a rule of another item": (lab(code="1751-7"), [POTASSIUM], [], None),
    "a rule of the whole category": (lab(code="1751-7"), [POTASSIUM, CHEMISTRY], [], said("武汉HR", "city", 30)),
    "the item's rule before the category's": (lab(), [CHEMISTRY, POTASSIUM], [], said("鄂HR", "province", 7)),
    "the item left out of its category": (lab(), [CHEMISTRY, NOT_POTASSIUM], [], None),
    "the code of another system": (lab(), [Rule("laboratory", "city", "urn:x", "2823-3", "", "HR", 7)], [], None),
    "the last day": (lab(days_ago=7), [POTASSIUM], [], said("鄂HR", "province", 0)),
    "the day after": (lab(days_ago=8), [POTASSIUM], [], None),
    "late on the evening before": (lab(days_ago=0.6), [POTASSIUM], [], said("鄂HR", "province", 6)),
    "not measured yet": (lab(days_ago=-0.1), [POTASSIUM], [], None),
    "nobody knows when": (Thing("laboratory", HERE, None, LOINC, "2823-3"), [POTASSIUM], [], None),
    "a preliminary report": (lab(holds=False), [POTASSIUM], [], None),
    "the mark is missing": (lab(), [MARKED], [], None),
    "the mark is another laboratory's": (lab(), [MARKED], [passed(THERE)], None),
    "the mark is another item's": (lab(), [MARKED], [passed(code="1751-7")], None),
    "the mark of the item": (lab(), [MARKED], [passed(code="2823-3")], said("HR", "nation", 7, True)),
    "the mark of the whole laboratory": (lab(), [MARKED], [passed()], said("HR", "nation", 7, True)),
    "the mark had run out when it was measured": (lab(), [MARKED], [passed(ends_on=date(2026, 11, 21))], None),
    "the mark runs out that very day": (lab(), [MARKED], [passed(ends_on=DAY)], said("HR", "nation", 7, True)),
    "the mark began later": (lab(), [MARKED], [passed(starts_on=date(2026, 11, 23))], None),
    "a mark that no rule asks for": (lab(), [POTASSIUM], [passed()], said("鄂HR", "province", 7, True)),
    "an examination by its name": (
        Thing("imaging", HERE, NOON, title="胸部CT平扫"),
        [CHEST],
        [],
        said("HR", "consortium", 90),
    ),
    "an examination of another name": (Thing("imaging", HERE, NOON, title="头颅CT平扫"), [CHEST], [], None),
    "a laboratory rule for an examination": (Thing("imaging", HERE, NOON), [CHEMISTRY], [], None),
}


@pytest.mark.parametrize(("thing", "rules", "marks", "expected"), CASES.values(), ids=CASES)
def test_what_the_rules_say(
    thing: Thing, rules: Sequence[Rule], marks: Sequence[Mark], expected: Recognised | None
) -> None:
    assert recognise(thing, Book(rules, marks), NOON) == expected
