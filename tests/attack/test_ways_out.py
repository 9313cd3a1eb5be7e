"""What programs, readers with a link and people in a hurry send to the ways out of a record breaks nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.fhir_api import finding
from records.models import Parcel
from tests.attack.scene import Scene
from tests.people import People
from tests.records.fhir_api.reading import Fhir, let_in, looks


@pytest.fixture
def app(people: People, signed_in: Any) -> Fhir:
    """A program that 贺兰芳 let read everything."""
    return let_in(signed_in(people.helanfang_account))


# Beyond the calendar, and what no database holds.
ODD = [
    "date=ap0002",
    "date=ap9990",
    "code=%00",
    "code=a|%00",
    "code=%ED%A0%80|x",
    "_id=%00",
    "category=%00",
    "patient=%00",
]


@pytest.mark.parametrize("query", ODD)
def test_an_odd_value_of_a_search_breaks_nothing(query: str, app: Fhir) -> None:
    answer = app.get(f"Observation?{query}")
    assert answer.status_code in (200, 400)
    assert not app.found(f"Observation?{query}")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x\udfff"])
@pytest.mark.parametrize("name", ["recipient", "passcode"])
def test_a_reader_that_sends_half_a_character_is_told_so(name: str, text: str, db: None) -> None:
    told = json.dumps({"recipient": "诊所", "passcode": "123456"} | {name: text})
    answer = Client().post(reverse("records:health_link", args=["x" * 43]), told, content_type="application/json")
    assert answer.status_code == 400


SECRETS = ["Basic /w==", "Basic %", "Basic " + "A" * 3000, "Basic Og==", "Basic", "Basic AAAA", "Basic é", "Bearer x"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", ["/oauth/token", "/oauth/revoke"])
def test_a_secret_that_cannot_be_read_is_refused_as_any_other(place: str, secret: str, db: None) -> None:
    sent = {"grant_type": "refresh_token", "refresh_token": "x\x00", "token": "x\x00", "code": "\x00"}
    answer = Client().post(place, sent, headers={"Authorization": secret})
    assert (answer.status_code, answer.json()["error"]) in ((400, "invalid_client"), (401, "invalid_client"))


def test_a_fault_of_ours_is_an_outcome_that_tells_nothing(app: Fhir, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("贺兰芳")

    monkeypatch.setattr(finding, "page", broken)
    client = Client(raise_request_exception=False)
    answer = client.get("/fhir/Observation", headers={"Authorization": f"Bearer {app.token}"})
    told = answer.json()
    assert (answer.status_code, told["resourceType"], told["issue"][0]["code"]) == (
        500,
        "OperationOutcome",
        "exception",
    )
    assert "贺兰芳" not in answer.content.decode() and answer["Cache-Control"] == "no-store"
    assert [event.action for event in looks()] == ["records.program_read_observation"]


def test_two_taps_on_the_pages_of_a_report_open_the_same_file(scene: Scene, signed_in: Any) -> None:
    client, address = signed_in(scene.people.helanfang_account), reverse("records:report_pages", args=[scene.report.pk])

    def tap(_turn: int) -> int:
        try:
            return int(again(client).get(address).status_code)
        finally:
            connections["default"].close()

    client.get(reverse("records:report_pdf", args=[scene.report.pk]))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(tap, range(8))) == [200] * 8
    with acting_as("owner"):
        assert Parcel.objects.count() == 1


def again(client: Client) -> Client:
    """The same browser, once more."""
    other = Client()
    other.cookies = client.cookies
    return other
