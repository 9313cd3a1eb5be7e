"""A number was matched by a phone, and the phone is in other hands: the authority's word ends what was set up so."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import Account, AccountSession, Delivery, KnownDevice, Verification
from tests import factories
from tests.factories import id_number
from tests.people import People
from tests.residents.authorities.visits import OPENID, bound, enter, live_bindings, proofs, signed_in_as, tap
from tests.residents.authority_server import AuthorityServer, Person
from tests.residents.door import by_password, is_in
from tests.residents.second_steps import pair

NUMBER = id_number(sequence=641)
TRUE_ONE = Person("the-true-one", {"name": "马德海", "id_number": NUMBER})
RENEWED = "原来的密码、手机号、通行密钥和微信绑定都已作废"


@pytest.fixture
def matched(people: People) -> Account:
    """An account of 马德海 that somebody opened by his name, his number and the phone a clinic had noted."""
    return factories.account(factories.resident("马德海", NUMBER), level=2)


@pytest.fixture
def intruder(matched: Account) -> Client:
    """Whoever has the phone now, signed in."""
    client = Client()
    by_password(client, NUMBER)
    assert is_in(client)
    return client


def now_of(account: Account) -> Account:
    with acting_as("owner"):
        return Account.objects.get(pk=account.pk)


def levels(account: Account) -> list[int]:
    with acting_as("owner"):
        return list(Verification.objects.filter(account=account, revoked_at=None).values_list("level", flat=True))


def test_the_intruder_is_out_at_once(
    matched: Account, intruder: Client, client: Client, server: AuthorityServer
) -> None:
    enter(client, server, TRUE_ONE)
    assert (signed_in_as(client), is_in(client), is_in(intruder)) == (str(matched.pk), True, False)


def test_the_intruders_password_and_phone_open_nothing_more(
    matched: Account, intruder: Client, client: Client, server: AuthorityServer
) -> None:
    enter(client, server, TRUE_ONE)
    again = Client()
    by_password(again, NUMBER)
    left = now_of(matched)
    assert (is_in(again), left.has_usable_password(), left.phone, left.pin) == (False, False, None, "")


def test_the_intruders_second_factor_device_and_openid_are_gone(
    matched: Account, intruder: Client, client: Client, server: AuthorityServer
) -> None:
    pair(matched)
    bound(matched, OPENID, "wechat", level=2)
    bound(matched, "pseudonym-of-the-intruder", level=2)
    enter(client, server, TRUE_ONE)
    with acting_as("owner"):
        assert not Authenticator.objects.filter(user=matched).exists()
        assert KnownDevice.objects.filter(account=matched).count() == 1  # the one that was used just now
    assert [line.subject for line in live_bindings(account=matched)] == ["the-true-one"]
    other = Client()
    tap(other, server)
    assert signed_in_as(other) is None


def test_the_phone_that_has_just_ended_hears_of_it(matched: Account, client: Client, server: AuthorityServer) -> None:
    """If it was the authority that was deceived, this is where the owner hears of it."""
    with acting_as("owner"):
        matched.phone = "19900000055"
        matched.save()
    enter(client, server, TRUE_ONE)
    with acting_as("owner"):
        assert [sent.recipient for sent in Delivery.objects.filter(template="account_opened")] == ["19900000055"]


def test_only_the_authoritys_proof_is_left(matched: Account, client: Client, server: AuthorityServer) -> None:
    enter(client, server, TRUE_ONE)
    assert levels(matched) == [3]


def test_one_is_told_what_to_do(matched: Account, client: Client, server: AuthorityServer) -> None:
    page = client.get(enter(client, server, TRUE_ONE).url).content.decode()
    assert RENEWED in page


def test_the_second_time_nothing_ends(matched: Account, client: Client, server: AuthorityServer) -> None:
    enter(client, server, TRUE_ONE)
    with acting_as("owner"):
        account = Account.objects.get(pk=matched.pk)
        account.set_password("new-password-of-his")
        account.save(update_fields=["password"])
    enter(Client(), server, TRUE_ONE)
    assert now_of(matched).has_usable_password()


def test_what_was_proved_at_a_counter_stays(people: People, client: Client, server: AuthorityServer) -> None:
    proved = factories.account(factories.resident("马德海", NUMBER), level=3)
    enter(client, server, TRUE_ONE)
    assert now_of(proved).has_usable_password() and levels(proved) == [3, 3]


def test_before_binding_one_is_told_what_will_end(
    matched: Account, signed_in: Callable[[Account], Client], server: AuthorityServer
) -> None:
    page = signed_in(matched).get(reverse("residents:bindings")).content.decode()
    assert "原来的密码、手机号、两步验证和其他设备上的登录都会失效" in page


def test_binding_from_inside_ends_the_rest_as_well(
    matched: Account, intruder: Client, client: Client, server: AuthorityServer
) -> None:
    """He remembers the password he once chose; somebody else has been coming in by the phone."""
    by_password(client, NUMBER)
    response = enter(client, server, TRUE_ONE)
    assert RENEWED in client.get(response.url).content.decode()
    assert (is_in(client), is_in(intruder), now_of(matched).has_usable_password()) == (True, False, False)
    assert [line.subject for line in live_bindings(account=matched)] == ["the-true-one"]


def test_a_name_that_lifts_an_older_binding_ends_the_rest(
    matched: Account, intruder: Client, client: Client, server: AuthorityServer
) -> None:
    bound(matched, "the-true-one", level=2)
    enter(client, server, Person("the-true-one", {"name": "马德海"}))
    assert (is_in(client), is_in(intruder)) == (True, False)
    assert [proof.level for proof in proofs(matched)] == [3]


def test_a_person_without_an_account_is_told_nothing_of_the_kind(
    people: People, client: Client, server: AuthorityServer
) -> None:
    factories.resident("马德海", NUMBER)
    assert RENEWED not in client.get(enter(client, server, TRUE_ONE).url).content.decode()


def test_a_first_password_can_be_set_at_once(matched: Account, client: Client, server: AuthorityServer) -> None:
    enter(client, server, TRUE_ONE)
    client.post(reverse("account_set_password"), {"password1": "kuan-di-94-he", "password2": "kuan-di-94-he"})
    assert now_of(matched).has_usable_password()
    with acting_as("owner"):
        assert AccountSession.objects.filter(account=matched).count() == 1


@pytest.mark.parametrize("login", ["default", "worker"])
def test_no_other_login_may_end_what_opens_an_account(matched: Account, login: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using=login):
        with connections[login].cursor() as cursor:
            cursor.execute("SELECT app.end_weaker_sign_in(%s, NULL, '')", [matched.pk])
