"""A sandbox facility over real sockets: searching, paging, filtering, growing, refusing and misbehaving."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from portal.demo.faults import Faults
from portal.demo.generator import history
from portal.demo.sandbox import KINDS, SandboxServer
from portal.demo.search import BadSearch, period

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[SandboxServer]:
    with SandboxServer("TOWN1", clock=clock, grow_every=60) as running:
        yield running


def get(address: str, token: str | None = None) -> Any:
    request = Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urlopen(request, timeout=5) as answer:
        return json.loads(answer.read(), parse_float=Decimal)


def refused(address: str, token: str | None = None) -> tuple[int, Any]:
    with pytest.raises(HTTPError) as caught:
        get(address, token)
    return caught.value.code, json.loads(caught.value.read())


def search(server: SandboxServer, kind: str, **parameters: object) -> Any:
    return get(f"{server.url}/{kind}?{urlencode(parameters, doseq=True)}")


def link(bundle: Any, relation: str) -> str | None:
    return next((item["url"] for item in bundle["link"] if item["relation"] == relation), None)


def pages_of(address: str, most: int = 100) -> Iterator[Any]:
    following: str | None = address
    for _ in range(most):
        if following is None:
            return
        bundle = get(following)
        yield bundle
        following = link(bundle, "next")


def ids_in(bundle: Any, mode: str = "match") -> list[str]:
    return [item["resource"]["id"] for item in bundle.get("entry", []) if item["search"]["mode"] == mode]


# Reading and paging ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facility", ["COUNTY", "TOWN1"])
def test_paging_brings_every_resource_exactly_once(facility: str):
    with SandboxServer(facility) as server:
        received = [
            f"{kind}/{key}"
            for kind in KINDS
            for page in pages_of(f"{server.url}/{kind}?_count=20&_sort=_lastUpdated")
            for key in ids_in(page)
        ]
    assert sorted(received) == sorted(f"{item['resourceType']}/{item['id']}" for item in history(facility))


def test_the_first_page_says_how_many_there_are_in_all(server: SandboxServer):
    bundle = search(server, "DiagnosticReport", _count=10)
    assert (bundle["type"], len(bundle["entry"])) == ("searchset", 10)
    assert bundle["total"] == sum(1 for item in history("TOWN1") if item["resourceType"] == "DiagnosticReport")


def test_results_are_sorted_by_time_of_change(server: SandboxServer):
    bundle = search(server, "Observation", _sort="_lastUpdated", _count=200)
    times = [datetime.fromisoformat(item["resource"]["meta"]["lastUpdated"]) for item in bundle["entry"]]
    assert times == sorted(times)


def test_paging_stays_stable_while_new_results_arrive(server: SandboxServer, clock: Clock):
    first = search(server, "DiagnosticReport", _sort="-_lastUpdated", _count=30)
    clock.now += timedelta(minutes=30)
    following = link(first, "next")
    assert following is not None
    rest = [key for page in pages_of(following) for key in ids_in(page)]
    assert len(set(ids_in(first) + rest)) == len(ids_in(first) + rest) == first["total"]


def test_a_page_token_outlives_a_restart():
    with SandboxServer("TOWN1") as server:
        following = link(search(server, "Encounter", _count=10), "next")
        assert following is not None
        expected = ids_in(get(following))
        base = server.url
    with SandboxServer("TOWN1") as again:
        assert ids_in(get(following.replace(base, again.url))) == expected


def test_one_resource_is_read_by_its_id(server: SandboxServer):
    known = history("TOWN1")[5]
    answer = get(f"{server.url}/{known['resourceType']}/{known['id']}")
    assert answer["meta"] == known["meta"]


def test_several_ids_can_be_asked_for_at_once(server: SandboxServer):
    wanted = ids_in(search(server, "Encounter", _count=3))
    assert sorted(ids_in(search(server, "Encounter", _id=",".join(wanted)))) == sorted(wanted)


def test_a_search_can_be_limited_to_one_patient(server: SandboxServer):
    patient = ids_in(search(server, "Patient"))[0]
    for parameter in ({"patient": patient}, {"subject": f"Patient/{patient}"}):
        bundle = search(server, "Observation", _count=500, **parameter)
        assert {item["resource"]["subject"]["reference"] for item in bundle["entry"]} == {f"Patient/{patient}"}


def test_an_allergy_is_found_by_its_patient_too(server: SandboxServer):
    patient = search(server, "AllergyIntolerance")["entry"][0]["resource"]["patient"]["reference"]
    assert search(server, "AllergyIntolerance", patient=patient)["total"] == 1


def test_included_observations_come_with_their_report_and_are_not_counted(server: SandboxServer):
    bundle = search(
        server, "DiagnosticReport", _count=1, _include=["DiagnosticReport:result", "DiagnosticReport:patient"]
    )
    report = bundle["entry"][0]["resource"]
    expected = [item["reference"].split("/")[1] for item in report["result"]]
    assert ids_in(bundle, "include") == [*expected, report["subject"]["reference"].split("/")[1]]
    assert len(ids_in(bundle)) == 1


def test_decimals_reach_the_caller_with_their_zeros(server: SandboxServer):
    bundle = search(server, "Observation", _count=500)
    numbers = [str(item["resource"].get("valueQuantity", {}).get("value")) for item in bundle["entry"]]
    assert [number for number in numbers if "." in number and number.endswith("0")]


def test_a_search_without_results_has_no_empty_entry_list(server: SandboxServer):
    bundle = search(server, "Observation", patient="nobody")
    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_the_answer_is_fhir_json(server: SandboxServer):
    with urlopen(f"{server.url}/Patient", timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("application/fhir+json")


def test_the_capability_statement_names_every_resource_type_without_a_token():
    with SandboxServer("TOWN1", token="secret") as server:
        statement = get(f"{server.url}/metadata")
    assert statement["fhirVersion"] == "4.0.1"
    assert tuple(item["type"] for item in statement["rest"][0]["resource"]) == KINDS


# Time -----------------------------------------------------------------------------------------------------------------


def test_a_time_of_change_limits_the_search_from_both_sides(server: SandboxServer):
    bundle = search(server, "Encounter", _lastUpdated=["ge2026-01-01", "lt2026-06-01"], _count=500)
    times = [datetime.fromisoformat(item["resource"]["meta"]["lastUpdated"]) for item in bundle["entry"]]
    assert times
    assert all(datetime(2025, 12, 31, 16, tzinfo=UTC) <= t < datetime(2026, 5, 31, 16, tzinfo=UTC) for t in times)


def test_gt_leaves_out_the_very_instant_and_ge_keeps_it(server: SandboxServer):
    newest = search(server, "Encounter", _sort="-_lastUpdated", _count=1)["entry"][0]["resource"]["meta"]["lastUpdated"]
    assert search(server, "Encounter", _lastUpdated=f"gt{newest}")["total"] == 0
    assert search(server, "Encounter", _lastUpdated=f"ge{newest}")["total"] == 1
    assert search(server, "Encounter", _lastUpdated=newest)["total"] == 1


def test_instants_are_compared_across_time_zones(server: SandboxServer):
    newest = search(server, "Encounter", _sort="-_lastUpdated", _count=1)["entry"][0]["resource"]["meta"]["lastUpdated"]
    in_utc = datetime.fromisoformat(newest).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert search(server, "Encounter", _lastUpdated=f"ge{in_utc}")["total"] == 1


def test_a_cursor_in_whole_seconds_misses_nothing_of_that_second(server: SandboxServer):
    newest = search(server, "Encounter", _sort="-_lastUpdated", _count=1)["entry"][0]["resource"]["meta"]["lastUpdated"]
    whole = datetime.fromisoformat(newest).replace(microsecond=0).isoformat()
    assert search(server, "Encounter", _lastUpdated=f"gt{whole}")["total"] == 1


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("2026", "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ("2026-12", "2026-12-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ("2026-02-28", "2026-02-28T00:00:00+08:00", "2026-03-01T00:00:00+08:00"),
        ("2026-02-28T10:30Z", "2026-02-28T10:30:00+00:00", "2026-02-28T10:31:00+00:00"),
        ("2026-02-28T10:30:05", "2026-02-28T10:30:05+08:00", "2026-02-28T10:30:06+08:00"),
    ],
)
def test_a_date_covers_its_whole_period(text: str, start: str, stop: str):
    assert period(text) == (datetime.fromisoformat(start), datetime.fromisoformat(stop))


@pytest.mark.parametrize("text", ["yesterday", "2026-13", "2026-02-30", "2026-02-28T10:30:05 08:00", ""])
def test_what_is_not_a_date_is_refused(text: str):
    with pytest.raises(BadSearch):
        period(text)


def test_new_results_appear_and_are_found_by_their_time_of_change(server: SandboxServer, clock: Clock):
    cursor = f"gt{clock.now.isoformat()}"
    assert search(server, "DiagnosticReport", _lastUpdated=cursor)["total"] == 0
    clock.now += timedelta(minutes=3, seconds=1)
    assert search(server, "DiagnosticReport", _lastUpdated=cursor)["total"] == 3


def test_a_new_report_brings_its_observations(server: SandboxServer, clock: Clock):
    clock.now += timedelta(minutes=1, seconds=1)
    bundle = search(server, "DiagnosticReport", _sort="-_lastUpdated", _count=1, _include="DiagnosticReport:result")
    assert len(ids_in(bundle, "include")) == len(bundle["entry"][0]["resource"]["result"])


def test_a_facility_can_be_given_a_newer_version(server: SandboxServer):
    report = search(server, "DiagnosticReport", _count=1)["entry"][0]["resource"]
    report["meta"] = {"versionId": "2", "lastUpdated": "2026-11-22T08:30:00.000+08:00"}
    server.put(report)
    assert ids_in(search(server, "DiagnosticReport", _lastUpdated="gt2026-11-22T08:29:59+08:00")) == [report["id"]]


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/Claim", 404),
        ("/Patient/unknown", 404),
        ("/Patient?_lastUpdated=gtyesterday", 400),
        ("/Patient?_lastUpdated=zz2026-01-01", 400),
        ("/Patient?_lastUpdated=gt2026-01-01T00:00:00+08:00", 400),
        ("/Patient?_count=0", 400),
        ("/Patient?_count=many", 400),
        ("/Patient?_sort=name", 400),
        ("/Patient?_page=nonsense", 400),
        ("/Patient?_page=" + quote("W10"), 400),
        ("/DiagnosticReport?_include=DiagnosticReport:weather", 400),
        ("/Patient/1/2/3", 404),
    ],
)
def test_a_question_without_an_answer_gets_an_operation_outcome(server: SandboxServer, path: str, status: int):
    code, outcome = refused(server.url + path)
    assert code == status
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["diagnostics"]


def test_a_page_token_is_only_good_for_its_own_resource_type(server: SandboxServer):
    following = link(search(server, "Observation", _count=10), "next")
    assert following is not None
    assert refused(following.replace("/Observation?", "/Encounter?"))[0] == 400


def test_without_the_token_nothing_is_told():
    with SandboxServer("TOWN1", token="secret") as server:
        assert refused(f"{server.url}/Patient")[0] == 401
        assert refused(f"{server.url}/Patient", token="wrong")[0] == 401
        assert get(f"{server.url}/Patient", token="secret")["total"] > 0


def test_writing_is_refused(server: SandboxServer):
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(f"{server.url}/Patient", data=b"{}", method="POST"), timeout=5)
    assert caught.value.code == 405


def test_a_taken_port_is_an_error_at_once(server: SandboxServer):
    port = int(server.url.split(":")[2].split("/")[0])
    with pytest.raises(OSError, match="in use"):
        SandboxServer("TOWN1", port=port)


# Faults ---------------------------------------------------------------------------------------------------------------


def test_a_broken_facility_answers_with_the_status_asked_for(server: SandboxServer):
    server.faults = Faults(status=503)
    assert refused(f"{server.url}/Patient")[0] == 503


def test_a_facility_recovers_after_so_many_faulty_answers(server: SandboxServer):
    server.faults = Faults(status=500, times=1)
    assert refused(f"{server.url}/Patient")[0] == 500
    assert search(server, "Patient")["total"] > 0


def test_a_fault_can_concern_one_resource_type(server: SandboxServer):
    server.faults = Faults(status=500, kinds=frozenset({"Observation"}))
    assert search(server, "Patient")["total"] > 0
    assert refused(f"{server.url}/Observation")[0] == 500


def test_a_maintenance_page_comes_as_html_with_status_200(server: SandboxServer):
    server.faults = Faults(html=True)
    with urlopen(f"{server.url}/Patient", timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/html")


def test_truncated_json_cannot_be_read(server: SandboxServer):
    server.faults = Faults(truncated=True)
    with pytest.raises(json.JSONDecodeError):
        get(f"{server.url}/Patient")


def test_a_dropped_connection_ends_in_the_middle_of_the_body(server: SandboxServer):
    server.faults = Faults(dropped=True)
    with pytest.raises(http.client.IncompleteRead):
        get(f"{server.url}/Patient")


def test_an_endless_facility_always_offers_another_page_under_a_new_address(server: SandboxServer):
    server.faults = Faults(endless_next=True)
    addresses = [link(page, "next") for page in pages_of(f"{server.url}/Patient?_count=5", most=20)]
    assert None not in addresses
    assert len(set(addresses)) == 20


def test_duplicated_pages_bring_everything_twice(server: SandboxServer):
    server.faults = Faults(duplicate_pages=True)
    received = [key for page in pages_of(f"{server.url}/Encounter?_count=10") for key in ids_in(page)]
    assert len(received) == 2 * len(set(received)) == 2 * search(server, "Encounter")["total"]


def test_a_next_link_can_lead_to_another_host(server: SandboxServer):
    server.faults = Faults(foreign_next="http://elsewhere.example:9")
    following = link(search(server, "Observation"), "next")
    assert following is not None
    assert following.startswith("http://elsewhere.example:9/fhir/Observation?_page=")


def test_a_slow_facility_keeps_its_caller_waiting_and_can_still_be_stopped(server: SandboxServer):
    server.faults = Faults(delay=30)
    with pytest.raises(TimeoutError):
        urlopen(f"{server.url}/Patient", timeout=0.2)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 2


def test_the_server_remembers_what_was_asked(server: SandboxServer):
    search(server, "Patient")
    assert server.requests == ["/fhir/Patient"]


# The command ----------------------------------------------------------------------------------------------------------


def run_command(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "portal.demo.sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_until_sigterm_and_ends_with_zero():
    process = run_command("--facility", "COUNTY", "--token", "secret")
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip().split(": ", 1)[1]
        assert get(f"{address}/Patient", token="secret")["total"] == 13
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_busy_port_is_one_plain_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = run_command("--facility", "TOWN1", "--port", str(taken.getsockname()[1]))
        _, said = process.communicate(timeout=10)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "choose another with --port" in said
