"""A sandbox facility that refuses, misbehaves on purpose, or is stopped."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from portal.demo.faults import Faults
from portal.demo.sandbox import SandboxServer

from .asking import get, ids_in, link, pages_of, refused, search

ROOT = Path(__file__).resolve().parents[2]


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
