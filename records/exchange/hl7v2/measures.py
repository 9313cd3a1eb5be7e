"""OBX-2, 5, 6, 7 and 8: results, units, ranges and flags, as printed, and as numbers where they are numbers."""

import re
from collections.abc import Callable
from decimal import Decimal

from records.exchange.hl7v2 import coding, moments
from records.exchange.hl7v2.segments import Part, Segment
from records.exchange.mapping.measuring import INTERPRETATIONS, UCUM
from records.exchange.reading import Resource

TEXTS = frozenset({"ST", "TX", "FT"})
INTERPRETATION_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
COMPARATORS = {"<": "<", "＜": "<", "<=": "<=", "≤": "<=", ">": ">", "＞": ">", ">=": ">=", "≥": ">=", "=": "", "": ""}
# Susceptibility, and the two marks of table 0078 for beyond the instrument's scale.
FLAG_WORDS = {"S": "敏感", "R": "耐药", "I": "中介"}
FLAG_CODES = {"<": "L<", ">": "H>"}

_DIGITS = r"-?(?:\d{1,30}(?:\.\d{0,20})?|\.\d{1,20})"
_NUMBER = re.compile(_DIGITS)
_COMPARED = re.compile(rf"(<=|>=|[<>≤≥＜＞=])?\s*({_DIGITS})\s*([↑↓])?")
_SPAN = re.compile(rf"\s*({_DIGITS})\s*(--?|~|～|—+|－|–|至)\s*({_DIGITS})\s*")
_BELOW = re.compile(rf"\s*(?:<=|[<≤＜])\s*({_DIGITS})\s*")
_ABOVE = re.compile(rf"\s*(?:>=|[>≥＞])\s*({_DIGITS})\s*")
_RATIO = re.compile(rf"({_DIGITS})\s*[:：]\s*({_DIGITS})")


def result(obx: Segment) -> Resource:
    """The value[x] of an OBX, an arrow printed behind it included as `interpretation`; nothing where it is empty."""
    if not obx.raw(5):
        return {}
    return _READERS.get(obx.text(2).upper(), _plain)(obx)


def _numeric(obx: Segment) -> Resource:
    """NM: one number, also with a comparator that does not belong there; anything else as it is printed."""
    return _measured(obx.whole(5), obx) or _words(obx)


def _plain(obx: Segment) -> Resource:
    """ST: a number where a unit or a range says that it is one; an accession number is none."""
    measured = obx.raw(6) or limits(obx.whole(7), unit(obx).get("unit", ""))
    return (_measured(obx.whole(5), obx) if measured else {}) or _words(obx)


def _measured(text: str, obx: Segment) -> Resource:
    found = _COMPARED.fullmatch(text)
    if found:
        value = {"valueQuantity": quantity(found[2], found[1] or "", obx)}
        return value | ({"interpretation": [{"text": found[3]}]} if found[3] else {})
    span = _SPAN.fullmatch(text) if obx.raw(6) else None
    if span and span[2] == "-":
        return {"valueRange": {"low": quantity(span[1], "", obx), "high": quantity(span[3], "", obx)}}
    return {}


def quantity(number: str, comparator: str, obx: Segment) -> Resource:
    """A Quantity with the printed decimals and unit."""
    sign = COMPARATORS[comparator]
    return {"value": Decimal(number), **({"comparator": sign} if sign else {}), **unit(obx)}


def _words(obx: Segment) -> Resource:
    """Text as printed. Senders forget to escape, so a single line is taken as it stands; of texts each on its line."""
    if obx.text(2).upper() in {"TX", "FT"}:
        return {"valueString": "\n".join(part.whole() for part in obx.parts(5)).strip("\n")}
    return {"valueString": obx.whole(5)}


