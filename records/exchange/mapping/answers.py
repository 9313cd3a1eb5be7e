"""The answers of a QuestionnaireResponse, one after the other: which section, what was asked, what was said."""

from collections.abc import Iterator
from typing import Any

from records.exchange import reading
from records.exchange.mapping import elements, measuring
from records.exchange.problems import unreadable
from records.exchange.reading import Resource

# What a printed form says beside an answer, and FHIR R4 has no element for: its range, and its mark as a laboratory's.
RANGE, FLAG = "urn:resident-portal:printed-range", "urn:resident-portal:printed-flag"
# The national check-up form has some four hundred items.
MOST = 1500
LABEL, SHORT = 200, 60
Answer = dict[str, str]


def answers(resource: Resource) -> list[Answer]:
    """Every answered item in its order; raises CannotApply for a form beyond all forms, or an unreadable answer."""
    found = []
    for section, item in _items(resource, ""):
        answer = _answer(section, item)
        if answer:
            found.append(answer)
        if len(found) > MOST:
            raise unreadable(f"问卷的条目超过 {MOST} 条，门户不能完整保存。")
    return found


def _items(parent: Resource, section: str) -> Iterator[tuple[str, Resource]]:
    """The items with answers, each with what the outermost group round it is called."""
    for item in reading.nodes(parent, "item"):
        inside = section
        if not section and not item.get("answer"):
            inside = reading.text(item, "text", LABEL)
        if item.get("answer"):
            yield section, item
            for given in reading.nodes(item, "answer"):
                yield from _items(given, section)
        yield from _items(item, inside)


def _answer(section: str, item: Resource) -> Answer:
    given = [said for one in reading.nodes(item, "answer") if (said := _said(one)) != ("", "")]
    if not given:
        return {}
    units = {unit for _, unit in given if unit}
    one_unit = units.pop() if len(units) == 1 else ""
    words = [value if one_unit == unit or not unit else f"{value} {unit}" for value, unit in given]
    made = {
        "section": section,
        "code": _code(item),
        "label": reading.text(item, "text", LABEL) or reading.text(item, "linkId", LABEL),
        "value": reading.fitting("、".join(words), "answer", elements.LONGEST_TEXT),
        "unit": one_unit,
        "range": _beside(item, RANGE, "valueString"),
        "flag": _flag(_beside(item, FLAG, "valueCode")),
    }
    return {name: value for name, value in made.items() if value}


def _code(item: Resource) -> str:
    """What the item is known by: the form's own number of it, else the end of its definition's address."""
    defined = reading.text(item, "definition").rpartition("#")[2].rpartition("/")[2]
    return (defined or reading.text(item, "linkId"))[:SHORT]


def _beside(item: Resource, address: str, element: str) -> str:
    found = (one for one in reading.nodes(item, "extension") if one.get("url") == address)
    return next((reading.text(one, element, LABEL) for one in found), "")


def _flag(code: str) -> str:
    return measuring.INTERPRETATIONS[code].value if code in measuring.INTERPRETATIONS else ""


def _said(answer: Resource) -> tuple[str, str]:
    """One answer in words, and its unit; a file that was attached says only that there is one."""
    keys = measuring.value_keys(answer)
    if not keys:
        return "", ""
    if len(keys) > 1:
        raise unreadable("同一问题的一个回答有多个值（value[x]）。")
    kind, value = keys[0].removeprefix("value"), answer[keys[0]]
    if kind == "Quantity":
        quantity = reading.node(answer, keys[0])
        return _quantity(quantity), reading.text(quantity, "unit", SHORT) or reading.text(quantity, "code", SHORT)
    return _plain(kind, value, answer, keys[0]), ""


def _quantity(quantity: Resource) -> str:
    number = reading.number(quantity, "value")
    return reading.text(quantity, "comparator", 2) + (reading.printed(number) if number is not None else "")


def _plain(kind: str, value: Any, answer: Resource, key: str) -> str:
    if kind == "Boolean" and isinstance(value, bool):
        return "是" if value else "否"
    if kind == "DateTime":
        return reading.text(answer, key)[:16].replace("T", " ")
    if kind == "Attachment":
        return "（附件）"
    if kind in ("Integer", "Decimal"):
        number = reading.number(answer, key)
        return reading.printed(number) if number is not None else ""
    if kind in ("Coding", "Reference"):
        node = reading.node(answer, key)
        return reading.text(node, "display") or reading.text(node, "code")
    if kind in ("String", "Date", "Time", "Uri"):
        return reading.text(answer, key)
    raise unreadable(f"value{kind} 不是 FHIR R4 规定的回答类型，或取值不对。"[:80])
