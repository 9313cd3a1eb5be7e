"""The pictures of a report: which studies belong to it, what the PACS shows of them now, and its viewer.

Nothing of a picture is stored. Each look asks the PACS again, and is written to the access log as a report is.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from foundation import tally
from foundation.crypto import CannotOpen, seal, unseal
from foundation.dated import register, setting
from records.exchange import credentials
from records.exchange.http import Asker
from records.exchange.limits import Limits
from records.exchange.models import Source, SourceCredential
from records.exchange.pacs import pictures as pacs
from records.exchange.pacs import viewers
from records.exchange.pacs.pictures import Picture, Rendered
from records.exchange.problems import PullFailed
from records.models import ImagingStudy, Report
from residents.access import Viewer, record_event

VIEW_PICTURE = "records.view_picture"
OPEN_VIEWER = "records.open_viewer"
SECONDS = register("records.picture_seconds", 8, "打开报告时等待影像系统一次应答的最长秒数")
MEGABYTES = register("records.picture_megabytes", 4, "影像系统一张缩略图的最大兆字节数")
ADDRESS_AGE = timedelta(minutes=15)
# A slow PACS holds up so many requests of a process and no more; the others are told to try again.
AT_ONCE = 3
WAIT_SECONDS = 2.0
_turn = BoundedSemaphore(AT_ONCE)


class Unavailable(Exception):
    """The PACS has no answer to show now."""


@dataclass(frozen=True)
class Shown:
    """What can be shown of one study: the names its pictures are asked for with, and whether there is a viewer."""

    study: ImagingStudy
    pictures: Sequence[str] = ()
    has_viewer: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Place:
    """Where the pictures of a study are, and what is asked with there: sealed, until the PACS is asked."""

    source: Source
    viewer: dict[str, Any]
    sealed: Sequence[SourceCredential]


@dataclass(frozen=True)
class Sought:
    """A study whose pictures are to be asked for: where, if anywhere, within which limits, and when."""

    study: ImagingStudy
    place: Place | None
    limits: Limits
    at: datetime


def studies_of(viewer: Viewer, report: Report) -> list[ImagingStudy]:
    """The studies of an imaging report: the same person, the same accession number, at one of the report's facilities.

    Two facilities may have given the same number: the number alone does not do.
    """
    if report.category != Report.Category.IMAGING or not report.report_number:
        return []
    at = Q(facility_id=report.facility_id) | Q(facility_id=report.reporting_facility_id)
    same = ImagingStudy.objects.visible_to(viewer).readable().filter(at, accession=report.report_number)
    return list(same.order_by("occurred_at", "id")[: pacs.SHOWN])


def sought_for(viewer: Viewer, report_id: UUID, *, now: datetime) -> tuple[Report, list[Sought]]:
    """What is to be asked for a report. It tells nothing that the report did not; each picture is logged."""
    with tally.unseen("it says of which studies there are pictures; each of these is logged when it is shown"):
        report = _readable(viewer, report_id)
        limits = _limits(now)
        return report, [Sought(study, _place(study), limits, now) for study in studies_of(viewer, report)]


def picture_for(viewer: Viewer, report_id: UUID, name: str, *, now: datetime) -> tuple[Sought, Picture]:
    """One picture of a report, by the name it was listed with; the look at it is on record with the transaction."""
    report = _readable(viewer, report_id)
    picture = _named(report, name, now)
    study = _study(viewer, report, picture.study)
    record_event(viewer=viewer, action=VIEW_PICTURE, now=now, subject=report, facility_id=study.facility_id)
    return Sought(study, _place(study), _limits(now), now), picture


def look(report: Report, sought: Sought) -> Shown:
    """Ask the PACS what it has of a study; the database is not asked."""
    try:
        with _asking(sought) as (asker, place):
            found = pacs.pictures(asker, place.source.address, sought.study.study_uid)
    except Unavailable:
        return Shown(sought.study, failed=True)
    names = [_name(report, picture, sought.at) for picture in found]
    return Shown(sought.study, names, viewers.has_viewer(place.viewer))


def draw(sought: Sought, picture: Picture) -> Rendered:
    """Ask the PACS for a picture; raises Unavailable where it has none to show. The database is not asked."""
    with _asking(sought) as (asker, place):
        return pacs.rendered(asker, place.source.address, picture)


def viewer_for(viewer: Viewer, report_id: UUID, study_id: UUID, *, now: datetime) -> str:
    """The address of a report's study in the PACS's own viewer; raises Unavailable where that is not set up."""
    report = _readable(viewer, report_id)
    study = next((one for one in studies_of(viewer, report) if one.pk == study_id), None)
    if study is None:
        raise Http404
    record_event(viewer=viewer, action=OPEN_VIEWER, now=now, subject=report, facility_id=study.facility_id)
    place = _place(study)
    if place is None:
        raise Unavailable
    try:
        saved = credentials.opened(place.source, place.sealed).viewer
        return viewers.viewer_link(place.viewer, saved, study=study.study_uid, accession=study.accession, now=now)
    except PullFailed:
        raise Unavailable from None


def _readable(viewer: Viewer, report_id: UUID) -> Report:
    """A stranger's, a missing, a withdrawn and a kept back report are the same 404: they have no pictures."""
    mine = Report.objects.visible_to(viewer).readable().in_force().select_related("facility")
    return get_object_or_404(mine, pk=report_id)


