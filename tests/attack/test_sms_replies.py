"""The address that takes what people answer by SMS: nobody but the provider writes, and nothing breaks it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents import replies
from residents.models import SmsReply
from tests.people import People

SECRET, GOOD = "只有服务商知道", {"id": "m1", "phone": "19900000001", "text": "2"}
Post = Callable[..., Any]


@pytest.fixture
def post(settings: Any, people: People) -> Post:
    settings.SMS_REPLY_SECRET = SECRET

    def send(body: bytes, signed: bytes | None = None, stamp: str = "", **headers: str) -> Any:
        stamp = stamp or str(int(time.time()))
        given = replies.signature(SECRET, stamp, body if signed is None else signed)
        told = {"X-Timestamp": stamp, "X-Signature": given} | headers
        return Client().post(reverse("sms_replies"), body, content_type="application/json", headers=told)

    return send


def kept() -> int:
    with acting_as("owner"):
        return SmsReply.objects.count()


def said(**fields: Any) -> bytes:
    return json.dumps(GOOD | fields).encode()


@pytest.mark.parametrize("given", ["", "0" * 64, "x", "é" * 64, "none", "sha256=" + "0" * 64])
def test_a_guessed_signature_keeps_nothing(post: Post, given: str) -> None:
    assert (post(said(), **{"X-Signature": given}).status_code, kept()) == (403, 0)


def test_a_signature_holds_for_its_own_words_alone(post: Post) -> None:
    assert (post(said(text="2"), signed=said(text="1")).status_code, kept()) == (403, 0)


@pytest.mark.parametrize("stamp", ["0", "-1", "1e9", "99999999999999", "２０２６", " ", "1 OR 1=1"])
def test_an_odd_or_old_time_keeps_nothing_even_when_signed(post: Post, stamp: str) -> None:
    assert (post(said(), stamp=stamp).status_code, kept()) == (403, 0)


def test_what_was_caught_and_sent_again_is_kept_once(post: Post) -> None:
    stamp = str(int(time.time()))
    assert [post(said(), stamp=stamp).status_code for _turn in range(3)] == [200, 200, 200]
    assert kept() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"\xff\xfe",
        b"[" * 4000,
        b'{"id": 1, "phone": "19900000001", "text": "1"}',
        b'{"id": "m", "phone": {"$ne": 1}, "text": "1"}',
        b'{"id": "m", "phone": "19900000001", "text": "\\ud800"}',
        b'{"id": "\\ud800", "phone": "19900000001", "text": "1"}',
        b'{"id": "m\\u0000", "phone": "19900000001", "text": "1"}',
        b'{"id": "m", "phone": "1990000000\', (SELECT 1))--", "text": "1"}',
    ],
)
def test_signed_nonsense_is_refused_and_breaks_nothing(post: Post, body: bytes) -> None:
    assert (post(body).status_code, kept()) == (400, 0)


@pytest.mark.parametrize(
    "text", ["1'; DROP TABLE residents_smsreply; --", "<script>1</script>", "１\u202e2", "1" * 900]
)
def test_whatever_somebody_answers_is_kept_as_words(post: Post, text: str) -> None:
    assert (post(said(text=text)).status_code, kept()) == (200, 1)


@pytest.mark.parametrize("login", ["default", "signin"])
def test_no_login_of_the_site_reads_what_people_answered(post: Post, login: str) -> None:
    post(said())
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using=login):
        connections[login].cursor().execute("SELECT text FROM residents_smsreply")


def test_the_answer_says_nothing_about_the_number(post: Post) -> None:
    known, unknown = post(said()), post(said(id="m2", phone="13900000000"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
