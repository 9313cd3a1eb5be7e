"""Photographed reports of other places: sealed, read by whoever may read the record, checked by nobody."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404

from foundation import tally
from foundation.crypto import seal, unseal
from foundation.dated import register, setting
from foundation.keys import uuid7
from records.models import OwnReport, OwnReportPage
from records.models.own import place_of
from records.own.deeds import TooMany, own_word
from residents.access import Viewer, record_event
from residents.family.photos import Photo

LISTED = "records.list_own_reports"
READ = "records.read_own_report"
VIEWED = "records.view_own_page"
UPLOADED = "records.uploaded_own_report"
PAGE = 20
MOST = register("records.own_most_reports", 200, "每位居民最多保存多少份自行上传的报告照片")
KEPT_DAYS = register("records.own_struck_days", 30, "自行上传的报告划掉多少天以后，照片从数据库里清除")


def reports_for(viewer: Viewer, *, struck: bool, page: str | None, now: datetime) -> Page:
    """A page of the photographed reports, the newest first."""
    record_event(viewer=viewer, action=LISTED, now=now)
    rows = OwnReport.objects.visible_to(viewer).order_by("-entered_at", "-id")
    return Paginator(rows if struck else rows.valid(), PAGE).get_page(page)


def report_for(viewer: Viewer, report_id: UUID, *, now: datetime) -> tuple[OwnReport, list[int]]:
    """One report and the numbers of its pages; a stranger's and a missing one are the same 404.

    The pages of one that was struck out are hidden at once.
    """
    report = get_object_or_404(OwnReport.objects.visible_to(viewer), pk=report_id)
    record_event(viewer=viewer, action=READ, now=now, subject=report)
    if report.is_struck:
        return report, []
    return report, list(report.pages.order_by("number").values_list("number", flat=True))


def page_for(viewer: Viewer, report_id: UUID, number: int, *, now: datetime) -> bytes:
    """The JPEG of a page; 404 for a stranger's, a missing one, and one of a report that was struck out."""
    mine = OwnReportPage.objects.filter(resident_id=viewer.resident_id, report__struck_at=None)
    found = get_object_or_404(mine.select_related("report"), report_id=report_id, number=number)
    record_event(viewer=viewer, action=VIEWED, now=now, subject=found.report)
    return unseal(bytes(found.content), place_of(found.pk))


def upload(
    *, viewer: Viewer, pages: Sequence[Photo], title: str, place: str, done_on: date | None, note: str,
    form_key: UUID, now: datetime,
) -> OwnReport:  # fmt: skip
    """Keep photographs; the same form again gives the same report. Raises TooMany."""
    own_word(viewer)
    if (known := _sent_before(viewer, form_key)) is None:
        _bounded(viewer, now)
        report = OwnReport(
            resident_id=viewer.resident_id,
            form_key=form_key,
            entered_at=now,
            entered_by=viewer.account_id,
            entered_name=viewer.name,
            title=title,
            place=place,
            done_on=done_on,
            note=note,
        )
        try:
            known = _kept(report, pages)
        except IntegrityError:  # a double tap: the other one was first
            if (known := _sent_before(viewer, form_key)) is None:
                raise
    record_event(viewer=viewer, action=UPLOADED, now=now, subject=known)
    return known


@transaction.atomic
def _kept(report: OwnReport, pages: Sequence[Photo]) -> OwnReport:
    report.save(force_insert=True)
    for number, photo in enumerate(pages, start=1):
        key = uuid7()
        sealed = seal(photo.jpeg, place_of(key))
        row = OwnReportPage(id=key, resident_id=report.resident_id, report=report, number=number, content=sealed)
        row.save(force_insert=True)
    return report


def _sent_before(viewer: Viewer, form_key: UUID) -> OwnReport | None:
    mine = OwnReport.objects.visible_to(viewer)
    return mine.filter(entered_by=viewer.account_id, form_key=form_key).first()


def _bounded(viewer: Viewer, now: datetime) -> None:
    with tally.unseen("a number shows no health data"):
        if OwnReport.objects.visible_to(viewer).valid().count() >= setting(MOST, now):
            raise TooMany


def to_strike(viewer: Viewer, report_id: UUID) -> OwnReport:
    """A report that is to be struck out; the deed itself is logged."""
    found = OwnReport.objects.visible_to(viewer).filter(pk=report_id).first()
    if found is None:
        raise Http404
    return found


def clear_struck(now: datetime) -> int:
    """Remove the photographs of reports that were struck out some time ago; returns how many. For the worker."""
    before = now - timedelta(days=setting(KEPT_DAYS, now))
    return OwnReportPage.objects.filter(report__struck_at__lt=before).delete()[0]