def _structured(obx: Segment) -> Resource:
    """SN: comparator, number, separator, number. A number of its own, a span, a ratio, or words."""
    part = obx.first(5)
    sign, first, separator, second = (part.text(number) for number in (1, 2, 3, 4))
    known = sign in COMPARATORS
    if known and _NUMBER.fullmatch(first) and not separator and not second:
        return {"valueQuantity": quantity(first, sign, obx)}
    plain = COMPARATORS.get(sign) == "" and _NUMBER.fullmatch(first) and _NUMBER.fullmatch(second)
    if plain and separator == "-":
        return {"valueRange": {"low": quantity(first, "", obx), "high": quantity(second, "", obx)}}
    if plain and separator == ":":
        sides = {"numerator": {"value": Decimal(first)}, "denominator": {"value": Decimal(second)}}
        return {"valueRatio": sides}
    words = "".join(("" if sign == "=" else sign, first, separator, second))
    return {"valueString": words} if words else {}


def _coded(obx: Segment) -> Resource:
    found = [coding.concept(part) for part in obx.parts(5)]
    found = [item for item in found if item.get("text")]
    if len(found) == 1:
        return {"valueCodeableConcept": found[0]}
    return {"valueString": "；".join(item["text"] for item in found)} if found else {}


def _moment(obx: Segment) -> Resource:
    return {"valueDateTime": moments.moment(obx.text(5)) or obx.whole(5)}


def _clock(obx: Segment) -> Resource:
    return {"valueTime": moments.clock(obx.text(5))}


_READERS: dict[str, Callable[[Segment], Resource]] = {
    "NM": _numeric,
    "SN": _structured,
    "CE": _coded,
    "CWE": _coded,
    "CNE": _coded,
    "CF": _coded,
    "DT": _moment,
    "TS": _moment,
    "DTM": _moment,
    "TM": _clock,
    "TX": _words,
    "FT": _words,
}


def unit(obx: Segment) -> Resource:
    """OBX-6 as printed. `10^9/L` without an escape is a unit, not a code with a text."""
    part = obx.first(6)
    code, text = part.text(1), part.text(2)
    if code in {"10", "×10", "x10", "X10"} and text[:1].isdigit():
        return {"unit": f"{code}^{text}"}
    if not (code or text):
        return {}
    found: Resource = {"unit": code or text}
    return found | ({"system": UCUM, "code": code} if code and part.text(3).upper() == "UCUM" else {})


def limits(printed: str, unit_printed: str) -> Resource:
    """The numbers of a printed range; none where it is not certain that they are its ends."""
    text = printed.removesuffix(unit_printed).strip("()（）[] ") if unit_printed else printed.strip("()（）[] ")
    if span := _SPAN.fullmatch(text):
        low, sign, high = Decimal(span[1]), span[2], Decimal(span[3])
        return {"low": {"value": low}, "high": {"value": high}} if low <= high and (sign != "--" or low >= 0) else {}
    if below := _BELOW.fullmatch(text):
        return {"high": {"value": Decimal(below[1])}}
    if above := _ABOVE.fullmatch(text):
        return {"low": {"value": Decimal(above[1])}}
    return {}


def reference_range(obx: Segment) -> list[Resource]:
    """OBX-7 as printed, with its ends where they are numbers."""
    printed = obx.whole(7)
    if not printed:
        return []
    return [{"text": printed, **limits(printed, unit(obx).get("unit", ""))}]


def flags(obx: Segment) -> list[Resource]:
    """OBX-8: codes of table 0078, or whatever the sender prints instead."""
    return [_flag(part) for part in obx.parts(8) if part.text(1)]


def _flag(part: Part) -> Resource:
    printed = part.text(1)
    code = FLAG_CODES.get(printed, printed.upper())
    if code in INTERPRETATIONS or code in FLAG_WORDS:
        words = FLAG_WORDS.get(code, printed)
        return {"coding": [{"system": INTERPRETATION_SYSTEM, "code": code}], "text": words}
    return {"text": part.text(2) or printed}
