"""OBX of type ED: the PDF of a report, and nothing else. Whatever could run is never handed on.

Only the bytes are looked at here; whoever serves them later sends them as a download or in a sandbox all the same,
because a PDF can hide in compressed parts what this does not see.
"""

import base64
import binascii
import re

from records.exchange.hl7v2.segments import Part
from records.exchange.reading import Resource

PDF = "application/pdf"
MOST_BYTES = 10 * 1024 * 1024
_START = b"%PDF-"
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)\b")
_BLANKS = re.compile(r"\s+")


def pdf(part: Part, title: str) -> Resource | None:
    """The Attachment in an ED value (source^type^subtype^encoding^data); None for anything but a harmless PDF."""
    # The data is taken unescaped: base64 has no delimiters, and it may be megabytes.
    pieces = part.raw.split(part.marks.component, 5)
    if len(pieces) < 5 or len(pieces[4]) > 2 * MOST_BYTES + 1024:
        return None
    content = _opened(_BLANKS.sub("", pieces[4]), part.text(4).casefold())
    if not content.startswith(_START) or len(content) > MOST_BYTES or _ACTIVE.search(content):
        return None
    found: Resource = {"contentType": PDF, "data": base64.b64encode(content).decode("ascii")}
    return found | ({"title": title} if title else {})


def _opened(data: str, encoding: str) -> bytes:
    try:
        if encoding == "hex":
            return bytes.fromhex(data)
        return base64.b64decode(data, validate=True) if encoding in ("base64", "") else b""
    except (binascii.Error, ValueError):
        return b""
