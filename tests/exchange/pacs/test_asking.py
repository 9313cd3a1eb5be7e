"""A PACS that misbehaves: each fault is a sentence in the ledger, and what was kept before stays."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from records.exchange.models import Pull, Source, StoredFile
from records.exchange.pulling import pull
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs.answers import answer, study
from tests.exchange.pacs.peer import Reply, pretending
from tests.factories import NOON

JSON = {"Content-Type": "application/dicom+json"}
NOTHING: Reply = (200, JSON, b"[]")


def feed_of(address: str, facility: Facility) -> Source:
    fields = {"kind": "dicomweb", "address": address, "allowed_hosts": [urlsplit(address).netloc]}
    return factories.source(facility, "pacs", **fields)


def pulled(reply: Callable[[str, Any], Reply], county: Facility, cursor: str = "2026-11-21") -> tuple[Pull, Source]:
    with pretending(reply) as address:
        feed = feed_of(address, county)
        with acting_as("worker"):
            Source.objects.filter(pk=feed.pk).update(cursor={"StudyDate": cursor} if cursor else {})
            run = pull(feed.pk, clock=lambda: NOON)
    return run, rows(Source, pk=feed.pk)[0]


def asked(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        ((500, {}, b"oops"), "影像系统出错（500）"),
        ((401, {}, b""), "拒绝了访问（401）"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "没有跟随"),
        ((400, {}, b""), "不接受这个请求"),
        ((200, JSON, answer(study())[:-9]), "不完整"),
        ((200, JSON, b'{"studies": []}'), "不是 DICOM JSON"),
        ((200, JSON, b"[1, 2]"), "不是 DICOM JSON"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "不是 DICOM JSON"),
    ],
)
def test_a_fault_is_said_in_words_and_nothing_is_kept(county: Facility, reply: Reply, word: str) -> None:
    run, source = pulled(lambda path, headers: reply, county)
    assert (run.outcome, word in run.error) == ("failed", True), run.error
    assert (source.cursor, rows(StoredFile)) == ({"StudyDate": "2026-11-21"}, [])


def test_an_answer_without_end_is_cut_off(county: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.answer_megabytes", Registered("exchange.answer_megabytes", 1, ""))
    run, _source = pulled(lambda path, headers: (200, JSON, b"[" + b" " * 3_000_000 + b"]"), county)
    assert "超过 1 MB" in run.error


def test_pages_that_never_end_are_noticed(county: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.page_size", Registered("exchange.page_size", 1, ""))
    run, source = pulled(lambda path, headers: (200, JSON, answer(study())), county)
    assert "没有尽头" in run.error
    assert source.cursor == {"StudyDate": "2026-11-21"}


def test_what_came_before_a_fault_is_kept_and_the_cursor_stands_behind_it(county: Facility) -> None:
    def reply(path: str, headers: Any) -> Reply:
        first = asked(path)["StudyDate"].startswith("20261107")
        return (200, JSON, answer(study())) if first else (500, {}, b"")

    run, source = pulled(reply, county)
    assert (run.outcome, len(rows(StoredFile)), source.cursor["StudyDate"]) == ("failed", 1, "2026-11-13")


def test_days_since_the_cursor_and_some_before_are_asked_for_in_turn(county: Facility) -> None:
    seen: list[dict[str, str]] = []

    def reply(path: str, headers: Any) -> Reply:
        seen.append(asked(path) | {"accept": headers["Accept"]})
        return NOTHING

    run, source = pulled(reply, county)
    assert run.outcome == "succeeded"
    assert [one["StudyDate"] for one in seen] == ["20261107-20261113", "20261114-20261120", "20261121-20261122"]
    assert {one["accept"] for one in seen} == {"application/dicom+json"}
    assert "00101002" in seen[0]["includefield"].split(",")
    assert source.cursor == {"StudyDate": "2026-11-22", "midway": ""}


def test_a_pull_out_of_time_is_gone_on_with_where_it_was(county: Facility) -> None:
    seen: list[str] = []

    def reply(path: str, headers: Any) -> Reply:
        seen.append(asked(path)["StudyDate"])
        return NOTHING

    with pretending(reply) as address, acting_as("owner"):
        feed = feed_of(address, county)
        Source.objects.filter(pk=feed.pk).update(cursor={"StudyDate": "2026-11-21"})
        for _run in range(3):
            moments = iter(NOON + timedelta(seconds=second) for second in range(100))
            with acting_as("worker"):
                pull(feed.pk, clock=lambda moments=moments: next(moments), seconds=0)
    assert seen == ["20261107-20261113", "20261114-20261120", "20261121-20261122"]
    assert rows(Source, pk=feed.pk)[0].cursor == {"StudyDate": "2026-11-22", "midway": ""}


def test_the_first_pull_asks_for_a_year(county: Facility) -> None:
    seen: list[str] = []

    def reply(path: str, headers: Any) -> Reply:
        seen.append(asked(path)["StudyDate"])
        return 204, {}, b""

    pulled(reply, county, cursor="")
    assert (seen[0][:8], seen[-1][-8:]) == ("20251122", "20261122")


def test_the_token_of_the_environment_is_sent(county: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_TOKEN_PACS", "s3cret")
    seen: list[str] = []

    def reply(path: str, headers: Any) -> Reply:
        seen.append(headers["Authorization"])
        return NOTHING

    with pretending(reply) as address:
        feed = factories.source(
            county,
            "pacs",
            kind="dicomweb",
            address=address,
            allowed_hosts=[urlsplit(address).netloc],
            credential="FACILITY_TOKEN_PACS",
        )
        with acting_as("worker"):
            pull(feed.pk, clock=lambda: NOON)
    assert set(seen) == {"Bearer s3cret"}


def test_a_page_is_kept_byte_for_byte(county: Facility) -> None:
    raw = json.dumps([study()], indent=3, ensure_ascii=False).encode()
    run, _source = pulled(lambda path, headers: (200, JSON, raw), county, cursor="2026-12-05")
    (file,) = rows(StoredFile)
    assert (run.outcome, file.layout, file.size) == ("succeeded", "dicom", len(raw))