def _study(viewer: Viewer, report: Report, uid: str) -> ImagingStudy:
    for study in studies_of(viewer, report):
        if study.study_uid == uid:
            return study
    raise Http404


def _place(study: ImagingStudy) -> Place | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT address, allowed_hosts, credential, viewer::text FROM app.picture_source(%s)", [study.pk]
        )
        row = cursor.fetchone()
    if row is None:
        return None
    source = Source(kind=Source.Kind.DICOMWEB, address=row[0], allowed_hosts=row[1], credential=row[2])
    options = json.loads(row[3])
    sealed = credentials.sealed_for_pictures(study.pk)
    return Place(source, options if isinstance(options, dict) else {}, sealed)


def _limits(now: datetime) -> Limits:
    """The limits of a page that somebody waits for."""
    return replace(
        Limits.at(now),
        answer_seconds=setting(SECONDS, now),
        answer_bytes=setting(MEGABYTES, now) * 1024 * 1024,
    )


@contextmanager
def _asking(sought: Sought) -> Iterator[tuple[Asker, Place]]:
    """Ask the PACS where there is one, and not too many at once; raises Unavailable."""
    if sought.place is None or not _turn.acquire(timeout=WAIT_SECONDS):
        raise Unavailable
    try:
        secrets = credentials.opened(sought.place.source, sought.place.sealed)
        with Asker(sought.place.source, sought.limits, secrets) as asker:
            yield asker, sought.place
    except PullFailed:
        raise Unavailable from None
    finally:
        _turn.release()


def _name(report: Report, picture: Picture, now: datetime) -> str:
    """What a picture is asked for with: sealed, for this report alone, and for some minutes."""
    until = int((now + ADDRESS_AGE).timestamp())
    said = json.dumps([until, picture.study, picture.series, picture.instance]).encode()
    return base64.urlsafe_b64encode(seal(said, _sealed_for(report))).decode().rstrip("=")


def _named(report: Report, name: str, now: datetime) -> Picture:
    try:
        sealed = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
        until, *uids = json.loads(unseal(sealed, _sealed_for(report)))
    except (binascii.Error, CannotOpen, ValueError):
        raise Http404 from None
    if until < now.timestamp():
        raise Http404
    return Picture(*uids)


def _sealed_for(report: Report) -> bytes:
    return f"records.picture.{report.pk}".encode()
