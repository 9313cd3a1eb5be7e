"""Facilities that push: a token, a Bundle kept before it is acknowledged, and an honest answer to whatever else."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from django.db import ProgrammingError
from django.test import Client

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange import documents, pushing
from records.exchange.limits import PUSH_ENTRIES, PUSH_MEGABYTES, PUSHES_PER_MINUTE
from records.exchange.models import PushKey, Source, StoredFile, Translation
from records.models import Observation
from tests.exchange.conftest import rows
from tests.exchange.sending import counts, observation, patient
from tests.factories import NOON

ADDRESS = "/exchange/fhir/"
FHIR = "application/fhir+json"


@pytest.fixture
def token(feed: Source) -> str:
    """The token of a feed that takes what is pushed."""
    with acting_as("owner"):
        Source.objects.filter(pk=feed.pk).update(kind="fhir_push", state="enabled")
        return pushing.issue(feed, "孙接口", NOON)


def bundle(*resources: Any) -> bytes:
    return dumps(
        {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": one} for one in resources]}
    ).encode()


def push(token: str, body: bytes, content_type: str = FHIR) -> Any:
    return Client().post(ADDRESS, body, content_type=content_type, headers={"Authorization": f"Bearer {token}"})


def said(answer: Any) -> str:
    return str(answer.json()["issue"][0]["details"]["text"])


def test_what_is_pushed_is_kept_and_then_translated(feed: Source, token: str, clock: Callable[[], datetime]) -> None:
    answer = push(token, bundle(observation(), patient()))
    assert (answer.status_code, said(answer)) == (202, "已收到并保存，稍后入档。")
    with acting_as("worker"):
        assert counts(documents.translate(feed.pk, clock=clock)) == {"fetched": 2, "new": 2}
    assert len(rows(Observation)) == 1


def test_a_facility_pushes_over_a_real_socket(token: str, live_server: Any) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FHIR}
    answer = httpx.post(live_server.url + ADDRESS, content=bundle(patient()), headers=headers, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (202, FHIR)
    assert len(rows(StoredFile)) == 1


def test_the_same_bundle_is_kept_once(token: str) -> None:
    answers = [push(token, bundle(patient())) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 200]
    assert len(rows(Translation)) == 1


def test_plain_json_is_taken_too(token: str) -> None:
    assert push(token, bundle(patient()), "application/json").status_code == 202


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer 汉字", "Basic eDp5", "Bearer " + "x" * 5000])
def test_without_a_token_nothing_is_kept(token: str, given: str) -> None:
    headers = {"Authorization": given.encode().decode("latin-1")} if given else {}
    answer = Client().post(ADDRESS, bundle(patient()), content_type=FHIR, headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert rows(StoredFile) == []


def test_a_token_taken_back_counts_no_longer(token: str) -> None:
    with acting_as("owner"):
        PushKey.objects.update(revoked_at=NOON)
    assert push(token, bundle(patient())).status_code == 401


def test_a_paused_source_takes_nothing(feed: Source, token: str) -> None:
    with acting_as("owner"):
        Source.objects.filter(pk=feed.pk).update(state="paused")
    assert push(token, bundle(patient())).status_code == 401


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"resourceType":"Bundle","entry":[', pushing.NOT_JSON),
        (b"\xff\xfe", pushing.NOT_JSON),
        (b"[]", pushing.NO_BUNDLE),
        (b'{"resourceType":"Patient"}', pushing.NO_BUNDLE),
        (b'{"resourceType":"Bundle","entry":[]}', pushing.NO_BUNDLE),
        (b'{"resourceType":"Bundle","entry":{}}', pushing.NO_BUNDLE),
        (b'{"resourceType":"Bundle","entry":[' + b"[]," * 2_000_000 + b"[]]}", pushing.TOO_CHOPPED),
    ],
)
def test_what_is_no_bundle_goes_back_with_the_reason(token: str, body: bytes, reason: str) -> None:
    answer = push(token, body)
    assert (answer.status_code, said(answer)) == (400, reason)
    assert rows(StoredFile) == []


def test_more_than_the_county_takes_at_once_is_refused(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, PUSH_MEGABYTES, Registered(PUSH_MEGABYTES, 0, ""))
    answer = push(token, bundle(patient()))
    assert (answer.status_code, said(answer)) == (413, "一次推送不能超过 0 MB。请分成几个 Bundle 发送。")


def test_a_source_that_pushes_too_often_is_told_to_wait(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, PUSHES_PER_MINUTE, Registered(PUSHES_PER_MINUTE, 2, ""))
    answers = [push(token, bundle(patient())) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_another_content_type_is_refused(token: str) -> None:
    assert push(token, bundle(patient()), "text/plain").status_code == 415


def test_the_database_keeps_a_hash_and_not_the_token(token: str) -> None:
    (key,) = rows(PushKey)
    assert bytes(key.token_hash) == pushing.hash_of(token) and token.encode() not in bytes(key.token_hash)


def test_the_web_login_itself_may_not_write_what_was_received(feed: Source) -> None:
    with acting_as("default"), pytest.raises(ProgrammingError, match="permission denied"):
        StoredFile.objects.create(source=feed, sha256=b"x" * 32, size=1, layout="bundle", name="", received_at=NOON)


def test_more_entries_than_the_county_takes_at_once_are_refused(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, PUSH_ENTRIES, Registered(PUSH_ENTRIES, 1, ""))
    answer = push(token, bundle(patient(), observation()))
    assert (answer.status_code, said(answer)) == (400, "一个 Bundle 最多 1 条。请分成几个发送。")
    assert rows(StoredFile) == []
