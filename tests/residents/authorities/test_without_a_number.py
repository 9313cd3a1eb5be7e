"""Verified, but without a number: a slip from a counter, and what one registered on line oneself."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from residents.models import Account, ActivationCode, Resident
from residents.registration.codes import in_fours, slip_index
from tests import factories
from tests.factories import id_number, made
from tests.people import People
from tests.residents.authorities.visits import enter, her, live_bindings, proofs, signed_in_as
from tests.residents.authority_server import AuthorityServer, Person
from tests.residents.door import by_password

CODE = "AC34GH67"
CLAIMED = id_number(sequence=611)


def slip(of: Resident, people: People, code: str = CODE, **fields: object) -> ActivationCode:
    """A slip printed an hour ago for somebody who showed their card."""
    now = timezone.now()
    fields = {"level": 3, "issued_at": now - timedelta(hours=1), "expires_at": now + timedelta(days=7)} | fields
    return made(
        ActivationCode(
            resident=of,
            facility=people.township,
            code_hash=slip_index(code),
            issued_by=people.zhangqiantai.pk,
            **fields,
        )
    )


def type_code(client: Client, code: str = CODE) -> int:
    return client.post(reverse("account_authority_unbound"), {"code": code}).status_code


@pytest.fixture
def newcomer(people: People) -> Resident:
    """Somebody the county knows, without an account."""
    return factories.resident("马德海", id_number(sequence=613))


def test_a_slip_opens_the_account_and_binds_it(
    people: People, newcomer: Resident, client: Client, server: AuthorityServer
) -> None:
    slip(newcomer, people)
    enter(client, server, Person("dehai"))
    assert type_code(client, in_fours(CODE).lower()) == 302
    with acting_as("owner"):
        opened = Account.objects.get(resident=newcomer)
    assert signed_in_as(client) == str(opened.pk)
    assert [(line.account_id, line.level) for line in live_bindings()] == [(opened.pk, 3)]


def test_from_then_on_the_platform_alone_opens_it(
    people: People, newcomer: Resident, client: Client, server: AuthorityServer
) -> None:
    slip(newcomer, people)
    first = Client()
    enter(first, server, Person("dehai"))
    type_code(first)
    enter(client, server, Person("dehai"))
    assert signed_in_as(client) == signed_in_as(first)


def test_a_slip_serves_once(people: People, newcomer: Resident, client: Client, server: AuthorityServer) -> None:
    slip(newcomer, people)
    first = Client()
    enter(first, server, Person("dehai"))
    type_code(first)
    enter(client, server, Person("somebody-else"))
    assert type_code(client) == 200 and signed_in_as(client) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": timezone.now() - timedelta(minutes=1)},
        {"revoked_at": timezone.now()},
        {"tries": 200},
    ],
    ids=["past", "revoked", "tried too often"],
)
def test_a_slip_that_is_over_opens_nothing(
    people: People, newcomer: Resident, client: Client, server: AuthorityServer, fields: dict[str, object]
) -> None:
    slip(newcomer, people, **fields)
    enter(client, server, Person("dehai"))
    assert type_code(client) == 200 and signed_in_as(client) is None


def test_a_slip_of_another_name_opens_nothing(
    people: People, newcomer: Resident, client: Client, server: AuthorityServer
) -> None:
    """The platform told a name, and it is not the slip's."""
    slip(newcomer, people)
    enter(client, server, Person("wang", {"name": "王建国"}))
    assert type_code(client) == 200 and signed_in_as(client) is None


def test_a_childs_slip_opens_nothing(people: People, client: Client, server: AuthorityServer) -> None:
    slip(factories.resident("林子涵", id_number(date(2019, 5, 18), 27)), people)
    enter(client, server, Person("child"))
    assert type_code(client) == 200 and signed_in_as(client) is None


def test_a_code_is_no_use_to_whom_no_authority_verified(
    people: People, newcomer: Resident, client: Client, server: AuthorityServer
) -> None:
    slip(newcomer, people)
    assert type_code(client) == 302 and signed_in_as(client) is None


def test_after_five_tries_the_same_person_must_wait(
    people: People, newcomer: Resident, client: Client, server: AuthorityServer
) -> None:
    slip(newcomer, people)
    for attempt in range(5):
        visitor = Client()
        enter(visitor, server, Person("guesser"))
        type_code(visitor, f"AAAAAAA{'34679'[attempt]}")
    enter(client, server, Person("guesser"))
    assert type_code(client) == 200 and signed_in_as(client) is None


def test_the_page_asks_for_the_slip_and_for_no_number(people: People, client: Client, server: AuthorityServer) -> None:
    page = client.get(enter(client, server, her()).url).content.decode()
    assert 'name="code"' in page and 'name="number"' not in page and 'name="login"' not in page


# --- what one registered oneself -------------------------------------------------------------------------------------
@pytest.fixture
def registered(people: People) -> Account:
    """李四, who registered on line: a claim on a number the county does not know."""
    person = factories.resident("李四", CLAIMED, provisional=True)
    with acting_as("owner"):
        person.identifiers.update(claimed=True)
    return factories.account(person, level=1)


def claims(account: Account) -> tuple[bool, bool]:
    with acting_as("owner"):
        person = Resident.objects.get(pk=account.resident_id)
        return person.provisional, person.identifiers.get().claimed


def test_an_authority_proves_what_one_registered(registered: Account, client: Client, server: AuthorityServer) -> None:
    by_password(client, CLAIMED)
    enter(client, server, Person("li", {"name": "李四", "id_number": CLAIMED}))
    assert claims(registered) == (False, False)
    assert [proof.level for proof in proofs(registered)] == [3]


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "张三", "id_number": CLAIMED},
        {"id_number": CLAIMED},
        {"name": "李四", "id_number": id_number(sequence=617)},
        {"name": "李四"},
    ],
    ids=["another name", "no name", "another number", "no number"],
)
def test_nothing_less_proves_it(
    registered: Account, client: Client, server: AuthorityServer, facts: dict[str, str]
) -> None:
    by_password(client, CLAIMED)
    enter(client, server, Person("li", facts))
    assert claims(registered) == (True, True) and proofs(registered) == []


def test_a_claim_on_a_number_the_county_knows_is_never_proved(
    registered: Account, client: Client, server: AuthorityServer
) -> None:
    """Results of the true person must not come to whoever registered with the number."""
    factories.resident("李四", CLAIMED)
    by_password(client, CLAIMED)
    enter(client, server, Person("li", {"name": "李四", "id_number": CLAIMED}))
    assert claims(registered) == (True, True) and proofs(registered) == [] and live_bindings() == []


def test_a_squatters_account_is_not_what_the_authority_opens(
    registered: Account, client: Client, server: AuthorityServer
) -> None:
    enter(client, server, Person("the-true-one", {"name": "李四", "id_number": CLAIMED}))
    assert signed_in_as(client) is None
