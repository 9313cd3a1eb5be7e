"""Which passwords are refused, and that no rule asks for capitals and signs."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests.factories import PASSWORD
from tests.people import People
from tests.residents.door import by_password

COMMON = """woaini1314 WoAiNi1314 123456789a a123456789 qq123456 woaini520 1qaz2wsx admin888 aa123456 Abc@12345
    asd123456 zxcvbnm123 88888888 5201314a password1 iloveyou 12345678 qwertyuiop woaiwo123 mima123456 11223344"""
GOOD = [
    "清河口的桥是一九八二年修的",
    "valley-lantern-42",
    "kanbingfangbian2026nian",
    "我爱吃羊肉泡馍和凉皮",
    "春天种下的杏树今年第一次开花，奶奶说等到麦子黄了就能吃上甜杏，孩子们天天去看，连放学也绕路走那边，一共开了四十七朵白花真好看呢",
]


def refused(password: str, account: Account | None = None) -> str:
    """Why a password is refused, or nothing."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


@pytest.mark.parametrize("password", COMMON.split())
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize("password", GOOD)
def test_a_sentence_needs_neither_capitals_nor_signs(password: str) -> None:
    assert refused(password) == ""


@pytest.mark.parametrize("password", ["清河桥", "x7-Kw9q", "风" * 7])
def test_fewer_than_eight_characters_are_too_few(password: str) -> None:
    assert refused(password)


def test_128_characters_are_enough() -> None:
    long = "窗外的风车转了又转" * 20
    assert (refused(long[:128]), refused(long[:129])) == ("", "密码最多128个字符。")


@pytest.mark.parametrize(
    "password", ["lan19570213", "He570213lan", "my130125pass", "tel19900000001", "x00000001yz", "hao64019919"]
)
def test_what_ones_papers_say_is_refused(password: str, people: People, client: Client) -> None:
    by_password(client)
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    answer = client.post(reverse("account_change_password"), data)
    assert answer.status_code == 200 and "容易猜到" in answer.content.decode()


def test_anothers_birth_date_is_nobodys_secret_here(people: People, client: Client) -> None:
    client.force_login(people.wangjianguo_account)
    data = {"oldpassword": PASSWORD, "password1": "lan19570213he", "password2": "lan19570213he"}
    assert client.post(reverse("account_change_password"), data).status_code == 302


def test_staff_may_not_use_their_user_name(people: People) -> None:
    assert "用户名" in refused("zhangqiantai2026!", people.zhangqiantai)


@pytest.mark.parametrize("pair", ["admin/admin", "root/root", "test/test"])
def test_no_default_account_opens(pair: str, people: People, client: Client) -> None:
    name, password = pair.split("/")
    assert client.post(reverse("staff_login"), {"login": name, "password": password}).status_code == 200
