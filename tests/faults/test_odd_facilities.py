"""A facility whose pages, clocks or persons are in disorder: nothing is missed, nothing twice, nobody's results at
somebody else."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange.models import Pull, Source
from records.exchange.pulling import pull
from records.models import Observation
from residents.models import Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs.peer import Reply, pretending
from tests.exchange.sending import deliver, observation, patient, versioned
from tests.factories import NOON
from tests.faults.breaking import ask, number, say
from tests.faults.county import ledger, unbalanced_runs

PAGE = 20
JSON = {"Content-Type": "application/fhir+json"}


@dataclass
class Disorder:
    """A FHIR server that gives what changed since a moment in pages, in an order of its own."""

    resources: list[dict[str, Any]]
    says_sorted: bool = True
    broken_page: int = -1
    asked: list[str] = field(default_factory=list)

    def __call__(self, path: str, headers: Any) -> Reply:
        address = urlsplit(path)
        kind, asked = address.path.rsplit("/", 1)[-1], {key: one[0] for key, one in parse_qs(address.query).items()}
        if kind == "metadata":
            return 404, JSON, b"{}"
        self.asked.append(path)
        number_of_page = int(asked.get("page", 0))
        if kind == "Observation" and number_of_page == self.broken_page:
            return 500, JSON, b"{}"
        return 200, JSON, dumps(self._page(headers["Host"], kind, asked, number_of_page)).encode()

    def _page(self, host: str, kind: str, asked: dict[str, str], page: int) -> dict[str, Any]:
        since = asked.get("_lastUpdated", "ge2000-01-01T00:00:00Z").removeprefix("ge")
        of_kind = [one for one in self.resources if one["resourceType"] == kind]
        start = datetime.fromisoformat(since)
        found = [one for one in of_kind if datetime.fromisoformat(one["meta"]["lastUpdated"]) >= start]
        some = found[page * PAGE : (page + 1) * PAGE]
        order = "_lastUpdated" if self.says_sorted else "_id"
        links = [{"relation": "self", "url": f"http://{host}/{kind}?_sort={order}"}]
        if len(found) > (page + 1) * PAGE:
            following = f"http://{host}/dicom-web/{kind}?_lastUpdated=ge{since}&page={page + 1}"
            links.append({"relation": "next", "url": following})
        entries = [{"resource": one} for one in some]
        return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}


def moments(count: int) -> list[str]:
    begun = datetime(2026, 11, 20, tzinfo=NOON.tzinfo)
    return [(begun + timedelta(minutes=turn)).isoformat(timespec="milliseconds") for turn in range(count)]


def results(count: int, of: str = "p1") -> list[dict[str, Any]]:
    return [
        versioned(observation(id=f"o{turn}", value=f"{turn + 1}.00", subject={"reference": f"Patient/{of}"}), 1, at)
        for turn, at in enumerate(moments(count))
    ]


@contextmanager
def feed(server: Disorder) -> Iterator[Source]:
    with pretending(server) as address:
        facility = factories.facility("TOWN1")
        host = urlsplit(address).netloc
        yield factories.source(facility, "odd", kind="fhir_r4", address=address, allowed_hosts=[host])


def pulled(source: Source, now: datetime = NOON) -> Pull:
    with acting_as("worker"):
        return pull(source.pk, clock=lambda: now)


@pytest.mark.parametrize("says_sorted", [True, False], ids=["says that it sorts", "does not say"])
def test_pages_out_of_order_that_break_off_are_made_up_for(
    db: None, says_sorted: bool, capsys: pytest.CaptureFixture[Any]
) -> None:
    found = results(100)
    random.Random(7).shuffle(found)
    server = Disorder([versioned(patient(), 1, moments(1)[0]), *found], says_sorted, broken_page=3)
    with feed(server) as source:
        broken = pulled(source)
        server.broken_page = -1
        whole = pulled(source)
    say(capsys, f"broke off with {broken.fetched} fetched, then {whole.new} new, {whole.repeated} repeated: {ledger()}")
    assert (broken.outcome, whole.outcome, ledger(), unbalanced_runs()) == ("failed", "succeeded", {"applied": 101}, 0)
    assert len(rows(Observation)) == 100


# What is dated more than a day ahead waits for a person: its clock, or its content, is not to be believed.
@pytest.mark.parametrize(("hours", "state"), [(-30, "applied"), (-3, "applied"), (3, "applied"), (30, "held")])
def test_a_facility_clock_that_is_wrong_by_hours_hides_nothing(
    db: None, hours: int, state: str, capsys: pytest.CaptureFixture[Any]
) -> None:
    server = Disorder([])
    with feed(server) as source:
        for turn in range(5):
            now = NOON + timedelta(minutes=20 * turn)
            stamp = (now + timedelta(hours=hours)).isoformat(timespec="milliseconds")
            if not turn:
                server.resources.append(versioned(patient(), 1, stamp))
            server.resources.append(versioned(observation(id=f"o{turn}"), 1, stamp))
            assert pulled(source, now).outcome == "succeeded"
    say(capsys, f"{hours:+d} hours: {ledger()}")
    assert (ledger(), unbalanced_runs()) == ({state: 6}, 0)
    assert len(rows(Observation)) == (5 if state == "applied" else 0)


def test_ids_that_were_swapped_never_bring_results_to_the_wrong_person(
    db: None, capsys: pytest.CaptureFixture[Any]
) -> None:
    people = [(f"张三{turn:03d}", factories.id_number(date(1960, 1, 1), 2 * turn + 1)) for turn in range(200)]
    numbers = [document for _name, document in people]
    numbers[10], numbers[150] = numbers[150], numbers[10]
    for name, document in people:
        factories.resident(name, document)
    sent: list[dict[str, Any]] = []
    for turn, (name, _own) in enumerate(people):
        who = {"id": f"p{turn}", "name": [{"text": name}], "gender": "male", "birthDate": "1960-01-01"}
        who["identifier"] = [{"system": "https://town.example/mrn", "value": f"{turn}"}]
        who["identifier"].append({"system": "urn:oid:2.16.156.10011.1.3", "value": numbers[turn]})
        sent.append({"resourceType": "Patient", **who})
        sent.append(observation(id=f"o{turn}", value=f"{turn}.50", subject={"reference": f"Patient/p{turn}"}))
    deliver(factories.source(factories.facility("TOWN1")), *sent)
    wrong = [
        (name, value)
        for name, value in ask(
            "SELECT r.name, o.value_text FROM records_observation o JOIN residents_resident r ON r.id = o.resident_id"
        )
        if name != f"张三{int(float(value)):03d}"
    ]
    say(capsys, f"2 of 200 swapped: {ledger()}, {len(wrong)} at somebody else")
    assert (wrong, ledger()) == ([], {"applied": 396, "held": 4})
    assert len(rows(Resident)) == 200 and number("SELECT count(*) FROM exchange_held WHERE resolved_at IS NULL") == 4
