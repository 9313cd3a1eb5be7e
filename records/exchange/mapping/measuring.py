"""Results, units, ranges and flags, exactly as the laboratory printed them (domain facts, section C6)."""

import re
from collections.abc import Callable
from decimal import Decimal

from records.exchange import reading, units
from records.exchange.mapping import elements
from records.exchange.problems import unreadable
from records.exchange.reading import Resource
from records.exchange.values import Range, Value
from records.models import Observation

Flag = Observation.Flag
UCUM = "http://unitsofmeasure.org"
# As FHIR R4 has them, and as senders print them instead.
COMPARATORS = {
    "": "",
    **dict.fromkeys(["<", "＜", "小于", "低于"], "<"),
    **dict.fromkeys(["<=", "≤", "≦", "<＝", "不大于", "小于等于", "不高于"], "<="),
    **dict.fromkeys([">", "＞", "大于", "高于", "超过"], ">"),
    **dict.fromkeys([">=", "≥", "≧", ">＝", "不小于", "大于等于", "不低于"], ">="),
}
INTERPRETATIONS = {
    "N": Flag.NORMAL,
    "NEG": Flag.NORMAL,
    "ND": Flag.NORMAL,
    "H": Flag.HIGH,
    "HU": Flag.HIGH,
    "H>": Flag.HIGH,
    "HH": Flag.CRITICAL_HIGH,
    "L": Flag.LOW,
    "LU": Flag.LOW,
    "L<": Flag.LOW,
    "LL": Flag.CRITICAL_LOW,
    "A": Flag.ABNORMAL,
    "AA": Flag.ABNORMAL,
    "POS": Flag.ABNORMAL,
    "DET": Flag.ABNORMAL,
}
# As Chinese laboratories print them; "not normal" first, because it contains "normal".
SIGNS = {
    "偏高": Flag.HIGH,
    "↑": Flag.HIGH,
    "偏低": Flag.LOW,
    "↓": Flag.LOW,
    "不正常": Flag.ABNORMAL,
    "异常": Flag.ABNORMAL,
    "阳性": Flag.ABNORMAL,
    "正常": Flag.NORMAL,
}
CRITICAL = {Flag.HIGH: Flag.CRITICAL_HIGH, Flag.LOW: Flag.CRITICAL_LOW}
# Of several marks the gravest counts.
GRAVEST_FIRST = (Flag.CRITICAL_HIGH, Flag.CRITICAL_LOW, Flag.HIGH, Flag.LOW, Flag.ABNORMAL, Flag.NORMAL)
_NOTHING_FOUND = re.compile("(?:未见|未发现|无)[^，。；,;]{0,6}?异常|阴性|非危急值?")
# A number with a comparator, perhaps with its unit: what a laboratory prints beyond the scale of its instrument.
_COMPARED = re.compile(
    "("
    + "|".join(sorted(filter(None, COMPARATORS), key=len, reverse=True))
    + r")\s*(\d{1,14}(?:\.\d{1,10})?)\s*(\S{0,40})"
)
_WHOLE_DIGITS = 14
_DECIMALS = Decimal("1e-10")


def value_keys(node: Resource) -> list[str]:
    """The names of the value[x] elements present."""
    return [key for key in node if key.startswith("value") and key[5:6].isupper()]


def value(node: Resource) -> Value:
    """The result; an absent one says why it is absent. More than one value, or an unknown kind, is refused."""
    keys = value_keys(node)
    if not keys:
        reason = reading.node(node, "dataAbsentReason")
        return Value(text=elements.words(reason) or "未报告结果") if reason else Value()
    if len(keys) > 1:
        raise unreadable("同一项目有多个结果（value[x]）。")
    read = _READERS.get(keys[0])
    if read is None:
        raise unreadable(f"结果的类型（{keys[0][:40]}）不是门户能显示的。")
    return read(node, keys[0])


def _quantity(node: Resource, key: str) -> Value:
    quantity = reading.node(node, key)
    number, comparator = reading.number(quantity, "value"), reading.text(quantity, "comparator")
    if number is None or comparator not in COMPARATORS:
        raise unreadable(f"{key} 没有数值，或者比较符号不是 FHIR R4 规定的取值。")
    unit, unit_code = _unit(quantity)
    return Value(
        text=comparator + reading.printed(number),
        number=number,
        comparator=COMPARATORS[comparator],
        unit=unit,
        unit_code=unit_code,
    )


def _unit(quantity: Resource) -> tuple[str, str]:
    """The unit as printed and its UCUM code; none where the printed unit says another than the code beside it."""
    code = reading.text(quantity, "code", 60)
    unit = reading.text(quantity, "unit", 60) or code
    printed = units.ucum(unit)
    if not code or reading.text(quantity, "system") != UCUM:
        return unit, printed
    coded = units.normalised(code)
    return unit, coded if printed in ("", coded) else ""


def _concept(node: Resource, key: str) -> Value:
    words = elements.words(reading.node(node, key))
    if not words:
        raise unreadable(f"{key} 没有文字，也没有编码。")
    return Value(text=words)


def _text(node: Resource, key: str) -> Value:
    return Value(text=reading.text(node, key, elements.LONGEST_TEXT))


def _string(node: Resource, key: str) -> Value:
    """Words as printed; a number with a comparator, and nothing else but its unit, is a number too."""
    text = reading.text(node, key, elements.LONGEST_TEXT)
    found = _COMPARED.fullmatch(text)
    unit_code = units.ucum(found[3]) if found else ""
    if not found or (found[3] and not unit_code):
        return Value(text=text)
    return Value(text=text, number=Decimal(found[2]), comparator=COMPARATORS[found[1]], unit_code=unit_code)


