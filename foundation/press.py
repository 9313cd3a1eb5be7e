"""Prints data as PDF: typst sets it, in this process, from a template that only ever receives data."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

import typst

from foundation.glyphs import FontUnreadable, coverage

_FAMILIES = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC")
# What laboratories write and Noto Sans SC lacks (×10⁹/L); typst carries DejaVu Sans Mono inside itself.
_SYMBOLS_FAMILY = "DejaVu Sans Mono"
_SYMBOLS = frozenset(map(ord, "⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉‱✔☑∼⅓"))


# A line without a place to break takes time by the square of its length (50,000 letters 7 s, a million ten minutes),
# and one document is set at a time: whoever sends one such text must not stop everybody's prints.
LONG, MOST_OF_LONG, MOST_UNBROKEN = 2_000, 400_000, 50_000
_UNBROKEN = re.compile(r"[^\s\u2e80-\uffff]{500,}")


class PrintingFailed(Exception):
    """The document could not be printed. The message never repeats what the document says."""


@dataclass(frozen=True, slots=True)
class Press:
    """One loaded template. It cannot be entered twice (it raises "Already borrowed"), hence the lock.

    `fonts` are the families to set in; `covered` are the characters they can draw, as code points.
    """

    compiler: typst.Compiler
    fonts: tuple[str, ...]
    covered: frozenset[int]
    lock: Lock = field(default_factory=Lock)

    def print(
        self, data: Mapping[str, object], issued: int, *, most_of_long: int = MOST_OF_LONG, **pictures: str
    ) -> bytes:
        """A tagged PDF/A-2a and PDF/UA-1 file of `data`, dated `issued` (seconds since 1970); same input, same bytes.

        The template finds `data` as JSON, with the font families added, and each of `pictures` as text. Raises
        PrintingFailed when typst refuses, and for texts that would keep everybody else waiting: a worker that makes
        nobody wait may take more long texts (`most_of_long` letters).
        """
        long = [text for text in _texts(data) if len(text) > LONG]
        unbroken = sum(len(run) for text in long for run in _UNBROKEN.findall(text))
        if sum(map(len, long)) > most_of_long or unbroken > MOST_UNBROKEN:
            raise PrintingFailed("too much text")
        inputs = {"data": json.dumps({**data, "fonts": self.fonts}, ensure_ascii=False), **pictures}
        try:
            with self.lock:
                made = self.compiler.compile(
                    format="pdf", sys_inputs=inputs, pdf_standards=["a-2a", "ua-1"], timestamp=issued
                )
        except typst.TypstError:
            # typst quotes the text it could not set, and that text is about a person's health.
            raise PrintingFailed("typst refused the document") from None
        if not isinstance(made, bytes):
            raise PrintingFailed("typst returned no document")
        return made


def _texts(value: object) -> Iterator[str]:
    """Each text in some data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


@cache
def press(template: Path, font_dir: Path) -> Press:
    """The press for a template; `font_dir` is searched with its sub-folders.

    Raises PrintingFailed when there is no Chinese font there.
    """
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[font_dir])
    family = next((family for family in _FAMILIES if family in fonts.families()), None)
    if family is None:
        raise PrintingFailed(f"no Chinese font ({', '.join(_FAMILIES)}) in {font_dir}")
    files = {(Path(font.path), font.index) for font in fonts.fonts() if font.path}
    try:
        covered = coverage(sorted(files))
    except FontUnreadable as error:
        raise PrintingFailed(f"a font in {font_dir} is damaged: {error}") from error
    compiler = typst.Compiler(str(template), root=str(template.parent), font_paths=fonts)
    return Press(compiler, (family, _SYMBOLS_FAMILY), covered | _SYMBOLS)
