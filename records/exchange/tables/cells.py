"""Cells of a table: what stands in them as text, and the numbers that Excel has spoiled."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from records.exchange.tables import dates
from records.exchange.tables.dates import Pattern
from records.exchange.tables.problems import BadRow
from residents.documents import check_character

Cell = str | int | float | bool | datetime | date | time | timedelta
# A number that Excel holds has fifteen digits; what came after them is zeros.
EXACT_DIGITS = 15
LONGEST = 10_000
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,3}")
_RESULT = re.compile(r"(<=|>=|[<>≤≥])?\s*([+-]?\d{1,20}(?:\.\d{1,12})?)\s*([↑↓]*)")
_COMPARATORS = {"≤": "<=", "≥": ">="}
_NUMBER = r"[+-]?\d{1,20}(?:\.\d{1,12})?"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-{{1,3}}|[~—–－至])+\s*({_NUMBER})")
_BOUND = re.compile(rf"(<=|>=|[<>≤≥])\s*({_NUMBER})")
_DOCUMENT = re.compile(r"[1-9]\d{5}(?:(?:18|19|20)\d\d(\d\d)(\d\d)\d{3}[\dXx]|\d\d(\d\d)(\d\d)\d{3})", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#####")
# What `safe` put before a formula is taken away again.
_GUARDED = re.compile(r"'(?=[=+\-@])")


def text(cell: Cell) -> str:
    """What a cell says, without blanks around it; a number as Excel shows it."""
    if isinstance(cell, str):
        return _GUARDED.sub("", cell.strip(), count=1) if cell.lstrip().startswith("'") else cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _plain(cell)
    if isinstance(cell, datetime):
        return dates.of_moment(cell)
    return str(cell) if isinstance(cell, timedelta) else cell.isoformat()


def _plain(number: int | float) -> str:
    """Fifteen digits, as Excel itself shows them, without a power of ten."""
    shown = format(Decimal(f"{number:.{EXACT_DIGITS}g}"), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def checked(cell: Cell, label: str) -> str:
    """The text of a cell that is mapped; raises BadRow for what can be no content."""
    said = text(cell)
    if len(said) > LONGEST:
        raise BadRow(f"“{label}”超过 {LONGEST} 个字，可能是引号没有成对。")
    if _CONTROL.search(said):
        raise BadRow(f"“{label}”里有不能保存的控制字符。")
    if said.startswith(_ERRORS):
        raise BadRow(f"“{label}”是 Excel 的错误值（如 #N/A），请改正后重新导出。")
    return said


def number_of(cell: Cell, label: str) -> str:
    """A number that names something (a person, a report); raises BadRow where Excel has rounded it."""
    said = checked(cell, label)
    rounded = isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= 10**EXACT_DIGITS
    if rounded or _SCIENTIFIC.fullmatch(said):
        raise BadRow(f"“{label}”被 Excel 变成了数字，后几位已经丢失。请把这一列设为文本格式，从原系统重新导出。")
    return said


def document_of(cell: Cell, label: str) -> str:
    """An ID number as it is compared; one that ends in zeros and fails its check was rounded by Excel."""
    said = "".join(unicodedata.normalize("NFKC", number_of(cell, label)).split()).upper()
    digits = said[:17].isascii() and said[:17].isdigit()
    if len(said) == 18 and said.endswith("000") and digits and check_character(said[:17]) != "0":
        raise BadRow(f"“{label}”的后三位变成了 000，是 Excel 造成的。请把这一列设为文本格式，从原系统重新导出。")
    return said


def is_document(number: str) -> bool:
    """Whether a local number is made like an ID number: such a one never becomes an identifier, which staff see."""
    found = _DOCUMENT.fullmatch(number)
    return found is not None and 1 <= int(found[1] or found[3]) <= 12 and 1 <= int(found[2] or found[4]) <= 31


def moment_of(cell: Cell, label: str, patterns: tuple[Pattern, ...]) -> str:
    """A date or time as FHIR writes it; raises BadRow for what is none, or could be two."""
    try:
        if isinstance(cell, datetime):
            return dates.of_moment(cell)
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return dates.of_number(Decimal(repr(cell)))
        said = unicodedata.normalize("NFKC", checked(cell, label))
        return dates.read(said, patterns) if said else ""
    except (ValueError, ArithmeticError):
        raise BadRow(
            f"“{label}”不是能确定的日期。请写成 2026-11-20 或 2026-11-20 08:30:00，或在列对照里写明日期格式。"
        ) from None


def amount(said: str, *, decimal_comma: bool) -> tuple[str, Decimal, str] | None:
    """A result that is a number: its comparator, the number with its zeros, and arrows behind it; None for words."""
    plain = _folded(said, decimal_comma)
    found = _RESULT.fullmatch(plain)
    if found is None:
        return None
    comparator = _COMPARATORS.get(found[1], found[1] or "")
    return comparator, Decimal(found[2]), found[3]


def limits(said: str, *, decimal_comma: bool) -> tuple[Decimal | None, Decimal | None]:
    """The limits of a printed range, where it is one: `3.9-6.1`, `<5.2`."""
    plain = _folded(said, decimal_comma)
    between = _RANGE.fullmatch(plain)
    if between:
        low, high = Decimal(between[1]), Decimal(between[2])
        return (low, high) if low <= high else (None, None)
    bound = _BOUND.fullmatch(plain)
    if bound is None:
        return None, None
    return (Decimal(bound[2]), None) if bound[1] in (">", ">=", "≥") else (None, Decimal(bound[2]))


def _folded(said: str, decimal_comma: bool) -> str:
    plain = unicodedata.normalize("NFKC", said.strip())
    return plain.replace(",", ".") if decimal_comma and plain.count(",") <= 2 else plain


def safe(said: str) -> str:
    """A text that no spreadsheet program takes for a formula; `text` reads it back as it was."""
    if said[:1] in ("=", "@", "\t", "\r") or (said[:1] in ("+", "-") and not _HARMLESS.fullmatch(said)):
        return "'" + said
    return said


_HARMLESS = re.compile(r"[+\-]{1,4}|[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?%?")
