"""Reading one resource: the person's own, as FHIR R4, and nobody else's."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B import get_fhir_model_class

from foundation import clock
from foundation.rowsecurity import acting_as
from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    Immunization,
    Medication,
    Procedure,
)
from residents import reconciliation
from residents.models import Account
from tests import factories
from tests.people import People
from tests.records.fhir_api.reading import Fhir, let_in, looks
from tests.records.rows import statement
from tests.residents.connected.programs import program, tokens_of

Enter = Callable[[Account], Client]
STATEMENTS = {
    "Condition": Condition,
    "MedicationStatement": Medication,
    "AllergyIntolerance": Allergy,
    "Immunization": Immunization,
    "Encounter": Encounter,
    "Procedure": Procedure,
    "DocumentReference": Document,
}


@pytest.fixture
def app(people: People, signed_in: Enter) -> Fhir:
    """A program that 贺兰芳 let read everything."""
    return let_in(signed_in(people.helanfang_account))


def rows(people: People) -> dict[str, UUID]:
    """One row of each kind about 贺兰芳."""
    feed = factories.source(people.county)
    observed = factories.observation(people.helanfang, feed, code_system="http://loinc.org", code="6690-2")
    reported = factories.report(people.helanfang, feed, item_identifiers=[observed.identifier])
    said = {name: statement(model, people.helanfang, feed).pk for name, model in STATEMENTS.items()}
    return {"Observation": observed.id, "DiagnosticReport": reported.pk, "Patient": people.helanfang.pk, **said}


def test_each_kind_is_read_by_its_id_and_is_sound(app: Fhir, people: People) -> None:
    for kind, key in rows(people).items():
        answer = app.get(f"{kind}/{key}")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/fhir+json; charset=utf-8")
        resource = get_fhir_model_class(kind).model_validate(answer.json())
        assert resource.id == str(key)


def test_a_report_leads_to_its_results(app: Fhir, people: People) -> None:
    known = rows(people)
    result = app.get(f"DiagnosticReport/{known['DiagnosticReport']}").json()["result"]
    assert [one["reference"] for one in result] == [f"Observation/{known['Observation']}"]


def test_a_facility_is_read(app: Fhir, people: People) -> None:
    answer = app.get(f"Organization/{people.county.pk}").json()
    assert get_fhir_model_class("Organization").model_validate(answer).name == "县人民医院"


def test_each_read_is_one_line_in_the_persons_log(app: Fhir, people: People) -> None:
    key = rows(people)["Observation"]
    app.get(f"Observation/{key}")
    event = looks()[-1]
    assert (len(looks()), event.action, event.resident_id, event.subject_id) == (
        1,
        "records.program_read_observation",
        people.helanfang.pk,
        str(key),
    )
    assert (event.actor_name, event.purpose, event.capacity) == ("应用“健康管家”", "清河健康科技有限公司", "program")


def test_the_person_reads_in_their_log_what_the_program_read(app: Fhir, people: People, signed_in: Enter) -> None:
    app.get("Immunization")
    page = signed_in(people.helanfang_account).get("/me/access-log/").content.decode()
    assert all(word in page for word in ("应用“健康管家”", "您授权的应用", "读取了预防接种", "清河健康科技有限公司"))


def test_the_patient_carries_no_number_and_no_telephone(app: Fhir, people: People) -> None:
    patient = app.get(f"Patient/{people.helanfang.pk}").json()
    assert (patient["name"][0]["text"], set(patient) & {"identifier", "telecom", "address"}) == ("贺兰芳", set())


@pytest.mark.parametrize("kind", ["Observation", "DiagnosticReport", "Patient", *STATEMENTS])
def test_a_strangers_resource_is_the_same_404_as_none(kind: str, people: People, signed_in: Enter) -> None:
    key = rows(people)[kind]
    other = let_in(signed_in(people.wangjianguo_account))
    theirs, none = other.get(f"{kind}/{key}"), other.get(f"{kind}/{uuid4()}")
    assert (theirs.status_code, theirs.content) == (404, none.content)
    assert theirs.json()["resourceType"] == "OperationOutcome"


HIDDEN: dict[str, dict[str, Any]] = {
    "withheld": {"release": "withheld"},
    "waiting": {"release": "pending"},
    "recalled": {"release": "recalled"},
    "special": {"sensitivity": 5},
    "withdrawn": {"withdrawn_at": factories.NOON},
    "replaced": {"superseded_at": factories.NOON},
    "left": {"left_at": factories.NOON},
    "repeated": {"folded_into": uuid4()},
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_the_pages_do_not_show_is_not_read_here(how: str, app: Fhir, people: People) -> None:
    row = factories.observation(people.helanfang, factories.source(people.county), **HIDDEN[how])
    assert (app.get(f"Observation/{row.id}").status_code, app.found("Observation")) == (404, [])


def test_the_other_values_of_a_report_that_waits_are_not_read_either(app: Fhir, people: People) -> None:
    feed = factories.source(people.county)
    waits = factories.observation(people.helanfang, feed, release="pending")
    other = factories.observation(people.helanfang, feed)
    factories.report(people.helanfang, feed, item_identifiers=[waits.identifier, other.identifier])
    assert (app.get(f"Observation/{other.id}").status_code, app.found("Observation")) == (404, [])


def test_nothing_but_a_token_is_looked_at(app: Fhir, people: People, signed_in: Enter) -> None:
    answer = signed_in(people.helanfang_account).get("/fhir/Observation")
    assert (answer.status_code, answer["WWW-Authenticate"], answer.cookies) == (401, 'Bearer realm="fhir"', {})
    assert answer.json()["issue"][0]["code"] == "login"


@pytest.mark.parametrize("token", ["x", "贺".encode().decode("latin-1"), "a" * 5000])
def test_a_token_of_nobody_is_refused(token: str, db: None) -> None:
    answer = Fhir(token).get("Observation")
    assert (answer.status_code, 'error="invalid_token"' in answer["WWW-Authenticate"]) == (401, True)


def test_a_session_is_no_token(people: People, signed_in: Enter) -> None:
    session = signed_in(people.helanfang_account).session["row_security_token"]
    assert Fhir(session).get("Patient").status_code == 401


def test_what_was_not_agreed_to_is_refused_with_the_scope_that_is_missing(people: People, signed_in: Enter) -> None:
    app = let_in(signed_in(people.helanfang_account), "Observation")
    answer = app.get("Condition")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "forbidden")
    assert 'error="insufficient_scope", scope="patient/Condition.s"' in answer["WWW-Authenticate"]


def test_the_person_sees_that_it_was_tried(people: People, signed_in: Enter) -> None:
    let_in(signed_in(people.helanfang_account), "Observation").get("Condition")
    assert [event.action for event in looks()] == ["records.program_refused"]


@pytest.mark.parametrize(
    ("scope", "read", "search"),
    [
        ("patient/Observation.r", 404, 403),
        ("patient/Observation.s", 403, 200),
        ("patient/Observation.rs", 404, 200),
        ("patient/Observation.read", 404, 200),
    ],
)
def test_reading_and_searching_are_agreed_to_apart(
    scope: str, read: int, search: int, people: People, signed_in: Enter
) -> None:
    app = let_in(signed_in(people.helanfang_account), scope=scope)
    got = [app.get(f"Observation/{uuid4()}").status_code, app.get("Observation").status_code]
    assert got == [read, search]


def test_a_known_mark_is_answered_without_content(app: Fhir, people: People) -> None:
    path = f"Observation/{rows(people)['Observation']}"
    first = app.get(path)
    again = app.get(path, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, first["Last-Modified"][-3:]) == (304, b"", "GMT")


def test_no_cache_keeps_an_answer(app: Fhir, people: People) -> None:
    assert app.get("Observation")["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("Observation", {"Accept": "application/fhir+xml"}, 406),
        ("Observation?_format=xml", {}, 406),
        ("Observation?_format=json", {"Accept": "application/fhir+xml"}, 200),
        ("Observation", {"Accept": "application/fhir+json; fhirVersion=4.0"}, 200),
        ("Observation", {"Accept": "text/html, */*;q=0.1"}, 200),
        ("Coverage", {}, 404),
        ("Observation/a/b/c", {}, 404),
        ("", {}, 404),
    ],
)
def test_what_is_not_offered_is_said_as_an_outcome(
    path: str, headers: dict[str, str], status: int, app: Fhir, people: People
) -> None:
    answer = app.get(path, **headers)
    assert answer.status_code == status
    assert status == 200 or answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(method: str, app: Fhir, people: People) -> None:
    answer = getattr(Client(), method)(f"/fhir/Patient/{people.helanfang.pk}")
    assert (answer.status_code, answer["Allow"], answer.json()["resourceType"]) == (
        405,
        "GET, HEAD",
        "OperationOutcome",
    )


def test_the_summary_is_that_of_the_person_and_one_line_in_the_log(app: Fhir, people: People) -> None:
    rows(people)
    answer = app.get("Patient/$summary")
    bundle = get_fhir_model_class("Bundle").model_validate(answer.json())
    assert (answer.status_code, bundle.type, [event.action for event in looks()]) == (
        200,
        "document",
        ["records.program_read_summary"],
    )


def test_the_summary_is_asked_for_by_the_persons_id_and_no_others(app: Fhir, people: People) -> None:
    own, other = (app.get(f"Patient/{one.pk}/$summary") for one in (people.helanfang, people.wangjianguo))
    assert (own.status_code, other.status_code) == (200, 404)


def test_the_summary_needs_all_that_is_in_it(people: People, signed_in: Enter) -> None:
    assert let_in(signed_in(people.helanfang_account), "Patient").get("Patient/$summary").status_code == 403


def test_anybody_may_ask_what_can_be_asked(db: None) -> None:
    answer = Client().get("/fhir/metadata")
    said = get_fhir_model_class("CapabilityStatement").model_validate(answer.json())
    assert (said.fhirVersion, len(said.rest[0].resource)) == ("4.0.1", 11)


def test_a_token_that_asks_too_often_waits(people: People, signed_in: Enter, limit: Callable[[str, Any], None]) -> None:
    limit("programs.reads_per_minute", 2)
    app = let_in(signed_in(people.helanfang_account))
    got = [app.get("Patient") for _turn in range(3)]
    assert [one.status_code for one in got] == [200, 200, 429]
    assert got[-1]["Retry-After"] == "60"


def test_tokens_of_nobody_are_not_tried_for_long(db: None, limit: Callable[[str, Any], None]) -> None:
    limit("programs.refused_per_minute", 2)
    assert [Fhir(f"guess-{turn}").get("Patient").status_code for turn in range(3)] == [401, 401, 429]


def test_two_programs_are_two_lines(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    for name in ("甲应用", "乙应用"):
        Fhir(tokens_of(browser, program(name=name))["access_token"]).get("Patient")
    assert [event.actor_name for event in looks()] == ["应用“甲应用”", "应用“乙应用”"]


def test_reads_and_log_agree_in_the_evening(app: Fhir, people: People) -> None:
    path = f"Observation/{rows(people)['Observation']}"
    mark = app.get(path)["ETag"]
    for asked in ("Observation", "DiagnosticReport", "Patient", f"Observation/{uuid4()}", "Patient/$summary"):
        app.get(asked)
    app.get(path, **{"If-None-Match": mark})
    now = clock.now()
    with acting_as("worker"):
        compared = reconciliation.reconcile(timezone.localdate(now), now)
    assert (compared.reads, compared.missing, compared.unread) == (4, 0, 0)
