"""The readable part of a section: XHTML that any viewer may show, made of escaped text alone."""

import re
from collections.abc import Sequence
from html import escape

# What XML 1.0 has no place for.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def table(heads: Sequence[str], lines: Sequence[Sequence[str]], note: str = "") -> str:
    """A table of plain texts, and a sentence below it."""
    if not lines:
        return division(_paragraph(note))
    head = "".join(f"<th>{text(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{text(one)}</td>" for one in line) + "</tr>" for line in lines)
    return division(
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" + (_paragraph(note) if note else "")
    )


def division(inner: str) -> str:
    """A narrative of FHIR round XHTML that is already escaped."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml" lang="zh-CN" xml:lang="zh-CN">{inner}</div>'


def text(words: str) -> str:
    """Words as text of XHTML, whatever is in them."""
    return escape(_FORBIDDEN.sub("", words))


def _paragraph(words: str) -> str:
    return f"<p>{text(words)}</p>"
