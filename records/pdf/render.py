"""Prints a report as PDF: typst sets it, in this process, from a template that only ever receives data."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock

import segno
import typst

from .document import Line, ReportDocument
from .glyphs import FontUnreadable, coverage, printable

TEMPLATE = Path(__file__).with_name("report.typ")
_FAMILIES = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC")
# What laboratories write and Noto Sans SC lacks (×10⁹/L); typst carries DejaVu Sans Mono inside itself.
_SYMBOLS_FAMILY = "DejaVu Sans Mono"
_SYMBOLS = frozenset(map(ord, "⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉‱✔☑∼⅓"))
# How the note about missing characters names the place; a field not listed is part of the text.
_PLACES = {
    "resident_name": "姓名",
    "performing_facility": "机构名称",
    "reporting_facility": "机构名称",
    "clinician": "医生姓名",
    "department": "科室名称",
}
_ITEMS = "检验项目"
_ELSEWHERE = "正文"
# Per place the characters the fonts lack, in order of appearance and each once.
_Missing = dict[str, dict[str, None]]


class PrintingFailed(Exception):
    """The report could not be printed. The message never repeats what the report says."""


@dataclass(frozen=True, slots=True)
class _Press:
    """One loaded compiler. It cannot be entered twice (it raises "Already borrowed"), hence the lock."""

    compiler: typst.Compiler
    family: str
    covered: frozenset[int]
    lock: Lock = field(default_factory=Lock)


def render(document: ReportDocument, font_dir: Path) -> bytes:
    """Return `document` as a tagged PDF/A-2a file, byte for byte the same for the same document and fonts.

    `font_dir` is searched with its sub-folders. Characters its fonts lack are printed as 〓 with a visible note
    that names them by code point. Raises PrintingFailed when there is no Chinese font there or typst refuses.
    """
    press = _press(font_dir.resolve())
    inputs = {
        "data": json.dumps(_data(document, press), ensure_ascii=False),
        "qr": _qr(document.verify_url) if document.verify_url else "",
    }
    try:
        with press.lock:
            return _compile(press.compiler, inputs, int(document.issued.timestamp()))
    except typst.TypstError:
        # typst quotes the text it could not set, and that text is about a person's health.
        raise PrintingFailed("typst refused the report") from None


@cache
def _press(font_dir: Path) -> _Press:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[font_dir])
    family = next((family for family in _FAMILIES if family in fonts.families()), None)
    if family is None:
        raise PrintingFailed(f"no Chinese font ({', '.join(_FAMILIES)}) in {font_dir}")
    files = {(Path(font.path), font.index) for font in fonts.fonts() if font.path}
    try:
        covered = coverage(sorted(files))
    except FontUnreadable as error:
        raise PrintingFailed(f"a font in {font_dir} is damaged: {error}") from error
    compiler = typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts)
    return _Press(compiler, family, covered | _SYMBOLS)


def _compile(compiler: typst.Compiler, inputs: dict[str, str], issued: int) -> bytes:
    # PDF/A-2a keeps for decades and is tagged; PDF/UA-1 adds what a screen reader needs.
    made = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["a-2a", "ua-1"], timestamp=issued)
    if not isinstance(made, bytes):
        raise PrintingFailed("typst returned no document")
    return made


def _data(document: ReportDocument, press: _Press) -> dict[str, object]:
    missing: _Missing = {}
    texts = _drawn(document, press.covered, missing)
    items = [_drawn(line, press.covered, missing, place=_ITEMS) for line in document.items]
    return {
        **texts,
        "items": items,
        "laboratory": document.is_laboratory,
        "status_stands_out": document.status_stands_out,
        "fonts": [press.family, _SYMBOLS_FAMILY],
        "missing": [
            {"place": place, "codes": [f"U+{ord(character):04X}" for character in characters]}
            for place, characters in missing.items()
        ],
    }


def _drawn(
    record: ReportDocument | Line, covered: frozenset[int], missing: _Missing, place: str = ""
) -> dict[str, str]:
    """Return the record's texts as the fonts can draw them, noting in `missing` what they cannot."""
    drawn: dict[str, str] = {}
    for name, text in _texts(record):
        result = printable(text, covered)
        drawn[name] = result.text
        if result.missing:
            where = place or _PLACES.get(name, _ELSEWHERE)
            missing.setdefault(where, {}).update(dict.fromkeys(result.missing))
    return drawn


def _texts(record: ReportDocument | Line) -> Iterator[tuple[str, str]]:
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, str):
            yield each.name, value


def _qr(url: str) -> str:
    """Return the verification address as an SVG picture that still reads on a crumpled print (level Q)."""
    picture = BytesIO()
    segno.make_qr(url, error="q", boost_error=False).save(picture, kind="svg", border=0, omitsize=True, dark="#000")
    return picture.getvalue().decode()
