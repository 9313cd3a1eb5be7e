"""Units as laboratories print them, and the UCUM code of each: a table, never a conversion.

UCUM: the Unified Code for Units of Measure, https://ucum.org. The printed unit is always kept; a unit that is not in
the table has no code, is compared with nothing, and is listed for staff (`codes.counting`), who can say which unit of
the table it is (`codes.spellings`). A new unit is a new line.
"""

import re
import unicodedata
from functools import cache, lru_cache

# UCUM code -> other ways in which it is printed, after `_plain` (no blanks, half-width, μ in its Greek form).
PRINTED: dict[str, tuple[str, ...]] = {
    "10*12/L": ("T/L", "1012/L"),
    "10*9/L": ("G/L", "109/L"),
    "10*6/L": (),
    "10*9/mL": (),
    "10*6/mL": (),
    "10*3/uL": ("K/uL", "10*3/mm3"),
    "10*4/uL": (),
    "10*6/uL": ("M/uL", "10*6/mm3"),
    "/uL": ("个/uL", "cells/uL", "{cells}/uL", "个/ul"),
    "/[HPF]": ("/HP", "/HPF", "个/HP", "个/HPF", "/高倍视野", "个/高倍视野"),
    "/[LPF]": ("/LP", "/LPF", "个/LP", "个/LPF", "/低倍视野", "个/低倍视野"),
    "{copies}/mL": ("copies/mL", "copy/mL", "cps/mL", "拷贝/mL", "拷贝/毫升"),
    "g/L": ("g/l", "克/升"),
    "g/dL": (),
    "mg/L": ("毫克/升",),
    "mg/dL": ("mg%",),
    "ug/L": ("mcg/L", "微克/升"),
    "ug/dL": ("mcg/dL",),
    "ug/mL": ("mcg/mL",),
    "ng/L": (),
    "ng/dL": (),
    "ng/mL": ("纳克/毫升",),
    "pg/mL": ("皮克/毫升",),
    "mg/mL": (),
    "pg": (),
    "fL": (),
    "mol/L": (),
    "mmol/L": ("毫摩尔/升", "毫摩/升", "mmol/升"),
    "umol/L": ("微摩尔/升", "微摩/升"),
    "nmol/L": ("纳摩尔/升",),
    "pmol/L": ("皮摩尔/升",),
    "meq/L": ("mEq/L",),
    "mosm/L": ("mOsm/L",),
    "mosm/kg": ("mOsm/kg", "mOsm/kgH2O", "mOsm/(kg.H2O)"),
    "U/L": ("单位/升",),
    "U/mL": (),
    "mU/L": (),
    "mU/mL": (),
    "uU/mL": (),
    "kU/L": (),
    "kU/mL": (),
    "[IU]/L": ("IU/L", "国际单位/升"),
    "[IU]/mL": ("IU/mL",),
    "k[IU]/L": ("kIU/L",),
    "k[IU]/mL": ("kIU/mL",),
    "m[IU]/L": ("mIU/L",),
    "m[IU]/mL": ("mIU/mL",),
    "u[IU]/mL": ("uIU/mL",),
    "u[IU]/L": ("uIU/L",),
    "%": ("百分比",),
    "[ppth]": ("‰",),
    "s": ("sec", "secs", "second", "seconds", "秒"),
    "min": ("mins", "minute", "minutes", "分钟"),
    "h": ("hr", "hrs", "hour", "hours", "小时"),
    "d": ("day", "days", "天", "日"),
    "wk": ("week", "weeks", "周"),
    "mo": ("month", "months", "月"),
    "a": ("year", "years", "岁"),
    "mm/h": ("mm/hr", "mm/1h", "mm/小时", "毫米/小时"),
    "mm[Hg]": ("mmHg", "毫米汞柱", "mmhg"),
    "kPa": ("千帕",),
    "cm[H2O]": ("cmH2O", "厘米水柱"),
    "/min": ("次/分", "次/分钟", "次/min", "bpm", "beats/min", "{beats}/min", "{breaths}/min", "下/分", "rpm"),
    "Cel": ("°C", "oC", "摄氏度", "degC"),
    "[degF]": ("°F", "degF"),
    "cm": ("厘米", "公分"),
    "mm": ("毫米",),
    "m": ("米",),
    "kg": ("公斤", "千克"),
    "g": ("克",),
    "mg": ("毫克",),
    "ug": ("mcg", "微克"),
    "kg/m2": ("kg/m^2", "公斤/平方米", "千克/平方米"),
    "m2": ("m^2", "平方米"),
    "L": ("升",),
    "mL": ("毫升",),
    "L/min": ("升/分",),
    "mL/min": ("毫升/分",),
    "mL/min/{1.73_m2}": ("mL/min/1.73m2", "mL/min/1.73m^2", "mL/min/(1.73m2)", "mL/(min.1.73m2)", "mL/min.1.73m2"),
    "g/(24.h)": ("g/24h", "g/24小时"),
    "mg/(24.h)": ("mg/24h", "mg/24hr", "mg/24小时"),
    "ug/(24.h)": ("ug/24h",),
    "mmol/(24.h)": ("mmol/24h",),
    "umol/(24.h)": ("umol/24h",),
    "mL/(24.h)": ("mL/24h",),
    "L/(24.h)": ("L/24h",),
    "ug/min": (),
    "mg/g": (),
    "mg/g{creat}": ("mg/gCr", "mg/g.Cr", "mg/gcrea"),
    "ug/mg": (),
    "mg/mmol": (),
    "g/mol": (),
    "mmol/mol": (),
    "mmol/mol{creat}": (),
    "ug/g": (),
    "{s_co_ratio}": ("S/CO", "s/co", "S/C.O."),
    "{COI}": ("COI", "C.O.I."),
    "{INR}": ("INR",),
    "[pH]": ("pH",),
    "dB": ("分贝",),
}

