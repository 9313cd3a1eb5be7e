"""Servers of STU3 and R5: what differs harmlessly is read as R4, another version is refused in words."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange import documents, fhir_versions
from records.exchange.connectors.capability import capability_of
from records.exchange.models import Pull, Source, StoredFile
from records.exchange.problems import PullFailed
from records.exchange.pulling import pull
from records.exchange.translating import Setup, Untranslatable
from records.models import Condition, Encounter, Immunization, Medication, Procedure, Report
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import observation, patient, report
from tests.factories import NOON

ABOUT = {"subject": {"reference": "Patient/p1"}}
DOCTOR = {"reference": "Practitioner/d", "display": "周医生"}


def without(resource: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key not in names} | more


STU3 = [
    patient(),
    observation(
        context={"reference": "Encounter/e1"},
        comment="空腹",
        interpretation={"coding": [{"code": "H"}]},
        related=[{"type": "has-member", "target": {"reference": "Observation/o2"}}],
    ),
    report(
        category={"coding": [{"code": "LAB"}]},
        performer=[{"role": {"text": "检验"}, "actor": {"reference": "Organization/lab", "display": "县检验中心"}}],
        context={"reference": "Encounter/e1"},
    ),
    {
        "resourceType": "Condition",
        "id": "c1",
        **ABOUT,
        "code": {"text": "高血压"},
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
        "assertedDate": "2026-11-01",
        "context": {"reference": "Encounter/e1"},
    },
    {
        "resourceType": "MedicationRequest",
        "id": "m1",
        **ABOUT,
        "status": "active",
        "medicationCodeableConcept": {"text": "氨氯地平"},
        "requester": {"agent": DOCTOR},
        "authoredOn": "2026-11-01",
    },
    {
        "resourceType": "MedicationStatement",
        "id": "m2",
        **ABOUT,
        "status": "active",
        "taken": "n",
        "medicationCodeableConcept": {"text": "阿司匹林"},
        "dateAsserted": "2026-11-01",
    },
    {
        "resourceType": "Immunization",
        "id": "i1",
        "patient": {"reference": "Patient/p1"},
        "status": "completed",
        "notGiven": False,
        "vaccineCode": {"text": "流感疫苗"},
        "date": "2026-10-08",
        "practitioner": [{"actor": DOCTOR}],
        "vaccinationProtocol": [{"doseSequence": 2}],
    },
    {
        "resourceType": "Procedure",
        "id": "x1",
        **ABOUT,
        "status": "aborted",
        "code": {"text": "胃镜"},
        "performedDateTime": "2026-11-02",
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        **ABOUT,
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2026-11-01T08:00:00+08:00"},
        "reason": [{"text": "头晕"}],
    },
]
R5 = [
    patient(),
    observation(),
    report(),
    {
        "resourceType": "Condition",
        "id": "c1",
        **ABOUT,
        "code": {"text": "高血压"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "recordedDate": "2026-11-01",
        "participant": [{"function": {"coding": [{"code": "enterer"}]}, "actor": DOCTOR}],
    },
    {
        "resourceType": "MedicationRequest",
        "id": "m1",
        **ABOUT,
        "status": "ended",
        "medication": {"concept": {"text": "氨氯地平"}},
        "requester": DOCTOR,
        "authoredOn": "2026-11-01",
    },
    {
        "resourceType": "MedicationStatement",
        "id": "m2",
        **ABOUT,
        "status": "recorded",
        "adherence": {"code": {"coding": [{"code": "not-taking"}]}},
        "medication": {"concept": {"text": "阿司匹林"}},
        "dateAsserted": "2026-11-01",
        "informationSource": [DOCTOR],
    },
    {
        "resourceType": "Immunization",
        "id": "i1",
        "patient": {"reference": "Patient/p1"},
        "status": "completed",
        "vaccineCode": {"text": "流感疫苗"},
        "occurrenceDateTime": "2026-10-08",
        "protocolApplied": [{"doseNumber": "2"}],
    },
    {
        "resourceType": "Procedure",
        "id": "x1",
        **ABOUT,
        "status": "stopped",
        "code": {"text": "胃镜"},
        "occurrenceDateTime": "2026-11-02",
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        **ABOUT,
        "status": "discharged",
        "class": [{"coding": [{"code": "AMB"}]}],
        "actualPeriod": {"start": "2026-11-01T08:00:00+08:00"},
        "reason": [{"value": [{"concept": {"text": "头晕"}}]}],
    },
]


class Server:
    """A FHIR server of some version, over a real socket."""

    def __init__(self, version: str, resources: list[dict[str, Any]]) -> None:
        self.version, self.resources, self.asked = version, resources, list[str]()
        self.forms: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.forms.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.do_GET()

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                body = outer.answer(self.path.partition("?")[0].strip("/")).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self.http.server_port}"

    def answer(self, kind: str) -> str:
        if kind == "metadata":
            return json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": self.version})
        found = [one for one in self.resources if one["resourceType"] == kind]
        return dumps({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in found]})


def served(version: str, resources: list[dict[str, Any]]) -> Iterator[Server]:
    server = Server(version, resources)
    Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture(params=["3.0.2", "5.0.0"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from served(request.param, STU3 if request.param.startswith("3") else R5)


def feed_of(server: Server, county: Facility) -> Source:
    return factories.source(
        county, "other", kind="fhir_r4", address=f"http://{server.place}/", allowed_hosts=[server.place]
    )


def pulled(feed: Source) -> tuple[Pull, Pull]:
    with acting_as("worker"):
        return pull(feed.pk, clock=lambda: NOON), documents.translate(feed.pk, clock=lambda: NOON)


@pytest.mark.usefixtures("db")
def test_a_server_of_another_version_reaches_the_records_with_all_it_says(server: Server, county: Facility) -> None:
    _run, translation = pulled(feed_of(server, county))
    assert (translation.new, translation.held, translation.failed) == (9, 0, 0)
    assert [(row.state, row.code or row.name) for row in rows(Condition)] == [("active", "高血压")]
    assert {(row.name, row.state) for row in rows(Medication)} == {
        ("氨氯地平", "active" if server.version.startswith("3") else "completed"),
        ("阿司匹林", "not-taken"),
    }
    assert [(row.dose, row.occurred_at is not None) for row in rows(Immunization)] == [("2", True)]
    assert [(row.state, row.occurred_at is not None) for row in rows(Procedure)] == [("stopped", True)]
    assert [(row.kind, row.reason) for row in rows(Encounter)] == [("ambulatory", "头晕")]
    assert len(rows(Report)) == 1


@pytest.mark.usefixtures("db")
def test_what_came_is_kept_as_it_came_and_a_second_pull_adds_nothing(server: Server, county: Facility) -> None:
    feed = feed_of(server, county)
    pulled(feed)
    kept = len(rows(StoredFile))
    run, translation = pulled(feed)
    assert (kept, len(rows(StoredFile)), translation.new, run.outcome) == (9, 9, 0, "succeeded")
    assert {row.layout for row in rows(StoredFile)} == {"stu3" if server.version.startswith("3") else "r5"}


def test_stu3_says_who_made_the_report_and_the_mark_of_a_result() -> None:
    raw = dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in STU3]}).encode()
    found = {entry.resource["id"]: entry.resource for entry in fhir_versions.TRANSLATORS["stu3"](raw, Setup())}
    assert found["o1"]["interpretation"] == [{"coding": [{"code": "H"}]}]
    assert found["o1"]["hasMember"] == [{"reference": "Observation/o2"}]
    assert found["o1"]["encounter"] == {"reference": "Encounter/e1"}
    assert found["r1"]["performer"] == [{"reference": "Organization/lab", "display": "县检验中心"}]
    assert found["m1"]["requester"] == DOCTOR


@pytest.mark.parametrize("version", ["1.0.2", "2.0.0", "6.0.0", "x"])
def test_another_version_is_refused_in_plain_words(version: str) -> None:
    with pytest.raises(PullFailed, match="门户只能读取 STU3"):
        capability_of({"fhirVersion": version})


@pytest.mark.parametrize("version", ["4.0.1", "4.3.0", None])
def test_r4_and_a_server_that_does_not_say_are_read_as_they_are(version: str | None) -> None:
    assert capability_of({"fhirVersion": version} if version else {}).layout is None


@pytest.mark.usefixtures("db")
def test_a_refused_server_is_asked_nothing_else(county: Facility) -> None:
    for old in served("1.0.2", []):
        with acting_as("worker"):
            run = pull(feed_of(old, county).pk, clock=lambda: NOON)
        assert (run.outcome, old.asked) == ("failed", ["/metadata"])
        assert "FHIR 1.0.2" in run.error


@pytest.mark.usefixtures("db")
def test_a_server_that_does_not_sort_is_gone_through_although_the_turn_is_over(county: Facility) -> None:
    for server in served("4.0.1", []):
        pages = {
            "Patient": ([patient()], "Patient?page=2"),
            "Patient?page=2": ([patient(id="p2")], ""),
            "Observation": ([observation()], ""),
        }
        server.answer = page_by_page(server, pages)  # type: ignore[assignment,method-assign]  # pages, not kinds
        feed = feed_of(server, county)
        with acting_as("worker"):
            pull(feed.pk, clock=ticking(), seconds=0)
        asked = [one for one in server.asked if not one.startswith("/metadata")]
        assert [one.partition("?")[0] for one in asked] == ["/Patient", "/Patient"]
        cursor = rows(Source, pk=feed.pk)[0].cursor
        assert (cursor["Patient"], cursor["read"], "Observation" in cursor) == (
            "2026-11-20T08:00:00.000Z",
            "Patient",
            False,
        )


def ticking() -> Callable[[], datetime]:
    """A clock that goes on a second whenever it is looked at."""
    ticks = iter(NOON + timedelta(seconds=tick) for tick in range(10_000))
    return lambda: next(ticks)


def page_by_page(server: Server, pages: dict[str, tuple[list[dict[str, Any]], str]]) -> Callable[[str], str]:
    def answer(kind: str) -> str:
        if kind == "metadata":
            return json.dumps({"fhirVersion": "4.0.1"})
        second = "page=2" in server.asked[-1]
        found, following = pages.get(f"{kind}?page=2" if second else kind, ([], ""))
        dated = [one | {"meta": {"lastUpdated": "2026-11-20T08:00:00Z"}} for one in found]
        link = [{"relation": "next", "url": f"/{following}"}] if following else []
        return dumps({"resourceType": "Bundle", "link": link, "entry": [{"resource": one} for one in dated]})

    return answer


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["", "n", "recorded", "completed"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *[
                        "actor",
                        "agent",
                        "target",
                        "type",
                        "coding",
                        "code",
                        "value",
                        "concept",
                        "function",
                        "doseSequence",
                        "category",
                    ]
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = [
    *["context", "comment", "related", "component", "interpretation", "performer", "category", "clinicalStatus"],
    *["requester", "taken", "notGiven", "practitioner", "vaccinationProtocol", "notDone", "status", "reason", "class"],
    *["actualPeriod", "participant", "serviceType", "medication", "adherence", "informationSource", "reaction"],
    *["protocolApplied", "occurrenceDateTime"],
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(fhir_versions.STU3)), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8))
def test_whatever_a_server_says_nothing_but_untranslatable_comes_of_it(kind: str, members: dict[str, Any]) -> None:
    raw = json.dumps({"resourceType": "Bundle", "entry": [{"resource": members | {"resourceType": kind}}]}).encode()
    for translate in fhir_versions.TRANSLATORS.values():
        assert len(list(translate(raw, Setup()))) == 1


def test_a_page_that_is_no_bundle_is_untranslatable() -> None:
    with pytest.raises(Untranslatable):
        list(fhir_versions.TRANSLATORS["r5"](b"<html>", Setup()))
