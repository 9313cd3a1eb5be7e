"""A sandbox facility over real sockets: searching, paging, filtering by time and growing."""

from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from portal.demo.generator import history
from portal.demo.sandbox import KINDS, SandboxServer
from portal.demo.search import BadSearch, period

from .asking import get, ids_in, link, pages_of, search
from .conftest import Clock


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
