"""The pictures of a report: found by the accession number, drawn by the PACS, logged, and kept nowhere."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import ImagingStudy, Report
from residents.models import AccessEvent, Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs.answers import UID, value
from tests.exchange.pacs.peer import Reply, pretending
from tests.factories import NOON, made
from tests.people import People

SignIn = Callable[[Account], Client]
JPEG = b"\xff\xd8\xff\xe0 a picture"
CT, SR, KEY_OBJECTS = (f"1.2.840.10008.5.1.4.1.1.{branch}" for branch in ("2", "88.11", "88.59"))
SECRET = "0123456789abcdef0123456789abcdef"


def instance(number: int, kind: str = CT) -> dict[str, Any]:
    return {
        "00080016": value("UI", kind),
        "00080018": value("UI", f"{UID}.1.{number}"),
        "0020000E": value("UI", f"{UID}.1"),
    }


class Pacs:
    """A PACS that draws every picture; tests change what it answers."""

    def __init__(self) -> None:
        self.instances = [instance(number) for number in range(1, 9)] + [instance(9, SR)]
        self.metadata: list[Any] = []
        self.picture: Reply = (200, {"Content-Type": "image/jpeg"}, JPEG)
        self.asked: list[str] = []

    def __call__(self, path: str, headers: Any) -> Reply:
        self.asked.append(path)
        if "/rendered" in path:
            return self.picture
        found = self.metadata if path.endswith("/metadata") else self.instances
        return 200, {"Content-Type": "application/dicom+json"}, json.dumps(found).encode()


@pytest.fixture
def pacs() -> Pacs:
    return Pacs()


@pytest.fixture
def feed(pacs: Pacs, people: People) -> Iterator[Source]:
    with pretending(pacs) as address:
        options = {
            "template": "https://viewer.example/?s={study}&e={expires}&x={signature}",
            "secret": "FACILITY_TOKEN_V",
        }
        yield factories.source(
            people.county,
            "pacs",
            kind="dicomweb",
            address=address,
            allowed_hosts=[urlsplit(address).netloc],
            options={"viewer": options},
        )


def study(people: People, feed: Source, **fields: Any) -> ImagingStudy:
    fields = {"study_uid": UID, "accession": "ACCESSION-1", "title": "胸部CT平扫", "images": 8} | fields
    return made(ImagingStudy(**factories._provenance(people.helanfang, feed, NOON, **fields)))


def report_of(people: People, feed: Source, **fields: Any) -> Report:
    fields = {"category": "imaging", "report_number": "ACCESSION-1", "impression": "未见异常。"} | fields
    his = factories.source(feed.facility)
    return factories.report(people.helanfang, his, "胸部CT平扫", **fields)


@pytest.fixture
def report(people: People, feed: Source) -> Report:
    study(people, feed)
    return report_of(people, feed)


def page(client: Client, report: Report) -> Any:
    return client.get(reverse("records:images", args=[report.pk]))


def pictures(client: Client, report: Report) -> list[str]:
    return [part.split('"')[0] for part in page(client, report).content.decode().split('<img src="')[1:]]


def test_four_pictures_stand_evenly_for_a_study(pacs: Pacs, people: People, report: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    for address in pictures(client, report):
        client.get(address)
    drawn = [path.split("/instances/")[1].split("/")[0] for path in pacs.asked if "/rendered" in path]
    assert drawn == [f"{UID}.1.{number}" for number in (2, 4, 6, 8)]


def test_key_objects_come_first(pacs: Pacs, people: People, report: Report, signed_in: SignIn) -> None:
    named = [{"00081155": value("UI", f"{UID}.1.{number}")} for number in (7, 3, 99)]
    series = {"0020000E": value("UI", f"{UID}.1"), "00081199": {"vr": "SQ", "Value": named}}
    pacs.metadata = [{"0040A375": value("SQ", {"00081115": value("SQ", series)})}]
    pacs.instances.append(instance(20, KEY_OBJECTS))
    client = signed_in(people.helanfang_account)
    for address in pictures(client, report):
        client.get(address)
    drawn = [path.split("/instances/")[1].split("/")[0] for path in pacs.asked if "/rendered" in path]
    assert drawn == [f"{UID}.1.7", f"{UID}.1.3"]


def test_a_picture_is_asked_for_small_and_kept_nowhere(
    pacs: Pacs, people: People, report: Report, signed_in: SignIn
) -> None:
    client = signed_in(people.helanfang_account)
    answer = client.get(pictures(client, report)[0])
    assert (answer.content, answer["Content-Type"], answer["Cache-Control"]) == (JPEG, "image/jpeg", "no-store")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert pacs.asked[-1].endswith("/rendered?viewport=480,480")


def test_the_address_of_a_picture_names_nothing(people: People, report: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    assert all(UID not in address and "ACCESSION-1" not in address for address in pictures(client, report))


@pytest.mark.parametrize("picture", [b"<svg onload=alert(1)>", b"<html>", b"", b"GIF89a"])
def test_what_is_no_picture_never_reaches_the_browser(
    pacs: Pacs, people: People, report: Report, signed_in: SignIn, picture: bytes
) -> None:
    pacs.picture = (200, {"Content-Type": "image/jpeg"}, picture)
    client = signed_in(people.helanfang_account)
    answer = client.get(pictures(client, report)[0])
    assert (answer.status_code, answer.content) == (503, b"")


@pytest.mark.parametrize(
    "fault", [(500, {}, b""), (302, {"Location": "http://127.0.0.1:1/"}, b""), (200, {}, b"\xff\xd8\xff" * 3_000_000)]
)
def test_a_pacs_in_trouble_costs_a_picture_and_no_more(
    pacs: Pacs, people: People, report: Report, signed_in: SignIn, fault: Reply
) -> None:
    pacs.picture = fault
    client = signed_in(people.helanfang_account)
    assert client.get(pictures(client, report)[0]).status_code == 503
    assert client.get(reverse("records:report", args=[report.pk])).status_code == 200


def test_a_pacs_that_lists_nonsense_is_said_in_words(
    pacs: Pacs, people: People, report: Report, signed_in: SignIn
) -> None:
    pacs.instances = [1]  # type: ignore[list-item]  # what a broken server might send
    assert "影像系统现在没有应答" in page(signed_in(people.helanfang_account), report).content.decode()


def test_a_name_of_another_report_and_an_old_one_are_nothing(
    people: People, feed: Source, report: Report, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(people.helanfang_account)
    address = pictures(client, report)[0]
    other = report_of(people, feed)
    assert client.get(address.replace(str(report.pk), str(other.pk))).status_code == 404
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr("records.image_views.clock.now", lambda: later)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "fields", [{"release": "withheld"}, {"sensitivity": 5}, {"withdrawn_at": NOON}, {"superseded_at": NOON}]
)
def test_a_report_that_cannot_be_read_has_no_pictures(
    people: People, feed: Source, signed_in: SignIn, fields: dict[str, Any]
) -> None:
    study(people, feed)
    assert page(signed_in(people.helanfang_account), report_of(people, feed, **fields)).status_code == 404


@pytest.mark.parametrize("fields", [{"report_number": "R2"}, {"report_number": ""}, {"category": "laboratory"}])
def test_only_the_same_accession_number_brings_pictures(
    people: People, feed: Source, signed_in: SignIn, fields: dict[str, Any]
) -> None:
    study(people, feed, accession="" if fields.get("report_number") == "" else "ACCESSION-1")
    assert page(signed_in(people.helanfang_account), report_of(people, feed, **fields)).status_code == 404


def test_the_same_number_of_another_facility_brings_no_pictures(
    people: People, feed: Source, signed_in: SignIn
) -> None:
    study(people, feed)
    other = factories.report(
        people.helanfang, factories.source(people.township), "胸片", category="imaging", report_number="ACCESSION-1"
    )
    assert page(signed_in(people.helanfang_account), other).status_code == 404


def test_a_report_made_elsewhere_shows_the_pictures_of_where_it_was_made(
    people: People, feed: Source, signed_in: SignIn
) -> None:
    study(people, feed)
    report = factories.report(
        people.helanfang,
        factories.source(people.township),
        "胸部CT",
        category="imaging",
        report_number="ACCESSION-1",
        reporting_facility=people.county,
    )
    assert page(signed_in(people.helanfang_account), report).status_code == 200


def test_a_paused_source_is_not_asked(people: People, feed: Source, report: Report, signed_in: SignIn) -> None:
    with acting_as("owner"):
        Source.objects.filter(pk=feed.pk).update(state="paused")
    assert "影像系统现在没有应答" in page(signed_in(people.helanfang_account), report).content.decode()


def test_the_viewer_opens_by_a_link_that_is_signed_for_some_minutes(
    people: People, report: Report, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACILITY_TOKEN_V", SECRET)
    (own,) = rows(ImagingStudy)
    client = signed_in(people.helanfang_account)
    answer = client.get(reverse("records:image_viewer", args=[report.pk, own.pk]))
    link = urlsplit(answer["Location"])
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}
    signed = hmac.new(SECRET.encode(), f"{UID}|ACCESSION-1|{asked['e']}".encode(), hashlib.sha256).hexdigest()
    assert (answer.status_code, link.hostname, asked["s"], asked["x"]) == (302, "viewer.example", UID, signed)
    assert 0 < int(asked["e"]) - clock.now().timestamp() <= 300
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
    assert [event.subject_id for event in rows(AccessEvent, action="records.open_viewer")] == [str(report.pk)]


def test_a_viewer_without_its_secret_is_not_opened(people: People, report: Report, signed_in: SignIn) -> None:
    (own,) = rows(ImagingStudy)
    answer = signed_in(people.helanfang_account).get(reverse("records:image_viewer", args=[report.pk, own.pk]))
    assert (answer.status_code, "暂时打不开" in answer.content.decode()) == (503, True)


def test_a_stranger_finds_neither_pictures_nor_viewer(people: People, report: Report, signed_in: SignIn) -> None:
    (own,) = rows(ImagingStudy)
    address = pictures(signed_in(people.helanfang_account), report)[0]
    client = signed_in(people.wangjianguo_account)
    addresses = [
        address,
        reverse("records:images", args=[report.pk]),
        reverse("records:image_viewer", args=[report.pk, own.pk]),
    ]
    assert [client.get(one).status_code for one in addresses] == [404, 404, 404]
