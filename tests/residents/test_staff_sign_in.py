"""The staff's door: ordinary usernames, the same limits, nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests.factories import PASSWORD
from tests.people import People
from tests.residents.door import page

LOCKED = "尝试次数过多"


def enter(client: Client, username: str = "zhangqiantai", password: str = PASSWORD, **more: str) -> object:
    return client.post(reverse("staff_login"), {"login": username, "password": password} | more)


def test_reception_comes_out_at_the_desk(people: People, client: Client) -> None:
    assert enter(client).url == reverse("staff:index")


@pytest.mark.parametrize("typed", ["zhangqiantai", "ZhangQianTai", " zhangqiantai "])
def test_capitals_and_blanks_do_not_matter(people: People, client: Client, typed: str) -> None:
    assert enter(client, typed).status_code == 302


def test_a_wrong_password_and_an_unknown_name_look_the_same(people: People) -> None:
    wrong, unknown = enter(Client(), password="wrong-password"), enter(Client(), "nobody-here")
    assert page(wrong, "zhangqiantai") == page(unknown, "nobody-here")


def test_a_residents_account_is_refused_even_with_its_password(people: People, client: Client) -> None:
    answer = enter(client, people.helanfang_account.username)
    assert answer.status_code == 200 and "不正确" in answer.content.decode()


def test_a_signed_in_resident_is_told_politely(people: People, client: Client) -> None:
    client.force_login(people.helanfang_account)
    answer = client.get(reverse("staff_login"))
    assert answer.status_code == 403 and "这里是工作人员入口" in answer.content.decode()


def test_after_five_failures_the_right_password_is_refused(people: People, client: Client) -> None:
    for _turn in range(5):
        enter(Client(), password="wrong-password")
    assert LOCKED in enter(client).content.decode()


def test_nobody_is_sent_to_a_foreign_place(people: People, client: Client) -> None:
    assert enter(client, next="https://evil.example/").url == reverse("staff:index")


def test_a_switched_off_account_is_told_so(people: People, client: Client) -> None:
    Account.objects.filter(pk=people.zhangqiantai.pk).update(is_active=False)
    answer = client.post(reverse("staff_login"), {"login": "zhangqiantai", "password": PASSWORD}, follow=True)
    assert "账号已停用" in answer.content.decode()
    assert client.get(reverse("staff:index")).status_code == 302


def test_staff_cannot_use_the_residents_door(people: People, client: Client) -> None:
    answer = client.post(reverse("account_login"), {"login": "zhangqiantai", "password": PASSWORD})
    assert answer.context["form"].errors["login"]
