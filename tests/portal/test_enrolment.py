"""A staff account opened or reset by two persons: a code in the hand before its first second factor, within days."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.rowsecurity import acting_as
from residents.housekeeping import clear_what_is_over
from residents.models import Account
from residents.second_factors import has_second_factor
from tests import factories
from tests.people import People
from tests.portal.staffing import Enter, events
from tests.portal.test_approvals import WHY, ask_account, decide
from tests.residents.second_steps import first_step, pair, set_up_app

NEW = "窗口里的风车转了三圈"


@pytest.fixture
def security(people: People) -> Account:
    return factories.staff("anquan", "安全员", people.bureau, "security")


@pytest.fixture
def first(people: People, security: Account, signed_in: Enter) -> str:
    """The first password of 新人, as the administrator who said yes reads it."""
    ask_account(signed_in(security), people.township)
    password: str = decide(signed_in(people.administrator)).context["first"].password
    return password


def newcomer() -> Account:
    with acting_as("owner"):
        return Account.objects.get(username="xinren")


def print_code(client: Client, account: Account | None = None) -> Any:
    return client.post(reverse("staff:print_code", args=[(account or newcomer()).pk]))


def inside(password: str) -> Client:
    """Whoever knows the first password: signed in, the password changed."""
    client = Client()
    first_step(client, "xinren", password)
    client.post(reverse("account_change_password"), {"oldpassword": password, "password1": NEW, "password2": NEW})
    return client


def enrol(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_enrol"), {"code": code})


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn"])
def test_whoever_knows_the_password_alone_sets_up_no_second_factor(first: str, name: str) -> None:
    assert inside(first).get(reverse(name)).url == reverse("mfa_enrol")


def test_nor_by_posting_to_the_page(first: str) -> None:
    inside(first).post(reverse("mfa_activate_totp"), {"code": "123456"})
    assert not has_second_factor(newcomer())


def test_with_the_code_that_security_printed_the_newcomer_comes_in(
    people: People, security: Account, first: str, signed_in: Enter
) -> None:
    code = print_code(signed_in(security)).context["code"]
    client = inside(first)
    assert enrol(client, code).url == reverse("mfa_index")
    set_up_app(client)
    assert client.get(reverse("staff:index")).status_code == 200
    assert (newcomer().enrol_by, newcomer().enrol_code) == (None, None)


def test_the_code_works_once(people: People, security: Account, first: str, signed_in: Enter) -> None:
    code = print_code(signed_in(security)).context["code"]
    enrol(inside(first), code)
    second = Client()
    first_step(second, "xinren", NEW)
    assert "已经用过" in enrol(second, code).content.decode()
    assert second.get(reverse("mfa_activate_totp")).url == reverse("mfa_enrol")


def test_another_code_is_no_code(people: People, security: Account, first: str, signed_in: Enter) -> None:
    print_code(signed_in(security))
    assert "登记码不对" in enrol(inside(first), "A" * 16).content.decode()


def test_a_new_slip_makes_the_old_one_void(people: People, security: Account, first: str, signed_in: Enter) -> None:
    old = print_code(signed_in(security)).context["code"]
    print_code(signed_in(security))
    assert "登记码不对" in enrol(inside(first), old).content.decode()


def test_a_code_is_too_old_after_three_days(
    people: People, security: Account, first: str, signed_in: Enter, at: Any
) -> None:
    code = print_code(signed_in(security)).context["code"]
    with at(clock.now() + timedelta(days=3, minutes=1)):
        assert "已过期" in enrol(inside(first), code).content.decode()


def test_the_code_is_kept_nowhere_but_hashed(people: People, security: Account, first: str, signed_in: Enter) -> None:
    code = print_code(signed_in(security)).context["code"].replace(" ", "")
    assert code.encode() not in bytes(newcomer().enrol_code or b"")
    assert [event.actor_name for event in events(action="accounts.printed_code")] == ["安全员"]


@pytest.mark.parametrize("who", ["administrator", "zhangqiantai"])
def test_whoever_saw_the_password_prints_no_code(who: str, people: People, first: str, signed_in: Enter) -> None:
    assert print_code(signed_in(getattr(people, who))).status_code == 403


def test_a_manager_who_said_yes_prints_none_as_security_either(
    people: People, security: Account, signed_in: Enter
) -> None:
    both = factories.staff("jianren", "兼任者", people.township, "manager")
    factories.membership(both, people.bureau, "security")
    ask_account(signed_in(security), people.township)
    decide(signed_in(both))
    print_code(signed_in(both))
    assert newcomer().enrol_code is None


def test_no_code_for_an_account_that_has_a_second_factor(
    people: People, security: Account, first: str, signed_in: Enter
) -> None:
    pair(newcomer())
    print_code(signed_in(security))
    assert newcomer().enrol_code is None


def close_late_ones() -> None:
    with acting_as("worker"):
        clear_what_is_over()


def test_an_account_nobody_set_up_in_time_is_closed(first: str, at: Any) -> None:
    with at(clock.now() + timedelta(days=2)):
        close_late_ones()
        assert newcomer().is_active
    with at(clock.now() + timedelta(days=3, minutes=1)):
        close_late_ones()
        assert not newcomer().is_active


def test_an_account_that_was_set_up_stays(
    people: People, security: Account, first: str, signed_in: Enter, at: Any
) -> None:
    pair(newcomer())
    with at(clock.now() + timedelta(days=9)):
        close_late_ones()
    assert newcomer().is_active


def test_accounts_that_the_server_made_stay(people: People, at: Any) -> None:
    with at(clock.now() + timedelta(days=30)):
        close_late_ones()
    with acting_as("owner"):
        assert Account.objects.filter(is_staff=True, is_active=False).count() == 0


def late(*accounts: Account) -> None:
    """Accounts that were reset, and not set up in time."""
    with acting_as("owner"):
        Account.objects.filter(pk__in=[one.pk for one in accounts]).update(enrol_by=clock.now() - timedelta(days=1))


def active(*accounts: Account) -> list[bool]:
    with acting_as("owner"):
        kept = dict(Account.objects.values_list("pk", "is_active"))
    return [kept[one.pk] for one in accounts]


@pytest.mark.parametrize("role", ["security", "administrator"])
def test_the_last_two_of_a_role_of_the_bureau_stay(people: People, role: str) -> None:
    """Nobody could else open an account again: that takes two, and one of them of each role."""
    holders = [factories.staff(f"zuihou{n}", f"最后{n}", people.bureau, role) for n in range(3)]
    if role == "administrator":
        with acting_as("owner"):
            Account.objects.filter(pk=people.administrator.pk).update(is_active=False)
    late(*holders)
    close_late_ones()
    assert sum(active(*holders)) == 2


def test_who_is_set_up_is_counted_first(people: People, security: Account) -> None:
    second = factories.staff("anquan2", "安全员二", people.bureau, "security")
    slow = factories.staff("anquan3", "安全员三", people.bureau, "security")
    pair(security), pair(second)
    late(security, second, slow)
    close_late_ones()
    assert active(security, second, slow) == [True, True, False]


def test_the_same_role_elsewhere_keeps_nobody(people: People) -> None:
    manager = factories.staff("yuanzhang", "赵院长", people.township, "manager")
    late(manager)
    close_late_ones()
    assert active(manager) == [False]


def test_the_desk_of_the_bureau_says_who_stayed(people: People, security: Account, signed_in: Enter) -> None:
    client = signed_in(people.administrator)
    before = client.get(reverse("staff:index")).content.decode()
    late(security)
    after = client.get(reverse("staff:index")).content.decode()
    assert ("没有停用" in before, "没有停用" in after, "安全员" in after) == (False, True, True)


def test_no_other_desk_says_so(people: People, security: Account, signed_in: Enter) -> None:
    late(security)
    assert "没有停用" not in signed_in(people.zhangqiantai).get(reverse("staff:index")).content.decode()


def test_a_lost_second_factor_is_set_up_anew_with_a_code(people: People, security: Account, signed_in: Enter) -> None:
    pair(people.zhangqiantai)
    signed_in(security).post(reverse("staff:ask_reset", args=[people.zhangqiantai.pk]), {"reason": WHY})
    decide(signed_in(people.administrator))
    client = Client()
    first_step(client)
    assert client.get(reverse("mfa_activate_totp")).url == reverse("mfa_enrol")
    enrol(client, print_code(signed_in(security), people.zhangqiantai).context["code"])
    set_up_app(client)
    assert client.get(reverse("staff:index")).status_code == 200


def test_an_account_that_is_opened_again_takes_a_code_too(
    people: People, security: Account, first: str, signed_in: Enter, at: Any
) -> None:
    with at(clock.now() + timedelta(days=4)):
        close_late_ones()
        with acting_as("owner"):
            from residents.models import Approval

            Approval.objects.all().delete()
        signed_in(security).post(reverse("staff:ask_reopen", args=[newcomer().pk]), {"reason": WHY})
        decide(signed_in(people.administrator))
        assert newcomer().is_active and inside(first).get(reverse("mfa_activate_totp")).url == reverse("mfa_enrol")
