"""The official account's messages, against a server on a real socket: the token is shared, and renewed once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Barrier, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from residents.channels.wechat import TEMPLATES, Wechat, words_of
from residents.message_texts import CHOSEN
from residents.messages_port import CannotSend, Handed
from residents.models import Notice
from tests.residents.fake_provider import Answer, Asked, Provider, provider, says

Connect = Callable[..., Provider]
OPENID = "o-openid-of-nobody"
SENT = {"errcode": 0, "errmsg": "ok", "msgid": 77}
UP = {
    "booked": {"id": "tm-1", "way": "subscribe", "words": "thing1", "time": "time2"},
    "report_ready": {"id": "tm-2", "way": "template", "words": "first"},
}


class Account:
    """The official account's server: gives tokens, and takes messages with the newest one only."""

    def __init__(self) -> None:
        self.tokens = 0
        self.forced: list[bool] = []

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        address = urlsplit(asked.path)
        if address.path == "/cgi-bin/stable_token":
            self.forced.append(asked.facts()["force_refresh"])
            self.tokens += 1
            return 200, {"access_token": f"token-{self.tokens}", "expires_in": 7200}
        newest = parse_qs(address.query)["access_token"] == [f"token-{self.tokens}"]
        return 200, SENT if newest else {"errcode": 40001, "errmsg": "invalid credential"}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, settings: Any, db: None) -> Iterator[Connect]:
    monkeypatch.setitem(REGISTRY, TEMPLATES, Registered(TEMPLATES, UP, ""))
    settings.WECHAT_APP_ID, settings.WECHAT_APP_SECRET = "wx-test", "the-secret-of-this-test"
    settings.PUBLIC_URL = "https://portal.example.cn"
    with ExitStack() as stack:
        stack.enter_context(acting_as("worker"))
        cache.clear()

        def start(*answers: Answer) -> Provider:
            told = stack.enter_context(provider(*answers))
            monkeypatch.setenv("WECHAT_ADDRESS", told.address)
            return told

        yield start
        cache.clear()


def send(template: str = "booked") -> Handed:
    return Wechat().send(openid=OPENID, template=template, key="k" * 64)


def paths(told: Provider) -> list[str]:
    return [urlsplit(asked.path).path.rpartition("/")[2] for asked in told.asked]


def test_a_subscription_message_leads_to_the_inbox_and_says_no_more(connect: Connect) -> None:
    told = connect(Account())
    assert send() == Handed("77")
    message = told.asked[-1].facts()
    assert urlsplit(told.asked[-1].path).path == "/cgi-bin/message/subscribe/bizsend"
    assert (message["touser"], message["template_id"]) == (OPENID, "tm-1")
    assert (message["page"], message["data"]["thing1"]) == (
        "https://portal.example.cn/me/notices/",
        {"value": "预约成功"},
    )
    assert set(message["data"]) == {"thing1", "time2"}


def test_a_template_message_carries_a_key_against_repetition(connect: Connect) -> None:
    told = connect(Account())
    send("report_ready")
    assert urlsplit(told.asked[-1].path).path == "/cgi-bin/message/template/send"
    assert told.asked[-1].facts()["client_msg_id"] == "k" * 32


def test_the_token_is_asked_for_once_and_kept_sealed(connect: Connect) -> None:
    told = connect(Account())
    send()
    send()
    assert paths(told) == ["stable_token", "bizsend", "bizsend"]
    assert b"token-1" not in cache.get("residents:wechat_token:wx-test")


def test_a_token_that_grew_old_is_changed_once(connect: Connect) -> None:
    account = Account()
    told = connect(account)
    send()
    account.tokens += 1  # somebody else forced a new one
    assert send() == Handed("77")
    assert paths(told)[2:] == ["bizsend", "stable_token", "bizsend"] and account.forced == [False, True]


def test_a_token_that_stays_refused_is_not_asked_for_for_ever(connect: Connect) -> None:
    told = connect(
        lambda asked: (
            (200, {"access_token": "t", "expires_in": 7200}) if "stable" in asked.path else (200, {"errcode": 40001})
        )
    )
    with pytest.raises(CannotSend):
        send()
    assert paths(told) == ["stable_token", "bizsend", "stable_token", "bizsend"]


def test_four_workers_at_once_ask_for_one_token(connect: Connect) -> None:
    told = connect(Account())
    start = Barrier(4)

    def work() -> None:
        with acting_as("worker"):
            start.wait()
            send()
        connections.close_all()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(paths(told)) == ["bizsend"] * 4 + ["stable_token"]


@pytest.mark.parametrize(
    ("code", "words", "final"),
    [(43101, "没有订阅", True), (45009, "上限", False), (-1, "繁忙", False), (99999, "99999", False)],
)
def test_a_refusal_is_said_in_plain_chinese(code: int, words: str, final: bool, connect: Connect) -> None:
    connect(says({"access_token": "t", "expires_in": 7200}), says({"errcode": code, "errmsg": "in English"}))
    with pytest.raises(CannotSend, match=words) as caught:
        send()
    assert caught.value.final == final


def test_wechat_that_gives_no_token_is_said_with_what_to_check(connect: Connect) -> None:
    connect(says({"errcode": 40164, "errmsg": "invalid ip"}))
    with pytest.raises(CannotSend, match="IP白名单"):
        send()


def test_a_template_that_is_not_set_up_is_asked_for_by_name(connect: Connect) -> None:
    connect(Account())
    with pytest.raises(CannotSend, match="case_answered 还没有填写") as caught:
        send("case_answered")
    assert caught.value.final


@pytest.mark.parametrize("template", [*Notice.Kind.values, *CHOSEN])
def test_the_words_of_every_kind_fit_wechats_field(template: str) -> None:
    assert 0 < len(words_of(template)) <= 20


def test_an_account_without_its_variables_stops_the_start(settings: Any) -> None:
    settings.WECHAT_APP_ID = ""
    with pytest.raises(ImproperlyConfigured, match="WECHAT_APP_ID"):
        Wechat()