def _yes_or_no(node: Resource, key: str) -> Value:
    if not isinstance(node[key], bool):
        raise unreadable(f"{key} 应为 true 或 false。")
    return Value(text="是" if node[key] else "否")


def _integer(node: Resource, key: str) -> Value:
    number = reading.number(node, key)
    return Value(text="" if number is None else reading.printed(number), number=number)


def _between(node: Resource, key: str) -> Value:
    low, high = (_quantity(reading.node(node, key), side) for side in ("low", "high"))
    unit_code = low.unit_code if low.unit_code == high.unit_code else ""
    return Value(text=f"{low.text}-{high.text}", unit=low.unit or high.unit, unit_code=unit_code)


def _ratio(node: Resource, key: str) -> Value:
    upper, lower = (_quantity(reading.node(node, key), side) for side in ("numerator", "denominator"))
    return Value(text=f"{upper.text}:{lower.text}")


def _period(node: Resource, key: str) -> Value:
    period = reading.node(node, key)
    return Value(text=" — ".join(filter(None, (reading.text(period, side) for side in ("start", "end")))))


_READERS: dict[str, Callable[[Resource, str], Value]] = {
    "valueQuantity": _quantity,
    "valueCodeableConcept": _concept,
    "valueString": _string,
    "valueBoolean": _yes_or_no,
    "valueInteger": _integer,
    "valueRange": _between,
    "valueRatio": _ratio,
    "valueTime": _text,
    "valueDateTime": _text,
    "valuePeriod": _period,
}


def reference_range(node: Resource) -> Range:
    """The range printed beside the result. Several (`ranges.fitting` found none to be the person's): words alone."""
    items = _ordinary_ranges(node)
    if len(items) == 1:
        return _range(items[0])
    return Range(reading.fitting("；".join(dict.fromkeys(map(_range_of_some, items))), "referenceRange", 200))


def _ordinary_ranges(node: Resource) -> list[Resource]:
    """The ranges that are not of another kind (critical, therapeutic ...)."""
    found = reading.nodes(node, "referenceRange")
    return [item for item in found if elements.first_code(reading.node(item, "type")) in ("", "normal")]


def _range_of_some(item: Resource) -> str:
    """A range, and for whom it is."""
    whom = [elements.words(one) for one in reading.nodes(item, "appliesTo")]
    return " ".join(filter(None, [*whom, _ages(reading.node(item, "age")), _range(item).text]))


def _ages(age: Resource) -> str:
    """The ages of a range in words."""
    low, high = reading.node(age, "low"), reading.node(age, "high")
    unit = next(
        (words for side in (low, high) if (words := reading.text(side, "unit") or reading.text(side, "code"))), ""
    )
    words = _range_words(reading.number(low, "value"), reading.number(high, "value"))
    return f"{words}{unit}" if words else ""


def _range(item: Resource) -> Range:
    low, high = reading.number(reading.node(item, "low"), "value"), reading.number(reading.node(item, "high"), "value")
    return Range(reading.text(item, "text", 200) or _range_words(low, high), low, high)


def _range_words(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"{reading.printed(low)}-{reading.printed(high)}"
    if low is not None:
        return f"≥{reading.printed(low)}"
    return f"≤{reading.printed(high)}" if high is not None else ""


def flag(node: Resource, result: Value, span: Range) -> str:
    """The laboratory's own mark; where it set none, high or low by the range it printed."""
    marks = reading.nodes(node, "interpretation")
    said = [INTERPRETATIONS[code] for code in elements.codes(marks) if code in INTERPRETATIONS]
    said = said or [meaning for mark in marks if (meaning := _meaning(reading.text(mark, "text")))]
    return min(said, key=GRAVEST_FIRST.index).value if said else _derived(result, span, node).value


def _meaning(text: str) -> Observation.Flag | None:
    """What a mark in words says; None where it says nothing we know."""
    rest = _NOTHING_FOUND.sub("", text)
    found = next((meaning for sign, meaning in SIGNS.items() if sign in rest), None)
    if "危急" in rest:
        return CRITICAL.get(found or Flag.NONE, Flag.ABNORMAL)
    return found or (Flag.NORMAL if rest != text else None)


def _derived(result: Value, span: Range, node: Resource) -> Observation.Flag:
    number = result.number
    if number is None or not _same_unit(node, result):
        return Flag.NONE
    below, above = result.comparator in ("<", "<="), result.comparator in (">", ">=")
    if span.low is not None and not above and (number < span.low or (below and number == span.low)):
        return Flag.LOW
    if span.high is not None and not below and (number > span.high or (above and number == span.high)):
        return Flag.HIGH
    return Flag.NONE


def _same_unit(node: Resource, result: Value) -> bool:
    """A range in another unit than the result's says nothing about it."""
    limits = [reading.node(item, side) for item in _ordinary_ranges(node)[:1] for side in ("low", "high")]
    said = {reading.text(limit, "unit") or reading.text(limit, "code") for limit in limits} - {""}
    own = {result.unit, result.unit_code} - {""}
    return not said or not own or {units.normalised(unit) for unit in said} <= own | {units.normalised(result.unit)}


def storable(number: Decimal | None) -> Decimal | None:
    """The number as the column holds it (14 digits before the point, 10 after); the printed text keeps the rest."""
    if number is None or not number.is_finite() or number.adjusted() >= _WHOLE_DIGITS:
        return None
    return number.quantize(_DECIMALS)
