"""Searching: FHIR's parameters find what they say, a page at a time, and never another's rows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fhir.resources.R4B.bundle import Bundle

from records.models import Allergy, Condition, Document, Encounter, Immunization, Medication, Observation, Procedure
from residents.models import Account
from tests import factories
from tests.factories import NOON, SHANGHAI
from tests.people import People
from tests.records.fhir_api.reading import Fhir, let_in, looks
from tests.records.rows import statement
from tests.records.test_disputing import contest

Enter = Callable[[Account], Client]
LOINC, OID = "http://loinc.org", "2.16.156.10011.2.3.1"


@pytest.fixture
def app(people: People, signed_in: Enter) -> Fhir:
    """A program that 贺兰芳 let read everything."""
    return let_in(signed_in(people.helanfang_account))


def observations(people: People) -> Any:
    """Three results of different days, codes and categories; the feed they came from."""
    feed = factories.source(people.county)
    day = datetime(2026, 3, 15, 9, 30, tzinfo=SHANGHAI)
    for name, at, fields in (
        ("sugar", day, {"code_system": LOINC, "code": "2345-7", "local_code": "GLU"}),
        ("white", day + timedelta(days=40), {"code_system": OID, "code": "6690-2"}),
        ("pressure", day + timedelta(days=400), {"code": "BP", "category": "vital_signs"}),
        ("undated", None, {"code": "X"}),
    ):
        factories.observation(people.helanfang, feed, name, **{"occurred_at": at, **fields})
    factories.observation(people.wangjianguo, feed, "strange", code_system=LOINC, code="2345-7")
    return feed


def names(app: Fhir, query: str) -> list[str]:
    return [one["code"]["text"] for one in app.found(query)]


FINDS: list[tuple[str, list[str]]] = [
    ("", ["pressure", "white", "sugar", "undated"]),
    ("code=2345-7", ["sugar"]),
    (f"code={LOINC}|2345-7", ["sugar"]),
    (f"code={LOINC}|", ["sugar"]),
    ("code=GLU", ["sugar"]),
    (f"code=urn:oid:{OID}|6690-2", ["white"]),
    ("code=|BP", ["pressure"]),
    ("code=|2345-7", []),
    (f"code={LOINC}|6690-2", []),
    ("code=2345-7,BP", ["pressure", "sugar"]),
    ("code=2345-7&code=BP", []),
    ("category=vital-signs", ["pressure"]),
    (
        "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        ["white", "sugar", "undated"],
    ),
    ("category=http://elsewhere.example|laboratory", []),
    ("status=final", ["pressure", "white", "sugar", "undated"]),
    ("status=preliminary", []),
    ("date=2026-03-15", ["sugar"]),
    ("date=2026-03", ["sugar"]),
    ("date=2026", ["white", "sugar"]),
    ("date=2026-03-15T09:30", ["sugar"]),
    ("date=2026-03-15T01:30:00Z", ["sugar"]),
    ("date=2026-03-15T09:30:01%2B08:00", []),
    ("date=ne2026", ["pressure"]),
    ("date=gt2026-03-15", ["pressure", "white"]),
    ("date=ge2026-03-15", ["pressure", "white", "sugar"]),
    ("date=lt2026-03-15", []),
    ("date=le2026-03-15", ["sugar"]),
    ("date=sa2026-12", ["pressure"]),
    ("date=eb2027", ["white", "sugar"]),
    ("date=ap2026-03-20", ["sugar"]),
    ("date=ge2026-04&date=le2026-05", ["white"]),
    ("_lastUpdated=2020", []),
    ("_id=no-uuid", []),
]


def test_each_parameter_finds_what_it_says(app: Fhir, people: People) -> None:
    observations(people)
    assert [(query, names(app, f"Observation?{query}")) for query, _ in FINDS] == FINDS


def test_a_facilitys_own_code_is_found_under_its_feed(app: Fhir, people: People) -> None:
    feed = observations(people)
    system = f"urn:health-portal:source:{feed.pk}:code"
    got = [names(app, f"Observation?code={system}|{code}") for code in ("GLU", "BP", "2345-7", "")]
    assert got == [["sugar"], ["pressure"], [], ["pressure", "white", "sugar", "undated"]]


def test_the_patient_is_named_in_each_usual_way(app: Fhir, people: People) -> None:
    observations(people)
    own = people.helanfang.pk
    ways = (f"{own}", f"Patient/{own}", f"http://localhost:8000/fhir/Patient/{own}", f"x,{own}")
    assert [len(app.found(f"Observation?patient={way}")) for way in ways] == [4, 4, 4, 4]


def test_a_stranger_has_nothing_here(app: Fhir, people: People) -> None:
    observations(people)
    queries = [f"{name}={people.wangjianguo.pk}&_total=accurate" for name in ("patient", "subject")]
    answers = [app.get(f"Observation?{query}").json() for query in queries]
    assert [(answer["total"], "entry" in answer) for answer in answers] == [(0, False), (0, False)]


KINDS: dict[str, tuple[Any, dict[str, Any], str, str]] = {
    "Condition": (
        Condition,
        {"state": "active", "code": "I10"},
        "clinical-status=active&code=I10&category=problem-list-item",
        "clinical-status=resolved",
    ),
    "MedicationStatement": (Medication, {"state": "draft"}, "status=intended&effective=2026", "status=active"),
    "AllergyIntolerance": (Allergy, {"state": ""}, "clinical-status=active&date=ge2026", "clinical-status=inactive"),
    "Immunization": (
        Immunization,
        {"state": "completed", "code": "01"},
        "status=completed&vaccine-code=01",
        "status=not-done",
    ),
    "Encounter": (Encounter, {"ended_at": NOON}, "class=AMB&status=finished", "status=unknown"),
    "Procedure": (Procedure, {"state": "odd"}, "status=unknown&date=2026-11-22", "status=completed"),
    "DocumentReference": (Document, {"code": "C0002"}, "type=C0002&status=current", "status=superseded"),
}


def test_each_kind_is_searched_by_its_own_parameters(app: Fhir, people: People) -> None:
    feed = factories.source(people.county)
    got = {}
    for kind, (model, fields, fits, fails) in KINDS.items():
        statement(model, people.helanfang, feed, **fields)
        got[kind] = [len(app.found(f"{kind}?{query}")) for query in ("", fits, fails)]
    assert got == dict.fromkeys(KINDS, [1, 1, 0])


def test_reports_are_searched_by_category_status_and_date(app: Fhir, people: People) -> None:
    factories.report(people.helanfang, factories.source(people.county), status="corrected")
    queries = ("category=LAB", "category=RAD", "status=corrected", "status=final", "issued=2026-11", "code=11502-2")
    assert [len(app.found(f"DiagnosticReport?{query}")) for query in queries] == [1, 0, 1, 0, 1, 1]


def test_the_patient_is_found_by_id_alone(app: Fhir, people: People) -> None:
    queries = ("", f"?_id={people.helanfang.pk}", f"?_id={people.wangjianguo.pk}")
    assert [len(app.found(f"Patient{query}")) for query in queries] == [1, 1, 0]


def test_what_is_found_is_sound(app: Fhir, people: People) -> None:
    feed = factories.source(people.county)
    observed = factories.observation(people.helanfang, feed)
    factories.report(people.helanfang, feed, item_identifiers=[observed.identifier])
    for model in (Condition, Medication, Allergy, Immunization, Encounter, Procedure, Document):
        statement(model, people.helanfang, feed)
    for kind in ("Observation", "DiagnosticReport", "Patient", *KINDS):
        bundle = Bundle.model_validate(app.get(f"{kind}?_total=accurate&odd=1").json())
        assert (bundle.total, [entry.search.mode for entry in bundle.entry]) == (1, ["match", "outcome"]), kind


def walked(app: Fhir, path: str) -> tuple[list[str], int]:
    """Every result of a search by following its links, and how many pages that took."""
    seen, pages, following = [], 0, f"http://localhost:8000/fhir/{path}"
    while following:
        answer = app.get(following.partition("/fhir/")[2]).json()
        seen += [entry["resource"]["id"] for entry in answer.get("entry", [])]
        following = {link["relation"]: link["url"] for link in answer["link"]}.get("next", "")
        pages += 1
    return seen, pages


def test_pages_hold_each_row_once_whatever_its_date(app: Fhir, people: People) -> None:
    feed = factories.source(people.county)
    days = [NOON, NOON, NOON, NOON - timedelta(days=1), None, None, None]
    for day in days:
        factories.observation(people.helanfang, feed, occurred_at=day)
    seen, pages = walked(app, "Observation?_count=2")
    assert (len(seen), len(set(seen)), pages) == (7, 7, 4)


def test_a_row_that_arrives_meanwhile_moves_no_page(app: Fhir, people: People) -> None:
    feed = factories.source(people.county)
    for days in range(4):
        factories.observation(people.helanfang, feed, f"day {days}", occurred_at=NOON - timedelta(days=days))
    first = app.get("Observation?_count=2").json()
    factories.observation(people.helanfang, feed, "new", occurred_at=NOON + timedelta(days=1))
    following = first["link"][-1]["url"].partition("/fhir/")[2]
    assert names(app, following) == ["day 2", "day 3"]


def test_a_next_page_says_nothing_of_what_was_searched(app: Fhir, people: People) -> None:
    feed = factories.source(people.county)
    for _turn in range(2):
        factories.observation(people.helanfang, feed, code="HIV-1")
    link = app.get("Observation?code=HIV-1&_count=1").json()["link"][-1]
    assert (link["relation"], "HIV" in link["url"], "code" in link["url"]) == ("next", False, False)


def test_another_program_cannot_turn_the_page(app: Fhir, people: People, signed_in: Enter) -> None:
    feed = factories.source(people.county)
    for _turn in range(2):
        factories.observation(people.helanfang, feed)
    path = app.get("Observation?_count=1").json()["link"][-1]["url"].partition("/fhir/")[2]
    other = let_in(signed_in(people.wangjianguo_account))
    assert [other.get(path).status_code, app.get(path.replace("Observation", "Condition")).status_code] == [400, 400]


def test_a_page_that_was_made_up_is_refused(app: Fhir, people: People) -> None:
    words = ("x", "", "AAAA", "贺", "%00")
    assert {app.get(f"Observation?_page={word}").status_code for word in words} == {400}


def test_parameters_in_the_body_find_the_same(app: Fhir, people: People) -> None:
    observations(people)
    answer = app.post("Observation/_search", {"code": "2345-7"}).json()
    assert [entry["resource"]["code"]["text"] for entry in answer["entry"]] == ["sugar"]


def test_how_many_can_be_asked_without_any(app: Fhir, people: People) -> None:
    observations(people)
    answer = app.get("Observation?_summary=count").json()
    assert (answer["total"], "entry" in answer) == (4, False)


def test_a_page_is_as_long_as_was_asked_and_allowed(app: Fhir, people: People) -> None:
    observations(people)
    assert [len(app.found(f"Observation?_count={count}")) for count in ("0", "3", "999999")] == [0, 3, 4]


def test_no_page_is_longer_than_the_county_allows(app: Fhir, people: People, limit: Callable[[str, Any], None]) -> None:
    limit("fhir.page_most", 2)
    observations(people)
    assert len(app.found("Observation?_count=100")) == 2


def test_an_unknown_parameter_is_said_and_left_out(app: Fhir, people: People) -> None:
    observations(people)
    entries = app.get("Observation?colour=red").json()["entry"]
    last = entries[-1]
    assert (len(entries), last["search"]["mode"], last["resource"]["issue"][0]["severity"]) == (5, "outcome", "warning")


def test_who_asks_strictly_is_refused_instead(app: Fhir, people: People) -> None:
    answer = app.get("Observation?colour=red", Prefer="handling=strict")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "not-supported")


MEANS_NOTHING = [
    *("date=soon", "date=2026-13", "date=2026-02-30", "date=gt", "date=9999-12-31", "date=0000"),
    *("date=2026-01-01T24:00", "date=2026-01-01T10", "code=|", "category=|", f"code={'x' * 2100}"),
    *("_count=-1", "_count=many", "_total=some"),
]


def test_a_value_that_means_nothing_is_refused_and_nothing_is_read(app: Fhir, people: People) -> None:
    answers = [app.get(f"Observation?{query}") for query in MEANS_NOTHING]
    assert [(one.status_code, one.json()["resourceType"]) for one in answers] == [(400, "OperationOutcome")] * 14
    assert looks() == []


def test_a_search_is_one_line_in_the_log(app: Fhir, people: People) -> None:
    observations(people)
    app.get("Observation?code=2345-7&_total=accurate")
    assert [(event.action, event.subject_id) for event in looks()] == [("records.program_read_observation", "")]


def test_a_contested_entry_is_marked(app: Fhir, people: People, signed_in: Enter) -> None:
    row = statement(Condition, people.helanfang, factories.source(people.county))
    contest(signed_in(people.helanfang_account), row)
    resource = app.get(f"Condition/{row.pk}").json()
    assert ("disputed" in [tag.get("code") for tag in resource["meta"]["tag"]], "note" in resource) == (True, True)


def test_as_many_statements_for_one_row_as_for_five_thousand(app: Fhir, people: People) -> None:
    feed, path = factories.source(people.county), "Observation?_total=accurate"
    factories.observation(people.helanfang, feed)
    app.get(path)  # settings are read once for a while
    with CaptureQueriesContext(connections["default"]) as few:
        app.get(path)
    _many(people, feed, 5000)
    with CaptureQueriesContext(connections["default"]) as many:
        assert len(app.found(path)) == 50
    assert (len(few), len(many) <= 14) == (len(many), True)


def _many(people: People, feed: Any, count: int) -> None:
    rows = [
        Observation(
            category="laboratory",
            name=f"item {number % 100}",
            value_text="1",
            **factories._provenance(people.helanfang, feed, NOON - timedelta(hours=number)),
        )
        for number in range(count)
    ]
    Observation.objects.using("owner").bulk_create(rows, batch_size=1000)
