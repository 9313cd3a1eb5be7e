"""Ways round the door that were tried against it: each of these once let somebody in, or kept somebody out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from residents.messages import send_code
from residents.models import Account, Delivery, Notice, Verification
from tests import factories
from tests.factories import NOON, PASSWORD, id_number
from tests.people import People
from tests.residents.authorities.conftest import server  # noqa: F401  # the fixture of the authorities' room
from tests.residents.authorities.visits import OPENID, begin, bound, come_back, live_bindings, tap
from tests.residents.authority_server import AuthorityServer, Person
from tests.residents.door import KNOWN, ask_code, by_password, set_password, work
from tests.residents.registering import NEW, PHONE, account_with, ask, finish, register

Clock = Callable[[datetime], AbstractContextManager[Any]]
Enter = Callable[[Account], Client]
OTHER_PHONE = "19912340009"


# --- a session that proved nothing, or not lately --------------------------------------------------------------------
def test_a_tap_in_wechat_does_not_set_the_first_password(
    people: People,
    client: Client,
    server: AuthorityServer,  # noqa: F811
) -> None:
    """Whoever holds the phone would set a password, prove themselves with it, and read the record."""
    set_password(people.helanfang_account, None)
    bound(people.helanfang_account, OPENID, "wechat")
    tap(client, server)
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    with acting_as("owner"):
        assert not Account.objects.get(pk=people.helanfang_account.pk).has_usable_password()


def test_an_old_session_does_not_swap_the_platforms_name_for_anothers(
    people: People,
    client: Client,
    server: AuthorityServer,  # noqa: F811
    at: Clock,
) -> None:
    """Setting out to prove oneself needs no proof; unbinding on the way must not make a binding of it."""
    bound(people.helanfang_account, "pseudonym-of-her")
    by_password(client)
    with at(timezone.now() + timedelta(minutes=10)):
        answer = server.sign_in(begin(client).url, Person("pseudonym-of-the-thief", {}))
        client.post(reverse("residents:unbind", args=["oidc"]))
        come_back(client, answer)
    assert live_bindings(authority="oidc") == []


def test_a_first_password_is_not_kept_by_changing_it_to_itself(people: People, client: Client) -> None:
    with acting_as("owner"):
        Account.objects.filter(pk=people.zhangqiantai.pk).update(must_change_password=True)
    client.force_login(people.zhangqiantai)
    same = {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_change_password"), same)
    with acting_as("owner"):
        assert Account.objects.get(pk=people.zhangqiantai.pk).must_change_password


def test_the_present_password_cannot_be_guessed_on_the_page_that_changes_it(
    people: People, signed_in: Enter, at: Clock
) -> None:
    """Five wrong ones in a quarter of an hour, as at the door; a limit for each minute would allow thousands a day."""
    inside, new = signed_in(people.helanfang_account), "lantern-meadow-77"
    address, start = reverse("account_change_password"), timezone.now()
    for turn in range(6):
        typed = PASSWORD if turn == 5 else "wrong-one"
        with at(start + timedelta(minutes=2 * turn)):
            inside.post(address, {"oldpassword": typed, "password1": new, "password2": new})
    with acting_as("owner"):
        assert Account.objects.get(pk=people.helanfang_account.pk).check_password(PASSWORD)


def test_a_new_pin_ends_the_other_sign_ins(people: People, signed_in: Enter) -> None:
    inside, elsewhere = signed_in(people.helanfang_account), signed_in(people.helanfang_account)
    inside.post(reverse("residents:pin"), {"pin": "739164", "again": "739164"})
    assert elsewhere.get(reverse("residents:me")).status_code == 302


def test_every_use_of_a_passkey_asks_for_finger_or_pin(settings: Any) -> None:
    """Else a stolen key answers to the challenge of a thief's own second step, which asked for neither."""
    from allauth.mfa import app_settings

    assert app_settings.WEBAUTHN_USER_VERIFICATION == "required"


