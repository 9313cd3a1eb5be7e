"""Document number and password: what is said, and what a stranger can learn."""

from statistics import median
from time import perf_counter

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from residents.models import Account
from tests import factories
from tests.factories import PASSWORD
from tests.people import People
from tests.residents.door import (
    KNOWN,
    UNKNOWN,
    another_document,
    by_password,
    is_in,
    page,
    set_password,
    statements,
    switch_off,
)


def test_the_right_number_and_password_open_the_door(people: People, client: Client) -> None:
    assert by_password(client).url == reverse("home")
    assert is_in(client)


@pytest.mark.parametrize("typed", ["６４０１９９ 19570213 0125", " 640199195702130125 "])
def test_the_number_may_be_typed_as_old_phones_type_it(people: People, client: Client, typed: str) -> None:
    by_password(client, typed)
    assert is_in(client)


def test_any_document_of_a_person_opens_the_same_account(people: People, client: Client) -> None:
    another_document(people.helanfang, "91115619040506003X")
    by_password(client, "91115619040506003X")
    assert is_in(client)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请输入证件号码。"),
        ("6401991957021301", "证件号码应为18位，您输入了16位。"),
        ("640199195702130126", "证件号码最后一位校验不正确，请逐位核对。"),
        ("640199195702300125", "证件号码中的出生日期“19570230”不存在，请核对第7至14位。"),
        ("1" * 61, "证件号码应为18位，请核对。"),
    ],
)
def test_the_form_says_at_the_field_what_is_wrong(people: People, client: Client, typed: str, said: str) -> None:
    response = by_password(client, typed)
    assert response.context["form"].errors["login"] == [said]
    assert 'aria-invalid="true" aria-describedby="id_login_helptext id_login_error"' in response.content.decode()


def test_a_malformed_number_is_not_looked_up(people: People, client: Client) -> None:
    with CaptureQueriesContext(connections["signin"]) as queries:
        by_password(client, "640199195702130126")
    assert not [query for query in queries if "account_for_document" in query["sql"]]


def test_an_unknown_number_gets_the_same_page_as_a_wrong_password(people: People) -> None:
    wrong = by_password(Client(), KNOWN, "wrong-password")
    unknown = by_password(Client(), UNKNOWN, "wrong-password")
    assert (wrong.status_code, page(wrong, KNOWN)) == (unknown.status_code, page(unknown, UNKNOWN))


def test_an_unknown_number_asks_the_same_questions(people: People) -> None:
    assert _questions(KNOWN) == _questions(UNKNOWN)


def test_an_unknown_number_takes_as_long_as_a_wrong_password(people: People, settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = {"login": "", "login_failed": ""}
    set_password(people.helanfang_account, PASSWORD)
    known, unknown = [], []
    for _turn in range(7):
        known.append(_seconds(KNOWN))
        unknown.append(_seconds(UNKNOWN))
    # Without the same hashing the unknown number would answer in a tenth of the time.
    assert 0.6 < median(unknown) / median(known) < 1.7


def test_an_account_that_was_switched_off_is_as_good_as_unknown(people: People) -> None:
    wrong = by_password(Client(), KNOWN, "wrong-password")
    switch_off(people.helanfang_account)
    right = by_password(Client(), KNOWN)
    assert page(right, KNOWN) == page(wrong, KNOWN)


def test_a_person_without_an_account_is_as_good_as_unknown(people: People) -> None:
    number = factories.id_number(sequence=777)
    factories.resident("无账号", number)
    assert page(by_password(Client(), number), number) == page(by_password(Client(), UNKNOWN), UNKNOWN)


def test_the_random_username_is_of_no_use_at_this_door(people: People, client: Client) -> None:
    by_password(client, people.helanfang_account.username)
    assert not is_in(client)


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_a_foreign_place(people: People, client: Client, place: str) -> None:
    response = client.post(reverse("account_login"), {"login": KNOWN, "password": PASSWORD, "next": place})
    assert response.url == reverse("home")


def test_another_host_of_ours_is_no_own_path_either(people: People, client: Client) -> None:
    data = {"login": KNOWN, "password": PASSWORD, "next": "http://localhost/me/"}
    assert client.post(reverse("account_login"), data).url == reverse("home")


def test_one_comes_out_where_one_wanted_to_go(people: People, client: Client) -> None:
    wanted = client.get(reverse("residents:notices")).url
    response = client.post(wanted, {"login": KNOWN, "password": PASSWORD})
    assert response.url == reverse("residents:notices")


@pytest.mark.parametrize(
    "path", ["email/", "confirm-email/", "password/reset/", "password/reset/done/", "2fa/recovery-codes/download/"]
)
def test_what_is_not_offered_has_no_address(db: None, client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_sign_up_tells_the_way_to_the_window(db: None, client: Client) -> None:
    before = Account.objects.count()
    assert "到窗口核验" in client.get(reverse("account_signup")).content.decode()
    client.post(reverse("account_signup"), {"username": "somebody", "password1": PASSWORD, "password2": PASSWORD})
    assert Account.objects.count() == before


def _questions(number: str) -> list[str]:
    cache.clear()  # or the second visitor would find the address's counter already there
    with CaptureQueriesContext(connections["signin"]) as queries:
        by_password(Client(), number, "wrong-password")
    return statements(queries)


def _seconds(number: str) -> float:
    started = perf_counter()
    by_password(Client(), number, "wrong-password")
    return perf_counter() - started
