"""A resident agrees to what a program asks for, or not."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from residents.connected import tokens
from residents.models import Account, Connection, Notice
from tests import factories
from tests.people import People
from tests.residents.connected.programs import BACK, App, answered, code_of, program, question, told
from tests.sessions import session_of

Enter = Callable[[Account], Client]


def test_the_page_says_who_asks_for_what_in_plain_words(people: People, signed_in: Enter) -> None:
    page = signed_in(people.helanfang_account).get(question(program())).content.decode()
    assert all(word in page for word in ("健康管家", "清河健康科技有限公司", "检验项目和测量值", "180天", "不同意"))


def test_only_what_is_asked_for_is_on_the_page(people: People, signed_in: Enter) -> None:
    page = signed_in(people.helanfang_account).get(question(program(), "patient/Observation.rs")).content.decode()
    assert ("检验项目和测量值" in page, "医疗文书" in page) == (True, False)


def test_a_yes_goes_back_with_a_code_the_state_and_the_servers_name(people: People, signed_in: Enter) -> None:
    back = answered(signed_in(people.helanfang_account), question(program()))
    assert back["Location"].startswith(f"{BACK}?")
    assert (set(told(back)), told(back)["state"]) == ({"code", "state", "iss"}, "xyz")


def test_the_person_finds_it_in_their_inbox(people: People, signed_in: Enter) -> None:
    browser, found = signed_in(people.helanfang_account), program()
    code_of(browser, found)
    answered(browser, question(found), answer="deny")
    notice, made = Notice.objects.using("owner").get(), Connection.objects.using("owner").get()
    assert (notice.resident_id, notice.kind, notice.subject_id) == (
        people.helanfang.pk,
        "program_connected",
        made.pk,
    )
    assert browser.post(reverse("residents:open_notice", args=[notice.pk]))["Location"] == reverse("residents:programs")


def test_a_no_goes_back_without_one(people: People, signed_in: Enter) -> None:
    back = answered(signed_in(people.helanfang_account), question(program()), answer="deny")
    assert (told(back)["error"], Connection.objects.using("owner").count()) == ("access_denied", 0)


def test_a_kind_that_was_unticked_is_not_given(people: People, signed_in: Enter) -> None:
    found = program()
    code = code_of(signed_in(people.helanfang_account), found, "Observation")
    scope = App(found).trade(code).json()["scope"]
    assert scope == "launch/patient offline_access patient/Observation.rs"


def test_a_kind_that_was_never_asked_for_cannot_be_ticked(people: People, signed_in: Enter) -> None:
    answer = answered(signed_in(people.helanfang_account), question(program(), "patient/Patient.r"), "Condition")
    assert (answer.status_code, Connection.objects.using("owner").count()) == (200, 0)


def test_nothing_ticked_is_said_on_the_page(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    answer = browser.post(question(program()), {"answer": "allow"})
    assert "请至少留一项" in answer.content.decode()


def test_without_going_on_there_is_no_refresh_token_and_it_ends_by_itself(people: People, signed_in: Enter) -> None:
    found = program()
    code = code_of(signed_in(people.helanfang_account), found, goes_on=False)
    answer = App(found).trade(code).json()
    made = Connection.objects.using("owner").get()
    assert ("refresh_token" in answer, (made.expires_at - made.given_at).total_seconds()) == (False, 31 * 60)


def test_agreeing_anew_takes_the_place_of_what_was(people: People, signed_in: Enter) -> None:
    browser, found = signed_in(people.helanfang_account), program()
    for _turn in range(2):
        code_of(browser, found)
    assert sorted(Connection.objects.using("owner").values_list("ending", flat=True)) == ["", "renewed"]


def test_who_proved_themselves_long_ago_does_so_again_and_comes_back(people: People, signed_in: Enter) -> None:
    browser = signed_in(people.helanfang_account)
    proved_long_ago(browser)
    answer = browser.get(question(program()))
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Foauth%2Fauthorize")


def proved_long_ago(browser: Client) -> None:
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
    session.save()


def test_the_database_takes_no_answer_without_a_recent_proof(people: People, signed_in: Enter) -> None:
    browser, found = signed_in(people.helanfang_account), program()
    proved_long_ago(browser)
    with session_of(browser):
        taken = tokens.connect(
            found,
            agreed=tokens.Agreed(people.helanfang.pk, ["patient/Observation.rs"], factories.NOON),
            redirect_uri=BACK,
            challenge="c" * 43,
            code="x",
            address="127.0.0.1",
            reference="",
        )
    assert taken is False


def test_nobody_agrees_for_another(people: People, signed_in: Enter) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "records", "results")
    daughter = signed_in(people.hexiaoyu_account)
    daughter.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    found = program()
    page = daughter.get(question(found))
    refused = answered(daughter, question(found))
    assert ([page.status_code, refused.status_code], Connection.objects.using("owner").count()) == ([403, 403], 0)


def test_staff_have_no_record_to_give(people: People, signed_in: Enter) -> None:
    assert signed_in(people.licunyi).get(question(program())).status_code == 403


def test_whose_record_is_not_open_to_themselves_gives_it_to_nobody(people: People, signed_in: Enter) -> None:
    young = factories.resident("马小军", factories.id_number(factories.NOON.date().replace(year=1990), 31))
    account = factories.account(young, phone="19900000009", consents=())
    assert signed_in(account).get(question(program())).status_code == 403


def test_signed_out_one_signs_in_first(people: People) -> None:
    answer = Client().get(question(program()))
    assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"aud": "https://elsewhere.example.org/fhir"}, "invalid_request"),
        ({"scope": "patient/Observation.write"}, "invalid_scope"),
        ({"scope": "user/*.rs"}, "invalid_scope"),
        ({"scope": "patient/Coverage.rs"}, "invalid_scope"),
        ({"scope": "offline_access"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
    ],
)
def test_a_request_that_cannot_be_granted_goes_back_with_its_error(
    changed: dict[str, str | None], error: str, people: People, signed_in: Enter
) -> None:
    back = signed_in(people.helanfang_account).get(question(program(), **changed))
    assert (back.status_code, told(back)["error"], told(back).get("state")) == (302, error, changed.get("state", "xyz"))


def test_the_bureau_limits_what_a_program_may_ask_for(people: People, signed_in: Enter) -> None:
    found = program(kinds=["Immunization"])
    back = signed_in(people.helanfang_account).get(question(found, "patient/Observation.rs"))
    assert told(back)["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": None},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": f"{BACK}?x=1"},
        {"redirect_uri": "https://app.example.org.evil.example/back"},
        {"redirect_uri": "HTTPS://app.example.org/back"},
        {"redirect_uri": "https://app.example.org/Back"},
        {"redirect_uri": 'https://app.example.org/back"<script>'},
        {"redirect_uri": "https://app.example.org/贺"},
        {"client_id": "01900000-0000-7000-8000-000000000099"},
        {"client_id": "no-uuid"},
        {"client_id": None},
        {"response_type": "token"},
        {"response_type": "贺"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_programs(
    changed: dict[str, str | None], people: People, signed_in: Enter
) -> None:
    answer = signed_in(people.helanfang_account).get(question(program(), **changed))
    location = answer.get("Location", "")
    assert (answer.status_code == 400 and not location) or location.startswith(
        f"{BACK}?error=unsupported_response_type"
    )


def test_a_program_that_is_switched_off_cannot_ask(people: People, signed_in: Enter) -> None:
    answer = signed_in(people.helanfang_account).get(question(program(is_active=False)))
    assert answer.status_code == 400


def test_a_parameter_that_comes_twice_is_not_guessed_at(people: People, signed_in: Enter) -> None:
    answer = signed_in(people.helanfang_account).get(question(program()) + "&scope=patient/Patient.r")
    assert answer.status_code == 400


def test_the_policy_lets_the_form_lead_back_to_the_program(people: People, signed_in: Enter) -> None:
    policy = signed_in(people.helanfang_account).get(question(program()))["Content-Security-Policy"]
    assert "form-action 'self' https://app.example.org;" in f"{policy};"