# --- somebody squats on a number -------------------------------------------------------------------------------------
def test_a_claim_does_not_keep_the_real_person_from_being_matched(people: People) -> None:
    real = factories.resident("钱来顺", id_number(sequence=801), phone=PHONE)
    register(Client(), id_number(sequence=801), "冒名者", OTHER_PHONE)
    register(Client(), id_number(sequence=801), "钱来顺", PHONE)
    with acting_as("owner"):
        proof = Verification.objects.get(account__resident=real)
    assert proof.level == 2


def test_the_squatter_does_not_sign_in_once_the_real_person_was_matched(people: People, client: Client) -> None:
    factories.resident("钱来顺", id_number(sequence=801), phone=PHONE)
    register(Client(), id_number(sequence=801), "冒名者", OTHER_PHONE)
    register(Client(), id_number(sequence=801), "钱来顺", PHONE)
    by_password(client, id_number(sequence=801))
    assert str(account_with("钱来顺").pk) == client.session["_auth_user_id"]  # type: ignore[union-attr]


@pytest.mark.parametrize("claimed_before", [False, True])
def test_a_person_without_an_account_hears_of_a_claim_and_the_squatter_does_not(
    people: People, claimed_before: bool
) -> None:
    real = factories.resident("钱来顺", id_number(sequence=801), phone=PHONE)
    if claimed_before:
        register(Client(), id_number(sequence=801), "冒名者", OTHER_PHONE)
        with acting_as("owner"):
            Notice.objects.all().delete()
    register(Client(), id_number(sequence=801), "另一个", "19912340008")
    with acting_as("owner"):
        told = Notice.objects.filter(kind=Notice.Kind.REGISTRATION_ATTEMPT)
        assert [notice.resident_id for notice in told] == [real.pk]


# --- a stranger keeps the owner out ----------------------------------------------------------------------------------
def test_strangers_do_not_use_up_what_a_known_device_may_receive(people: People, client: Client, at: Clock) -> None:
    """The phone's own allowance is counted when codes leave; a stranger needs only the phone number to fill it."""
    phone = people.helanfang_account.phone
    with at(NOON):
        by_password(client)
        client.post(reverse("account_logout"))
    for turn in range(1, 6):
        with at(NOON + timedelta(minutes=2 * turn)):
            ask(Client(), id_number(sequence=500 + turn), "赵新民", phone)
            work()
    with at(NOON + timedelta(minutes=20)):
        ask_code(client)
        work()
        with acting_as("owner"):
            last = Delivery.objects.filter(template=Delivery.Template.SIGN_IN_CODE).latest("created_at")
    assert last.status == Delivery.Status.SENT, last.error


def test_a_neighbour_on_the_same_line_of_ipv6_is_one_address(people: People) -> None:
    """A house has 2^64 addresses of version 6: each would have tries of its own."""
    for turn in range(20):
        by_password(Client(), id_number(sequence=300 + turn), "wrong", REMOTE_ADDR=f"2001:db8:1:2::{turn + 1:x}")
    page = by_password(Client(), KNOWN, REMOTE_ADDR="2001:db8:1:2:ffff::1").content.decode()
    assert "尝试次数过多" in page


def test_what_a_known_device_receives_has_an_end_too(people: People, at: Clock) -> None:
    phone = people.helanfang_account.phone
    for turn in range(6):
        with at(NOON + timedelta(minutes=turn)):
            send_code(purpose="proof", phone=phone, code="123456", now=timezone.now(), known=True)
            work()
    with acting_as("owner"):
        states = Delivery.objects.filter(template=Delivery.Template.PROOF_CODE).values_list("status", flat=True)
        assert sorted(states) == ["failed"] + ["sent"] * 5


@pytest.mark.parametrize("part", [NEW[-6:], NEW[6:14], PHONE[-8:]])
def test_who_registers_does_not_take_their_papers_for_a_password(db: None, client: Client, part: str) -> None:
    ask(client)
    assert "认识您的人容易猜到" in finish(client, password=f"xkq-{part}-w").content.decode()
