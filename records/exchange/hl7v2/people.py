"""How people are called in HL7 v2: patients (XPN), and those who perform and sign (XCN, CNN, NDL)."""

import re

from records.exchange.hl7v2.segments import Part, Segment
from records.exchange.reading import Resource

HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_IDEOGRAPHIC = "I"
_LEGAL = ("L", "D", "")
_NO_NAME = re.compile(r"[A-Za-z]*[0-9]+[A-Za-z0-9]*")


def patient_name(pid: Segment) -> Resource | None:
    """PID-5 as a HumanName; of several the one in Chinese characters, then the legal one."""
    given = pid.parts(5)
    if not given:
        return None
    best = min(given, key=lambda part: (not _chinese(part), part.text(7) not in _LEGAL))
    family, *others = (best.text(number) for number in (1, 2, 3))
    text = called(family, *others)
    return {"use": "official", "text": text} if text else None


def _chinese(part: Part) -> bool:
    return part.text(8) == _IDEOGRAPHIC or bool(HAN.search(part.text(1) + part.text(2)))


def called(family: str, *given: str) -> str:
    """A name in the order of its script. Beside a Chinese family name, a given name in letters only repeats it."""
    if HAN.search(family):
        return "".join([family, *(part for part in given if HAN.search(part))])
    if any(HAN.search(part) for part in given):
        return "".join(part for part in given if HAN.search(part))
    return " ".join(filter(None, [*given, family]))


def person(part: Part) -> str:
    """Who an XCN names (id^family^given^…); a bare name where a code should be is a name, too."""
    return _person([part.text(number) for number in (1, 2, 3, 4)])


def interpreter(part: Part) -> str:
    """Who an NDL names: a CNN in its first component; many senders write an XCN instead."""
    inner = part.subs(1)
    return _person((inner + ["", "", ""])[:4]) if len(inner) > 1 else person(part)


def _person(parts: list[str]) -> str:
    number, family, *given = parts
    name = called(family, *given)
    if name:
        return name
    return "" if _NO_NAME.fullmatch(number) else number


def practitioner(name: str) -> Resource:
    """A reference to somebody of whom only the name is known."""
    return {"type": "Practitioner", "display": name}


def organization(code: str, name: str) -> Resource:
    """A reference to an organization by its code and, where that is known, its name."""
    found: Resource = {"type": "Organization"}
    if code:
        found["identifier"] = {"value": code}
    if name:
        found["display"] = name
    return found
