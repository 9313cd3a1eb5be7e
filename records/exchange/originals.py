"""The facility's own PDF of a report: looked at when the report is understood, sealed when its row is written.

Only whole, harmless PDFs are taken, no address is followed. What is not taken is counted, so that the page can say so.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from foundation import crypto
from foundation.keys import uuid7
from records.attachments import ReportAttachment, place_of
from records.exchange import reading
from records.exchange.reading import Resource
from records.exchange.values import Facts, Frame, Original, ReportFacts

PDF = "application/pdf"
START = b"%PDF-"
# What could run or open something else; in compressed parts it would not be seen, so what is kept is a download only.
ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
_BLANKS = re.compile(r"\s+")


@dataclass
class Sorted:
    """The files of a report: those that are kept, and how many are not."""

    kept: list[Original] = field(default_factory=list)
    unshown: int = 0


def sorted_out(resource: Resource, frame: Frame) -> Sorted:
    """The files under `presentedForm`, as sent; the same file twice is one."""
    found = Sorted()
    forms = reading.nodes(resource, "presentedForm")
    for form in forms:
        original = _original(form, frame.original_bytes)
        if original is None or len(found.kept) >= frame.original_files:
            found.unshown += 1
        elif original.sha256 not in {one.sha256 for one in found.kept}:
            found.kept.append(original)
    return found


def _original(form: Resource, most: int) -> Original | None:
    kind = reading.text(form, "contentType").partition(";")[0].strip().lower()
    data = reading.text(form, "data")
    if kind not in {PDF, ""} or not data or len(data) > 2 * most:
        return None
    content = _opened(data)
    if not content.startswith(START) or len(content) > most or ACTIVE.search(content):
        return None
    return Original(reading.text(form, "title")[:200], data, hashlib.sha256(content).hexdigest(), len(content))


def _opened(data: str) -> bytes:
    try:
        return base64.b64decode(_BLANKS.sub("", data), validate=True)
    except (binascii.Error, ValueError):
        return b""


def rows(facts: ReportFacts, report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of the files of a report row, by attribute names: opened and sealed one at a time."""
    for number, original in enumerate(facts.originals, start=1):
        key = uuid7()
        yield {
            "id": key,
            "resident_id": report["resident_id"],
            "report_id": report["id"],
            "number": number,
            "title": original.title,
            "size": original.size,
            "content": crypto.seal(_opened(original.data), place_of(key)),
        }


def keep(facts: Facts, report_id: UUID, resident_id: UUID) -> None:
    """Write the files of a report whose row has just been written, in the caller's transaction."""
    if isinstance(facts, ReportFacts):
        for row in rows(facts, {"id": report_id, "resident_id": resident_id}):
            ReportAttachment.objects.create(**row)
