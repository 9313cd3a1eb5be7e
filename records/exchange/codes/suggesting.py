"""What a facility's item probably is: by its printed name, its usual abbreviations, their initials in pinyin.

A suggestion is certain only where the printed name is one that the starter dictionary has, and unit and specimen fit:
glucose in mmol/L and in mg/dL have different codes, that in urine has a third. Everything else a person decides.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from records.exchange import units as ucum

STARTER = Path(__file__).with_name("starter.tsv")
LOINC = "http://loinc.org"
# Marks that laboratories print before a name (mutual recognition, self-made), and words that add nothing to it.
_MARKS = re.compile(r"^[*★☆▲△●○#＊\s]+|[*★☆▲△●○\s]+$")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】")
_AROUND = re.compile("^(?:血清|血浆|全血|静脉血)|(?:测定|检测|检查|定量|浓度|含量|测量值|值)$")
_SHORTEST_INITIALS = 3
_HAN = re.compile("[\u3400-\u9fff]")
# What is in blood, where nothing is said; and what strips for urine print under the same name in the same unit.
_SPECIMENS = {"尿": ("尿",), "24": ("尿",), "粪": ("粪", "便")}
_BLOOD = ("血", "浆", "serum", "plasma", "blood")
_BODY = frozenset(
    {"8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "59408-5", "8302-2", "29463-7", "39156-5", "8280-0"}
)
_ALSO_IN_URINE = frozenset({"14749-6", "2345-7"})


@dataclass(frozen=True)
class Standard:
    """A line of the starter dictionary: a LOINC code, the units it is measured in (UCUM), names."""

    code: str
    units: frozenset[str]
    name: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """What an item probably is; `certain`: by its printed name and its unit. `unit_code`: the unit it is printed in."""

    standard: Standard
    certain: bool
    unit_code: str = ""


def suggestion(
    code: str, names: Sequence[str], units: Sequence[str], specimens: Sequence[str] = ()
) -> Suggestion | None:
    """What an item with this local code, printed under these names in these units, probably is; None where unsure."""
    codes = {ucum.ucum(unit) for unit in units}
    named = _all_alike(_by_name(name) for name in names)
    if (found := _the_one(named, codes, strictly=True)) and _of(found, names, specimens):
        return Suggestion(found, certain=True, unit_code=_only(codes))
    for candidates in (named, _all_alike(map(_nearly, names))):
        if (found := _the_one(candidates, codes, strictly=False)) and _may_be_of(found, specimens):
            return Suggestion(found, certain=False, unit_code=_only(codes))
    for candidates in (_by_name(code), _by_initials(code)):
        if (found := _the_one(candidates, codes, strictly=True)) and found.units and _may_be_of(found, specimens):
            return Suggestion(found, certain=False, unit_code=_only(codes))
    return None


def _of(standard: Standard, names: Sequence[str], specimens: Sequence[str]) -> bool:
    """Whether it is certainly measured in these specimens; where none is said, an abbreviation does not tell."""
    if standard.code in _BODY:
        return True
    if specimens:
        return _may_be_of(standard, specimens)
    return standard.code not in _ALSO_IN_URINE and all(_HAN.search(name) for name in names)


def _may_be_of(standard: Standard, specimens: Sequence[str]) -> bool:
    """Whether nothing that is said of the specimens speaks against it."""
    words = next((words for start, words in _SPECIMENS.items() if standard.name.startswith(start)), _BLOOD)
    return standard.code in _BODY or all(any(word in one.casefold() for word in words) for one in specimens)


def _only(codes: set[str]) -> str:
    return next(iter(codes)) if len(codes) == 1 else ""


def _all_alike(found: Iterable[frozenset[Standard]]) -> frozenset[Standard]:
    """What all names of an item stand for."""
    sets = list(found)
    return frozenset.intersection(*sets) if sets else frozenset()


def _the_one(candidates: Iterable[Standard], codes: set[str], *, strictly: bool) -> Standard | None:
    """The only candidate that is measured in these units; loosely, an unknown or missing unit speaks against none."""
    known = codes - {""}
    fitting = [
        one
        for one in candidates
        if known <= one.units and (not strictly or (codes == known and bool(known) == bool(one.units)))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _by_name(name: str) -> frozenset[Standard]:
    """What a printed name stands for: as it is, or with an abbreviation in brackets, both meaning the same."""
    whole = _names().get(plain(name))
    if whole:
        return frozenset(whole)
    parts = [part for part in _parts(name) if part]
    found = [frozenset(_names().get(plain(part), ())) for part in parts]
    return frozenset.intersection(*found) if found else frozenset()


def _parts(name: str) -> list[str]:
    """A name without its brackets, and what is in them."""
    text = unicodedata.normalize("NFKC", name)
    inside = [part for groups in _BRACKETS.findall(text) for part in groups if part]
    return [_BRACKETS.sub("", text), *inside] if inside else []


def _nearly(name: str) -> frozenset[Standard]:
    """What it stands for without the words around it."""
    bare = _AROUND.sub("", _AROUND.sub("", plain(_BRACKETS.sub("", unicodedata.normalize("NFKC", name)))))
    return frozenset(_names().get(bare, ()))


def _by_initials(code: str) -> frozenset[Standard]:
    """By the initials of the name's pinyin, as older systems number their items."""
    letters = plain(code)
    long_enough = len(letters) >= _SHORTEST_INITIALS and letters.isascii() and letters.isalpha()
    return frozenset(_initials().get(letters, ())) if long_enough else frozenset()


def plain(name: str) -> str:
    """A name by which two spellings are compared: half-width, small letters, no blanks, no marks."""
    text = unicodedata.normalize("NFKC", _MARKS.sub("", name)).casefold()
    return "".join(text.split()).replace("—", "-").replace("–", "-").replace("μ", "u")


@cache
def standards() -> tuple[Standard, ...]:
    """The starter dictionary."""
    lines = STARTER.read_text(encoding="utf-8").splitlines()
    return tuple(_standard(*line.split("\t")) for line in lines if line and not line.startswith("#"))


def _standard(code: str, units: str, name: str, others: str = "") -> Standard:
    return Standard(code, frozenset(filter(None, units.split(";"))), name, tuple(filter(None, others.split(";"))))


@cache
def _names() -> dict[str, set[Standard]]:
    found: dict[str, set[Standard]] = defaultdict(set)
    for one in standards():
        for name in (one.name, *one.others):
            found[plain(name)].add(one)
    return dict(found)


@cache
def _initials() -> dict[str, set[Standard]]:
    found: dict[str, set[Standard]] = defaultdict(set)
    for one in standards():
        for name in (one.name, *one.others):
            if not name.isascii():
                found[plain("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)))].add(one)
    return dict(found)
