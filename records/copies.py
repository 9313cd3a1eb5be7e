"""A printed copy for whoever asks: the one they took before while it would be the same, else a new one."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import BinaryField, F, Func
from django.utils.translation import get_language

from foundation.crypto import CannotOpen, seal, unseal
from foundation.dated import register
from foundation.rotation import register_sealed
from records import access, actions
from records.models import IssuedCopy, Report, StoredCopy
from records.models.copies import stored_place
from residents.access import Viewer, record_event

# app.clear_stored_copies asks the setting itself, so that a worker cannot be told another.
register("records.stored_copy_days", 30, "下载过的报告副本加密保存多少天（再次下载时直接取用），之后只留指纹")
TEMPLATE = Path(__file__).with_name("pdf") / "report.typ"
EDITION = sha256(TEMPLATE.read_bytes()).digest()

register_sealed(StoredCopy, "content", stored_place)


@dataclass(frozen=True)
class Printed:
    """A file to hand out, and which report it is of."""

    pdf: bytes
    report: Report


def copy_for(viewer: Viewer, report_id: UUID, *, now: datetime) -> Printed:
    """The report as a signed file, written down as one download. Runs in the caller's transaction.

    Raises Http404 and `access.Superseded` as reading the report does, and `records.pdf.PrintingFailed`.
    """
    kept = _kept(viewer, report_id)
    if kept is not None:
        report = kept.report
        record_event(
            viewer=viewer, action=access.DOWNLOAD_REPORT, now=now, subject=report, facility_id=report.facility_id
        )
        return kept
    made_from = _made_from(viewer, _shown(report_id))  # before anything is read: what changes meanwhile is not missed
    opened, holder = access.report_to_print(viewer, report_id, now=now)
    copy = actions.issue_copy(opened=opened, holder=holder, by=viewer, now=now)
    if made_from is not None:
        _keep(copy.issued, opened.report, viewer, copy.pdf, made_from, now)
    return Printed(copy.pdf, opened.report)


def _kept(viewer: Viewer, report_id: UUID) -> Printed | None:
    """The newest file kept for this account, if the viewer may read the report and it shows what it showed.

    One statement: it asks for the right to read, for what the print would show now, and for the file.
    """
    readable = Report.objects.visible_to(viewer).readable().in_force().filter(pk=report_id)
    mine = StoredCopy.objects.filter(account_id=viewer.account_id, language=get_language(), report__in=readable)
    shown = Func(F("report_id"), function="app.shown_on_print", output_field=BinaryField())
    newest = mine.select_related("report").annotate(shown=shown).order_by("-stored_at")
    row = newest.only(*_NEEDED).first()
    if row is None or bytes(row.made_from) != _made_from(viewer, bytes(row.shown)):
        return None
    try:
        return Printed(unseal(bytes(row.content), stored_place(row.pk)), row.report)
    except CannotOpen:
        return None  # sealed with a key that is gone: printed anew


_NEEDED = ("content", "made_from", "report__facility_id", "report__issued_at")


def _shown(report_id: UUID) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.shown_on_print(%s)", [report_id])
        row = cursor.fetchone()
    return bytes(row[0]) if row and row[0] is not None else None


def _made_from(viewer: Viewer, shown: bytes | None) -> bytes | None:
    """A fingerprint of all that makes the file: what the database shows, who takes it, the form, the signer."""
    if shown is None:
        return None
    taker = f"{viewer.is_self} {viewer.name} {get_language()} {settings.PUBLIC_URL} {settings.SIGNER}"
    signer = settings.SIGNING_KEY.certificate.signature
    return sha256(shown + EDITION + sha256(signer).digest() + taker.encode()).digest()


def _keep(issued: IssuedCopy, report: Report, viewer: Viewer, pdf: bytes, made_from: bytes, now: datetime) -> None:
    StoredCopy.objects.create(
        copy=issued,
        resident_id=issued.resident_id,
        report=report,
        account_id=viewer.account_id,
        language=get_language(),
        made_from=made_from,
        content=seal(pdf, stored_place(issued.pk)),
        stored_at=now,
    )
