"""Row-level security by the session's token: what the database itself lets a session see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account, Delegation, Resident, Verification
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of


def names() -> set[str]:
    return set(Resident.objects.values_list("name", flat=True))


def test_the_web_login_is_no_superuser_and_bypasses_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("portal_web", False, False)


def test_a_forgotten_filter_shows_only_oneself(people: People, signed_in: Callable[[Account], Client]) -> None:
    with session_of(signed_in(people.helanfang_account)):
        assert names() == {"贺兰芳"}


def test_without_a_token_nobody_is_seen(people: People) -> None:
    with transaction.atomic():
        assert names() == set()


def test_outside_a_transaction_nobody_is_seen(people: People, signed_in: Callable[[Account], Client]) -> None:
    with seeing(signed_in(people.helanfang_account).session.get(TOKEN)):
        assert names() == set()


def test_a_guessed_token_opens_nothing(people: People) -> None:
    with seeing("guess"), transaction.atomic():
        assert names() == set()


def test_signing_out_ends_the_token_at_once(people: People, signed_in: Callable[[Account], Client]) -> None:
    client = signed_in(people.helanfang_account)
    token = client.session.get(TOKEN)
    client.logout()
    with seeing(token), transaction.atomic():
        assert names() == set()


def test_a_disabled_account_sees_nothing_at_once(people: People, signed_in: Callable[[Account], Client]) -> None:
    client = signed_in(people.helanfang_account)
    with acting_as("owner"):
        Account.objects.filter(pk=people.helanfang_account.pk).update(is_active=False)
    with session_of(client):
        assert names() == set()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM residents_account",
        "SELECT * FROM residents_accountsession",
        "SELECT * FROM residents_verification",
        "SELECT app.account_for_document('resident_id_card', ''::bytea)",
        "SELECT * FROM residents_delivery",
        "SELECT * FROM exchange_inbound",
        "SET ROLE portal_worker",
        "SET session_replication_role = replica",
        "ALTER TABLE residents_resident DISABLE ROW LEVEL SECURITY",
    ],
)
def test_injected_sql_is_refused(people: People, signed_in: Callable[[Account], Client], statement: str) -> None:
    with pytest.raises(ProgrammingError), session_of(signed_in(people.helanfang_account)):
        connection.cursor().execute(statement)


def test_an_injected_setting_gains_nothing(people: People, signed_in: Callable[[Account], Client]) -> None:
    sql = (
        "SELECT r.name FROM (SELECT set_config('app.token', 'x', true)) s, LATERAL (SELECT * FROM residents_resident) r"
    )
    with session_of(signed_in(people.helanfang_account)):
        cursor = connection.cursor()
        cursor.execute(sql)
        assert {row[0] for row in cursor.fetchall()} <= {"贺兰芳"}


def delegation(people: People, **fields: Any) -> Delegation:
    return factories.made(
        Delegation(
            resident=people.helanfang,
            delegate=people.hexiaoyu,
            relation="family",
            **{"scope": ["identity"], "starts_at": NOON - timedelta(days=1), "ends_at": NOON + timedelta(days=1)}
            | fields,
        )
    )


def test_a_delegate_sees_the_person_until_the_minute_it_ends(
    people: People, signed_in: Callable[[Account], Client], at: Callable[..., Any]
) -> None:
    delegation(people)
    with at(NOON):
        client = signed_in(people.hexiaoyu_account)
        with session_of(client):
            assert names() == {"贺小雨", "贺兰芳"}
    with at(NOON + timedelta(days=1)), session_of(client):
        assert "贺兰芳" not in names()


def test_records_need_a_proved_level(people: People, signed_in: Callable[[Account], Client]) -> None:
    with acting_as("owner"):
        Verification.objects.filter(account=people.helanfang_account).update(level=1)
    with session_of(signed_in(people.helanfang_account)):
        cursor = connection.cursor()
        cursor.execute("SELECT app.residents_for('records'), app.residents_for('booking')")
        assert cursor.fetchone() == ([], [people.helanfang.pk])


def test_the_control_the_policy_is_what_protects(people: People, signed_in: Callable[[Account], Client]) -> None:
    with acting_as("owner"):
        from django.db import connections

        cursor = connections["owner"].cursor()
        cursor.execute("ALTER TABLE residents_resident DISABLE ROW LEVEL SECURITY")
    try:
        with session_of(signed_in(people.helanfang_account)):
            assert len(names()) == 3
    finally:
        cursor.execute("ALTER TABLE residents_resident ENABLE ROW LEVEL SECURITY")
