"""What residents do with reports: open one for the first time, take a printed copy home."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from foundation.crypto import digest
from records import codes
from records.access import Holder
from records.models import IssuedCopy, Report
from records.opened import OpenedReport
from records.pdf import PrintingFailed, render
from records.presenters.printing import document_of
from records.signing import SigningFailed, sign
from residents.access import Viewer


@dataclass(frozen=True)
class Copy:
    """A printed report as it was handed out."""

    pdf: bytes
    code: str
    issued: IssuedCopy


def mark_seen(*, report: Report, now: datetime) -> None:
    """Remember when the report was first opened; a second opening changes nothing."""
    if report.first_seen_at is None:
        Report.objects.filter(pk=report.pk, first_seen_at__isnull=True).update(first_seen_at=now)


def issue_copy(*, opened: OpenedReport, holder: Holder, by: Viewer, now: datetime) -> Copy:
    """Print and sign the report and remember the copy, so that whoever holds it can check it.

    The code is new for each copy and kept only as a hash, beside the SHA-256 of the file. Raises
    `records.pdf.PrintingFailed`, for a signature that fails too; nothing is remembered then. Runs in the caller's
    transaction: the file leaves the server only after its row is committed.
    """
    code = codes.new()
    address = settings.PUBLIC_URL.rstrip("/") + reverse("records:verify", args=[code])
    taken_by = "" if by.is_self else by.name
    document = document_of(opened, holder, code=code, address=address, taken_by=taken_by)
    pdf = signed(render(document, Path(settings.PDF_FONT_DIR)), now=now)
    issued = IssuedCopy.objects.create(
        resident_id=by.resident_id,
        report=opened.report,
        code_hash=digest(code),
        sha256=sha256(pdf).digest(),
        issued_at=now,
        account_id=by.account_id,
    )
    return Copy(pdf, code, issued)


def signed(pdf: bytes, *, now: datetime) -> bytes:
    """`records.signing.sign`, with its failure told as one of printing: nothing leaves the house unsigned."""
    try:
        return sign(pdf, now=now)
    except SigningFailed as failed:
        raise PrintingFailed("not signed") from failed
