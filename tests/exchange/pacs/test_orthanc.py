"""A real PACS over real sockets: Orthanc lists its studies, they reach the record, and it draws the pictures."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.models import Held, Source, StoredFile
from records.exchange.pulling import due, pull
from records.models import ImagingStudy, Report
from residents.models import AccessEvent, Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs import peer
from tests.exchange.sending import counts
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People

pytestmark = pytest.mark.skipif(not peer.program(), reason=peer.MISSING)

SignIn = Callable[[Account], Client]
STUDY = "1.2.826.0.1.3680043.8.498.7"
HERS = {
    "PatientName": "He^Lanfang=贺^兰芳",
    "PatientID": "P10020137",
    "IssuerOfPatientID": "COUNTY",
    "OtherPatientIDs": HELANFANG_NUMBER,
    "PatientSex": "F",
    "PatientBirthDate": "19570213",
    "StudyDate": "20261120",
    "StudyTime": "081000",
    "AccessionNumber": "R2026-118",
    "StudyDescription": "胸部CT平扫",
    "StudyInstanceUID": STUDY,
}


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Three pictures and a structured report of one study, in GB 18030; and an old study of somebody else."""
    with peer.orthanc(tmp_path_factory.mktemp("orthanc")) as address:
        for number, name in enumerate(peer.FILES, start=1):
            peer.store(address, name, number, **HERS)
        old = {**HERS, "StudyInstanceUID": f"{STUDY}.9", "StudyDate": "20190101", "PatientID": "P2"}
        peer.store(address, "CT_small.dcm", 1, **old)
        yield address


@pytest.fixture
def feed(pacs: str, people: People) -> Source:
    fields = {"kind": "dicomweb", "address": f"{pacs}/dicom-web", "allowed_hosts": [pacs.split("/")[2]]}
    return factories.source(people.county, "county-pacs", **fields)


@pytest.fixture
def report(feed: Source, people: People) -> Report:
    """Her report, which came through the hospital's own system, and the study of the PACS."""
    his = factories.source(people.county, "county-his")
    pulled(feed)
    return factories.report(
        people.helanfang, his, "胸部CT平扫", category="imaging", report_number="R2026-118", impression="两肺未见异常。"
    )


def pulled(feed: Source, now: datetime = NOON) -> tuple[dict[str, int], dict[str, int]]:
    """The counts of asking, and of translating what was kept."""
    with acting_as("worker"):
        asked = pull(feed.pk, clock=lambda: now)
        assert asked.outcome == "succeeded", asked.error
        return counts(asked), counts(documents.translate(feed.pk, clock=lambda: now))


def pictures(client: Client, report: Report) -> list[str]:
    page = client.get(reverse("records:images", args=[report.pk])).content.decode()
    return [part.split('"')[0] for part in page.split('<img src="')[1:]]


def test_the_studies_of_a_pacs_reach_the_record(feed: Source, people: People) -> None:
    assert pulled(feed)[1] == {"fetched": 2, "new": 2}
    assert not rows(Held)
    (study,) = rows(ImagingStudy)
    assert (study.resident_id, study.study_uid, study.accession) == (people.helanfang.pk, STUDY, "R2026-118")
    assert (study.title, set(study.modality.split("、")), study.images) == ("胸部CT平扫", {"CT", "MR", "OT", "SR"}, 4)


def test_a_second_pull_keeps_and_adds_nothing(feed: Source) -> None:
    pulled(feed)
    before = len(rows(StoredFile))
    assert pulled(feed)[1] == {}
    assert (len(rows(StoredFile)), len(rows(ImagingStudy))) == (before, 1)


def test_the_cursor_stands_at_today(feed: Source) -> None:
    pulled(feed)
    assert rows(Source, pk=feed.pk)[0].cursor["StudyDate"] == "2026-11-22"


def test_a_pacs_is_due_like_any_other_source_that_is_asked(feed: Source) -> None:
    with acting_as("worker"):
        assert due(NOON) == [feed.pk]


def test_small_pages_bring_the_same_studies(feed: Source, pacs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    second = {**HERS, "StudyInstanceUID": f"{STUDY}.2", "AccessionNumber": "R2026-117"}
    peer.store(pacs, "CT_small.dcm", 1, **second)
    monkeypatch.setitem(REGISTRY, "exchange.page_size", Registered("exchange.page_size", 1, ""))
    pulled(feed)
    assert {row.study_uid for row in rows(ImagingStudy)} == {STUDY, f"{STUDY}.2"}


def test_the_report_shows_the_pictures_that_the_pacs_draws(report: Report, people: People, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    assert (
        reverse("records:images", args=[report.pk])
        in client.get(reverse("records:report", args=[report.pk])).content.decode()
    )
    found = pictures(client, report)
    assert len(found) == 3, "three pictures; the structured report is none"
    for address in found:
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/jpeg", "no-store")
        assert answer.content.startswith(b"\xff\xd8\xff")


def test_each_picture_is_in_the_access_log(report: Report, people: People, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    client.get(pictures(client, report)[0])
    (event,) = rows(AccessEvent, action="records.view_picture")
    assert (event.subject_id, event.facility_id) == (str(report.pk), people.county.pk)


def test_a_strangers_pictures_do_not_exist(report: Report, people: People, signed_in: SignIn) -> None:
    address = pictures(signed_in(people.helanfang_account), report)[0]
    stranger = signed_in(people.wangjianguo_account)
    assert stranger.get(address).status_code == 404
    assert stranger.get(reverse("records:images", args=[report.pk])).status_code == 404