_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# 10^9, 10*9, 10**9, 10E9, ×10^9, x10^9, *10^9: a power of ten, with or without a sign of multiplication before it.
_POWER = re.compile(r"(?:[×xX*✕·.])?10(?:\^|\*\*?|[eE])\+?(\d{1,2})(?=/|$)")
_TIMES = re.compile(r"[×✕](?=10\d)")
_POWER_APART = re.compile(r"10\^?\((\d{1,2})\)")
_PER = re.compile(r"每|\\|(?<=[a-zA-Z ])per(?=[a-zA-Z ])")
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|【[^【】]*】")
_STRAY = " .,;:。、·*#↑↓"
_LONGEST = 60
_SHORTEST_FOLDED = 3


def ucum(printed: str) -> str:
    """The UCUM code of a printed unit; nothing for one that the table does not have."""
    return _code(printed) if 0 < len(printed) <= _LONGEST else ""


def normalised(code: str) -> str:
    """A UCUM code as a sender gives it, in the spelling by which results are compared; an unknown one as it is."""
    return ucum(code) or code


def suggested(printed: str) -> str:
    """What an unknown unit probably is: without remarks and stray marks, with "per" in words; nothing where unsure.

    Never what is merely alike: between mg and ng, or L and mL, lies a factor of thousands.
    """
    text = _POWER_APART.sub(r"10^\1", unicodedata.normalize("NFKC", printed))
    for one in (text, _REMARK.sub("", text)):
        found = ucum(_PER.sub("/", one.strip(_STRAY)))
        if found:
            return found
    return ""


# Senders print whatever they like: what is remembered is bounded.
@lru_cache(maxsize=4096)
def _code(printed: str) -> str:
    exact, folded = _spellings()
    key = _plain(printed)
    return exact.get(key) or folded.get(key.casefold(), "")


@cache
def _spellings() -> tuple[dict[str, str], dict[str, str]]:
    """Each way of printing -> its code; and the same in small letters, where that means one unit only."""
    exact: dict[str, str] = {}
    folded: dict[str, set[str]] = {}
    for code, others in PRINTED.items():
        for spelling in (code, *others):
            exact[_plain(spelling)] = code
            folded.setdefault(_plain(spelling).casefold(), set()).add(code)
    unambiguous = {key: min(codes) for key, codes in folded.items() if len(codes) == 1 and len(key) >= _SHORTEST_FOLDED}
    return exact, unambiguous


def _plain(printed: str) -> str:
    """A unit without blanks and full-width forms, both μ as u, raised digits and powers of ten in one way."""
    # Before NFKC, which would make 10⁹ the number 109.
    raised = _RAISED.sub(lambda found: "^" + found[0].translate(_LOWERED), printed)
    text = "".join(unicodedata.normalize("NFKC", raised).split()).replace("μ", "u")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return _POWER.sub(r"10*\1", _TIMES.sub("", text))
