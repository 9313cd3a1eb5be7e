"""Attacks on programs' access: stolen codes and tokens, downgraded PKCE, wrong addresses, more than was agreed to."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.connected.reading import Look, announce, reading
from residents.models import Account, Connection, Program
from tests.attack.scene import Scene, marks_in
from tests.records.fhir_api.reading import Fhir, let_in
from tests.residents.connected.programs import (
    BACK,
    VERIFIER,
    App,
    answered,
    code_of,
    endings,
    program,
    question,
    tokens_of,
    told,
)
from tests.residents.connected.test_tokens import reads

Enter = Callable[[Account], Client]
KINDS = ("Patient", "Observation", "DiagnosticReport", "Condition", "AllergyIntolerance")


@pytest.fixture
def hers(scene: Scene, signed_in: Enter) -> Client:
    return signed_in(scene.people.helanfang_account)


@pytest.fixture
def stranger(scene: Scene, signed_in: Enter) -> Client:
    return signed_in(scene.people.wangjianguo_account)


# --- codes ------------------------------------------------------------------------------------------------------------


def test_of_two_who_show_a_code_at_once_nobody_keeps_anything(hers: Client) -> None:
    found = program()
    code = code_of(hers, found)

    def trade(_turn: int) -> Any:
        try:
            return App(found).trade(code).json()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(trade, range(2)))
    given = [answer["access_token"] for answer in answers if "access_token" in answer]
    assert (len(given), [reads(one) for one in given], endings()) == (1, [401], ["replayed"])


def test_a_stolen_code_is_worth_nothing_without_the_verifier(hers: Client) -> None:
    found = program()
    code = code_of(hers, found)
    tries: list[dict[str, str | None]] = [
        {"code_verifier": None},
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_challenge_method": "plain", "code_verifier": VERIFIER[::-1].replace("v", "x")},
    ]
    assert [App(found).trade(code, **one).status_code for one in tries] == [400] * 4


def test_pkce_cannot_be_talked_down(hers: Client) -> None:
    found = program()
    changes: list[dict[str, str | None]] = [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": None},
        {"code_challenge": ""},
    ]
    backs = [answered(hers, question(found, **change)) for change in changes]
    assert [("code" in told(back), told(back)["error"]) for back in backs] == [(False, "invalid_request")] * 5


ADDRESSES = [
    f"{BACK}/",
    f"{BACK}?next=https://evil.example",
    f"{BACK}#x",
    f"{BACK}/../evil",
    "https://app.example.org/back%2f",
    "https://app.example.org:443/back",
    "http://app.example.org/back",
    "https://app.example.org@evil.example/back",
    "https://evil.example/https://app.example.org/back",
    "//app.example.org/back",
    "https://APP.example.org/back",
    "com.example.app:/cb/",
    "javascript:alert(1)",
    "",
]


def test_no_code_goes_to_an_address_that_is_not_registered_letter_for_letter(hers: Client) -> None:
    found = program()
    answers = [answered(hers, question(found, redirect_uri=address)) for address in ADDRESSES]
    assert [(one.status_code, one.has_header("Location")) for one in answers] == [(400, False)] * len(ADDRESSES)
    assert Connection.objects.using("owner").count() == 0


def test_the_database_sends_no_code_elsewhere_either(scene: Scene, hers: Client) -> None:
    found = program()
    with seeing(hers.session.get(TOKEN)), transaction.atomic(), connections["default"].cursor() as cursor:
        for address, scopes in (
            ("https://evil.example", ["patient/Patient.rs"]),
            (BACK, ["patient/Account.rs"]),
            (BACK, ["user/Patient.rs"]),
            (BACK, ["patient/Patient.rs", "system/*.rs"]),
        ):
            cursor.execute(
                "SELECT app.connect_program(%s, %s, %s::varchar[], repeat('c', 43), sha256('x'), NULL, '')",
                [found.pk, address, scopes],
            )
            assert cursor.fetchone() == (None,), address


def test_a_page_elsewhere_cannot_say_yes_for_her(hers: Client) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = hers.cookies
    assert answered(browser, question(program())).status_code == 403


def test_the_page_is_in_nobodys_frame(hers: Client) -> None:
    answer = hers.get(question(program()))
    assert (answer["X-Frame-Options"], "frame-ancestors 'none'" in answer["Content-Security-Policy"]) == ("DENY", True)


# --- one person's token and another's record ------------------------------------------------------------------------


def test_a_strangers_program_learns_nothing_of_hers(scene: Scene, stranger: Client) -> None:
    app, her = let_in(stranger), scene.people.helanfang.pk
    paths = [f"{kind}/{key}" for kind in KINDS for key in (her, scene.report.pk)]
    paths += [f"{kind}?patient={her}" for kind in KINDS] + [f"{kind}?_id={scene.report.pk}" for kind in KINDS]
    paths += [f"Patient/{her}/$summary", "Patient/$summary", *KINDS]
    seen = {path: marks_in(app.get(path).content.decode()) for path in paths}
    assert {path: marks for path, marks in seen.items() if marks} == {}


def test_hers_and_none_look_the_same(scene: Scene, stranger: Client) -> None:
    app = let_in(stranger)
    pairs = [(app.get(f"{kind}/{scene.report.pk}"), app.get(f"{kind}/{uuid4()}")) for kind in KINDS]
    assert [(one.status_code, one.content == other.content) for one, other in pairs] == [(404, True)] * len(KINDS)


def test_her_own_program_does_read_it(scene: Scene, hers: Client) -> None:
    assert marks_in(json.dumps(let_in(hers).found("Observation"))) != []


def test_statements_written_by_hand_see_one_person_and_none_of_her_papers(scene: Scene, stranger: Client) -> None:
    access = tokens_of(stranger, program())["access_token"]
    assert announce(access, Look("records.program_read_patient", ["Patient.r"]), address="127.0.0.1", reference="")
    tables = (
        "residents_resident",
        "records_report",
        "records_observation",
        "records_condition",
        "residents_identifier",
    )
    tables += ("residents_accessevent", "residents_notice", "appointments_booking", "residents_connection")
    seen = {}
    for table in tables:
        with reading(access), connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            seen[table] = cursor.fetchone()[0]
    assert seen == dict.fromkeys(tables, 0) | {"residents_resident": 1}


@pytest.mark.parametrize("table", ["residents_connectiontoken", "residents_programsecret", "residents_account"])
def test_secrets_are_closed_to_the_web_login(table: str, db: None) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")


def test_nobody_writes_a_connection_by_hand(scene: Scene, hers: Client) -> None:
    code_of(hers, program())
    for statement in (
        "UPDATE residents_connection SET expires_at = 'infinity'",
        "UPDATE residents_program SET redirect_uris = '{https://evil.example}'",
        "INSERT INTO residents_connection SELECT * FROM residents_connection",
    ):
        with pytest.raises(DatabaseError, match="permission denied") if "program " not in statement else _nothing():
            with seeing(hers.session.get(TOKEN)), transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute(statement)
                assert cursor.rowcount == 0
    assert Program.objects.using("owner").get().redirect_uris[0] == BACK


class _nothing:
    """Row-level security hides the row instead of refusing the statement."""

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


# --- going on, and more than was agreed to --------------------------------------------------------------------------


def test_of_two_who_go_on_with_one_refresh_token_both_lose(hers: Client) -> None:
    app = App(found := program())
    first = tokens_of(hers, found)
    thief, owner = app.renew(first["refresh_token"]).json(), app.renew(first["refresh_token"])
    assert (owner.status_code, reads(thief["access_token"]), reads(first["access_token"])) == (400, 401, 401)


def test_a_scope_is_not_widened_at_any_step(hers: Client) -> None:
    app = App(found := program())
    code = code_of(hers, found, "Patient")
    wide = "patient/*.rs offline_access launch/patient"
    pair = app.trade(code, scope=wide).json()
    assert "patient/Condition.rs" not in pair["scope"]
    assert app.renew(pair["refresh_token"], scope=wide).json()["error"] == "invalid_scope"
    assert [Fhir(pair["access_token"]).get(kind).status_code for kind in KINDS] == [200, 403, 403, 403, 403]


@pytest.mark.parametrize(
    "scope",
    [
        "patient/Observation.cruds",
        "patient/Observation.*",
        "patient/*.write",
        "system/*.rs",
        "user/Observation.rs",
        "openid",
        "patient/Observation.rs?category=x",
        "patient/observation.rs",
    ],
)
def test_no_scope_is_given_that_is_not_offered(scope: str, hers: Client) -> None:
    assert told(hers.get(question(program(), f"patient/Patient.rs {scope}")))["error"] == "invalid_scope"


def test_the_bureau_switches_a_program_off_and_running_tokens_stop(hers: Client) -> None:
    app = App(found := program())
    pair = tokens_of(hers, found)
    with acting_as("owner"):
        Program.objects.update(is_active=False)
    assert [reads(pair["access_token"]), app.renew(pair["refresh_token"]).status_code] == [401, 400]
    assert app.post("revoke", token=pair["access_token"]).status_code == 400


def test_a_token_in_the_address_or_a_cookie_is_no_token(hers: Client) -> None:
    access = tokens_of(hers, program())["access_token"]
    browser = Client()
    browser.cookies["access_token"] = access
    answers = [browser.get(f"/fhir/Patient?access_token={access}"), hers.get("/fhir/Patient")]
    answers.append(Client().post("/fhir/Patient/_search", {"access_token": access}))
    assert [one.status_code for one in answers] == [401, 401, 401]


def test_a_signed_in_browser_brings_nothing_to_the_tokens_address(hers: Client) -> None:
    answer = hers.post(reverse("token"), {"grant_type": "authorization_code"})
    assert (answer.status_code, len(answer.cookies)) == (401, 0)
