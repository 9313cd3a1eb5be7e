"""A program takes tokens for its code, goes on with them, and gives them back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation import clock
from residents.connected import tokens
from residents.models import AccessEvent, Account, Connection
from tests.people import People
from tests.residents.connected.programs import (
    BACK,
    SECRET,
    VERIFIER,
    App,
    code_of,
    endings,
    program,
    tokens_of,
)

Enter = Callable[[Account], Client]


def reads(access: str) -> int:
    """What reading with a token answers."""
    return Client().get("/fhir/Patient", headers={"Authorization": f"Bearer {access}"}).status_code


def test_a_code_gives_short_tokens_and_says_whose_record_it_is(people: People, signed_in: Enter) -> None:
    answer = App(found := program()).trade(code_of(signed_in(people.helanfang_account), found))
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["patient"]) == ("Bearer", 1800, str(people.helanfang.pk))
    assert (answer["Cache-Control"], reads(said["access_token"])) == ("no-store", 200)


def test_the_database_keeps_no_secret(people: People, signed_in: Enter) -> None:
    found = program(confidential=True)
    pair = tokens_of(signed_in(people.helanfang_account), found)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT t::text FROM residents_connectiontoken t UNION ALL SELECT s::text FROM residents_programsecret s"
            " UNION ALL SELECT c::text FROM residents_connection c"
            " UNION ALL SELECT e::text FROM residents_accessevent e"
        )
        kept = "\n".join(row[0] for row in cursor.fetchall())
    assert [one for one in (pair["access_token"], pair["refresh_token"], SECRET, VERIFIER) if one in kept] == []


def test_a_code_used_twice_ends_what_came_of_it(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    code = code_of(signed_in(people.helanfang_account), found)
    first, second = app.trade(code), app.trade(code)
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert (reads(first.json()["access_token"]), endings()) == (401, ["replayed"])


def test_the_person_reads_that_it_was_stopped_for_safety(people: People, signed_in: Enter) -> None:
    app, browser = App(found := program()), signed_in(people.helanfang_account)
    code = code_of(browser, found)
    for _turn in range(2):
        app.trade(code)
    assert "为安全起见停止了应用的授权" in browser.get("/me/access-log/").content.decode()


def test_a_code_lasts_a_minute(people: People, signed_in: Enter, at: Callable) -> None:
    app, now = App(found := program()), clock.now()
    with at(now):
        code = code_of(signed_in(people.helanfang_account), found)
    with at(now + timedelta(seconds=60)):
        answer = app.trade(code)
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "com.example.app:/cb"}, "invalid_grant"),
        ({"redirect_uri": f"{BACK}/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"client_id": "01900000-0000-7000-8000-000000000099"}, "invalid_client"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_needs_its_verifier_its_address_and_its_program(
    changed: dict[str, str | None], error: str, people: People, signed_in: Enter
) -> None:
    found = program()
    code = code_of(signed_in(people.helanfang_account), found)
    sent = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert App(found).post("token", **{**sent, "code": code, **changed}).json()["error"] == error


def test_the_database_itself_asks_for_the_verifier(people: People, signed_in: Enter) -> None:
    found = program()
    code = code_of(signed_in(people.helanfang_account), found)
    shown = tokens.shown(found, code, "code")
    assert shown is not None
    given = tokens.give(
        found,
        shown,
        redirect_uri=BACK,
        verifier="w" * 43,
        scopes=list(shown.scopes),
        access="a",
        refresh=None,
    )
    assert given is None


def test_another_programs_code_is_no_code(people: People, signed_in: Enter) -> None:
    code = code_of(signed_in(people.helanfang_account), program())
    answer = App(program(name="另一个应用")).trade(code)
    assert (answer.json()["error"], endings()) == ("invalid_grant", [""])


def test_a_program_with_a_server_shows_its_secret(people: People, signed_in: Enter) -> None:
    found = program(confidential=True)
    code = code_of(signed_in(people.helanfang_account), found)
    got = [App(found, secret=secret).trade(code).status_code for secret in ("", "wrong", SECRET)]
    assert got == [401, 401, 200]


def test_a_program_without_one_cannot_pretend_to_have_one(people: People, signed_in: Enter) -> None:
    found = program()
    code = code_of(signed_in(people.helanfang_account), found)
    assert App(found, secret="guess").trade(code).status_code == 401


def test_a_refresh_token_gives_a_new_pair_and_counts_no_more(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    first = tokens_of(signed_in(people.helanfang_account), found)
    second = app.renew(first["refresh_token"]).json()
    assert (reads(second["access_token"]), second["refresh_token"] != first["refresh_token"]) == (200, True)


def test_an_old_refresh_token_ends_everything(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    first = tokens_of(signed_in(people.helanfang_account), found)
    second = app.renew(first["refresh_token"]).json()
    again = app.renew(first["refresh_token"])
    assert (again.json()["error"], reads(second["access_token"]), endings()) == ("invalid_grant", 401, ["reused"])
    assert app.renew(second["refresh_token"]).status_code == 400


def test_a_refresh_asks_for_less_and_never_for_more(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    first = tokens_of(signed_in(people.helanfang_account), found, "Patient", "Observation")
    more = app.renew(first["refresh_token"], scope="patient/Patient.rs patient/Condition.rs")
    less = app.renew(first["refresh_token"], scope="patient/Observation.rs")
    assert (more.json()["error"], less.json()["scope"]) == ("invalid_scope", "patient/Observation.rs")
    assert (reads(less.json()["access_token"]), reads(first["access_token"])) == (403, 200)


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    pair = tokens_of(signed_in(people.helanfang_account), found)
    assert (app.renew(pair["access_token"]).status_code, reads(pair["refresh_token"])) == (400, 401)


def test_an_access_token_ends_after_its_minutes(people: People, signed_in: Enter, at: Callable) -> None:
    found, now = program(), clock.now()
    with at(now):
        access = tokens_of(signed_in(people.helanfang_account), found)["access_token"]
    got = []
    for minutes in (29, 30):
        with at(now + timedelta(minutes=minutes)):
            got.append(reads(access))
    assert got == [200, 401]


def test_a_program_signs_off(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    pair = tokens_of(signed_in(people.helanfang_account), found)
    answer = app.post("revoke", token=pair["refresh_token"])
    assert (answer.status_code, reads(pair["access_token"]), endings()) == (200, 401, ["program"])
    assert AccessEvent.objects.using("owner").filter(action="residents.program_left").count() == 1


def test_giving_back_an_access_token_leaves_the_rest(people: People, signed_in: Enter) -> None:
    app = App(found := program())
    pair = tokens_of(signed_in(people.helanfang_account), found)
    app.post("revoke", token=pair["access_token"], token_type_hint="access_token")
    assert (reads(pair["access_token"]), app.renew(pair["refresh_token"]).status_code) == (401, 200)


def test_nobody_gives_back_anothers_token_and_nobody_learns_of_it(people: People, signed_in: Enter) -> None:
    pair = tokens_of(signed_in(people.helanfang_account), program())
    other = App(program(name="另一个应用"))
    answers = [other.post("revoke", token=token).content for token in (pair["refresh_token"], "nonsense")]
    assert (answers[0] == answers[1], reads(pair["access_token"])) == (True, 200)


def test_a_parameter_in_the_address_does_not_count(people: People, signed_in: Enter) -> None:
    found = program()
    code = code_of(signed_in(people.helanfang_account), found)
    sent = {"client_id": str(found.pk), "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    answer = Client().post(reverse("token", query={"grant_type": "authorization_code"}), sent)
    assert answer.json()["error"] == "unsupported_grant_type"


def test_an_address_that_asks_for_tokens_too_often_waits(db: None, limit: Callable) -> None:
    limit("programs.tokens_per_minute", 1)
    got = [App(program(name=f"应用{turn}")).trade("x").status_code for turn in range(2)]
    assert got == [400, 429]


def test_what_this_server_can_do_is_public_and_leads_to_its_addresses(db: None) -> None:
    said = Client().get("/.well-known/oauth-authorization-server").json()
    # The test server has no certificate; the rest is as RFC 8414 wants it.
    AuthorizationServerMetadata(
        {name: str(one).replace("http:", "https:") if isinstance(one, str) else one for name, one in said.items()}
    ).validate()
    assert (said["code_challenge_methods_supported"], said["grant_types_supported"]) == (
        ["S256"],
        ["authorization_code", "refresh_token"],
    )


def test_smart_apps_begin_at_the_fhir_address(db: None) -> None:
    said = Client().get("/fhir/.well-known/smart-configuration").json()
    assert {"launch-standalone", "permission-v2", "client-public"} <= set(said["capabilities"])


def test_a_connection_ends_when_it_is_over(people: People, signed_in: Enter, at: Callable) -> None:
    app, now = App(found := program()), clock.now()
    with at(now):
        pair = tokens_of(signed_in(people.helanfang_account), found)
    refresh = pair["refresh_token"]
    for days in (50, 100, 150):
        with at(now + timedelta(days=days)):
            refresh = app.renew(refresh).json()["refresh_token"]
    with at(now + timedelta(days=181)):
        assert app.renew(refresh).status_code == 400
    assert Connection.objects.using("owner").get().ended_at is None
