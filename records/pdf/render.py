"""Prints a report as PDF, from a template that only ever receives data (`foundation.press`)."""

from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from pathlib import Path

import segno

from foundation.glyphs import printable
from foundation.press import PrintingFailed, press

from .document import Line, ReportDocument

__all__ = ["PrintingFailed", "render"]

TEMPLATE = Path(__file__).with_name("report.typ")
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


def render(document: ReportDocument, font_dir: Path) -> bytes:
    """Return `document` as a tagged PDF/A-2a file, byte for byte the same for the same document and fonts.

    `font_dir` is searched with its sub-folders. Characters its fonts lack are printed as 〓 with a visible note
    that names them by code point. Raises PrintingFailed when there is no Chinese font there or typst refuses.
    """
    machine = press(TEMPLATE, font_dir.resolve())
    qr = _qr(document.verify_url) if document.verify_url else ""
    return machine.print(_data(document, machine.covered), int(document.issued.timestamp()), qr=qr)


def _data(document: ReportDocument, covered: frozenset[int]) -> dict[str, object]:
    missing: _Missing = {}
    texts = _drawn(document, covered, missing)
    items = [_drawn(line, covered, missing, place=_ITEMS) for line in document.items]
    return {
        **texts,
        "items": items,
        "laboratory": document.is_laboratory,
        "status_stands_out": document.status_stands_out,
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
