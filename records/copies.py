"""A printed copy for whoever asks: the one they took before while it would be the same, else a new one."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import BinaryField, F, Func, QuerySet
from django.utils.translation import get_language

from foundation.crypto import CannotOpen, seal, unseal
from foundation.dated import register
from foundation.prepared import Question
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
    found = _NEWEST.rows(viewer.resident_id, report_id, viewer.account_id, get_language())
    if not found:
        return None
    [(copy_id, content, made_from, shown, facility_id, issued_at)] = found
    if bytes(made_from) != _made_from(viewer, bytes(shown)):
        return None
    try:
        pdf = unseal(bytes(content), stored_place(copy_id))
    except CannotOpen:
        return None  # sealed with a key that is gone: printed anew
    return Printed(pdf, Report(pk=report_id, facility_id=facility_id, issued_at=issued_at))


def _newest(person: UUID, report: UUID, account: UUID, language: str) -> QuerySet[StoredCopy, Any]:
    readable = Report.objects.filter(pk=report, resident_id=person).readable().in_force()
    mine = StoredCopy.objects.filter(account_id=account, language=language, report__in=readable)
    shown = Func(F("report_id"), function="app.shown_on_print", output_field=BinaryField())
    columns = ("pk", "content", "made_from", shown, "report__facility_id", "report__issued_at")
    return mine.order_by("-stored_at").values_list(*columns)[:1]


_NEWEST = Question(_newest)


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
