"""A facility that is down, slow or answers nonsense: failed in plain words, cursor unmoved, others unaffected."""

import socket
from datetime import datetime, timedelta
from typing import Any

import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from portal.demo.sandbox import Faults, SandboxServer
from records.exchange import runs
from records.exchange.mapping import KINDS
from records.exchange.models import Pull, Source
from records.exchange.pulling import back_off, due, pull
from records.models import Observation
from tests import factories
from tests.exchange import dripping
from tests.exchange.conftest import rows
from tests.exchange.sending import counts, observation, patient, versioned
from tests.factories import NOON

SMALL = [versioned(patient(), 1, "2026-11-20T08:00:00Z"), versioned(observation(), 1, "2026-11-20T08:00:00Z")]
CURSOR = {"Patient": "2026-11-01T00:00:00.000Z"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """One second for an answer."""
    monkeypatch.setitem(REGISTRY, "exchange.answer_seconds", Registered("exchange.answer_seconds", 1, ""))


def pulled_from(address: str, facility: Facility, **fields: Any) -> Pull:
    host = address.split("/")[2]
    fields = {"allowed_hosts": [host], "cursor": CURSOR} | fields
    feed = factories.source(facility, "faulty", kind="fhir_r4", address=address, **fields)
    with acting_as("worker"):
        return pull(feed.pk, clock=lambda: NOON)


def said(run: Pull) -> str:
    """What the failed run says; its source's cursor has not moved, and it will be asked again later."""
    (source,) = rows(Source, code="faulty")
    assert (run.outcome, source.cursor, source.failures) == ("failed", CURSOR, 1)
    assert source.next_pull_at > NOON
    return run.error


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (Faults(status=500), "机构的系统出错（500）"),
        (Faults(status=401), "拒绝了访问（401）"),
        (Faults(status=429), "降低访问频率"),
        (Faults(status=302), "没有跟随"),
        (Faults(html=True), "返回的是网页"),
        (Faults(truncated=True), "不完整"),
        (Faults(dropped=True), "中途断开"),
        (Faults(delay=30), "1 秒内没有答完"),
        (Faults(endless_next=True), "没有尽头"),
        (Faults(endless_next=True, foreign_next="http://127.0.0.1:9"), "另一台主机"),
        (Faults(endless_next=True, foreign_next="http://elsewhere.example"), "允许访问的主机"),
    ],
)
def test_each_fault_fails_in_words_and_moves_no_cursor(county: Facility, faults: Faults, words: str) -> None:
    with SandboxServer("COUNTY", resources=SMALL, faults=faults, clock=lambda: NOON) as server:
        allowed = [server.url.split("/")[2], "127.0.0.1:9"]
        assert words in said(pulled_from(server.url, county, allowed_hosts=allowed))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (dripping.dripping(dripping.OK + b"\r\n{"), "1 秒内没有答完"),
        (dripping.dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "), "1 秒内没有答完"),
        (dripping.silent, "1 秒内没有答完"),
        (dripping.flooding, "没有接收"),
        (dripping.fixed(b"nonsense\r\n\r\n"), "不符合 HTTP 规定"),
        (dripping.fixed(dripping.OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b"), "压缩"),
        (dripping.fixed(dripping.OK + b"\r\n[]"), "不是 FHIR R4"),
        (dripping.fixed(dripping.OK + b'\r\n{"resourceType":"Patient"}'), "不是 FHIR R4"),
        (dripping.fixed(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), "没有跟随"),
        (dripping.fixed(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "不接受这个请求（404）"),
    ],
)
def test_no_answer_however_odd_gets_further_than_its_deadline(
    county: Facility, answer: dripping.Answering, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "exchange.answer_megabytes", Registered("exchange.answer_megabytes", 1, ""))
    with dripping.answering(answer) as port:
        assert words in said(pulled_from(f"http://127.0.0.1:{port}/fhir", county))


def test_a_facility_that_is_down_is_said_to_be_down(county: Facility) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "连接不上" in said(pulled_from(f"http://127.0.0.1:{port}/fhir", county))


@pytest.mark.parametrize(
    ("address", "allowed", "words"),
    [
        ("http://169.254.169.254/fhir", ["10.0.0.1:80"], "允许访问的主机"),
        ("http://127.0.0.1:9/fhir", ["his.example:80"], "允许访问的主机"),
        ("file:///etc/passwd", [], "http://"),
        ("http://no-such-host.invalid/fhir", ["no-such-host.invalid:80"], "找不到主机"),
    ],
)
def test_addresses_that_are_not_allowed_are_never_asked(
    county: Facility, address: str, allowed: list[str], words: str
) -> None:
    assert words in said(pulled_from(address, county, allowed_hosts=allowed))


@pytest.mark.parametrize("place", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"])
def test_a_name_that_leads_to_this_machine_is_not_followed(
    county: Facility, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real(place, *rest, **more))
    assert "解析到了本机" in said(pulled_from("http://his.example/fhir", county, allowed_hosts=["his.example:80"]))


def test_a_missing_token_is_named(county: Facility) -> None:
    error = said(pulled_from("http://127.0.0.1:9/fhir", county, credential="FACILITY_TOKEN_COUNTY"))
    assert "FACILITY_TOKEN_COUNTY 没有设置" in error


def test_what_came_before_a_fault_is_kept_and_nothing_is_asked_twice_in_vain(county: Facility) -> None:
    with SandboxServer("COUNTY", resources=SMALL, clock=lambda: NOON) as server:
        server.faults = Faults(status=503, kinds=frozenset({"Observation"}))
        run = pulled_from(server.url, county, cursor={})
        assert (run.outcome, counts(run)) == ("failed", {"fetched": 1, "new": 1})
        server.faults = Faults()
        (source,) = rows(Source, code="faulty")
        assert set(source.cursor) & set(KINDS) == {"Patient"}
        with acting_as("worker"):
            pull(source.pk, clock=lambda: NOON)
    assert len(rows(Observation)) == 1


def test_a_failing_facility_does_not_touch_another(county: Facility) -> None:
    town = factories.facility("TOWN1")
    with SandboxServer("TOWN1", resources=SMALL, clock=lambda: NOON) as good:
        pulled_from("http://127.0.0.1:9/fhir", county)
        host = good.url.split("/")[2]
        feed = factories.source(town, "good", kind="fhir_r4", address=good.url, allowed_hosts=[host])
        with acting_as("worker"):
            assert pull(feed.pk, clock=lambda: NOON).outcome == "succeeded"


def test_the_pause_grows_with_each_failure_up_to_a_limit(county: Facility) -> None:
    feed = factories.source(county, interval_minutes=10)
    pauses = [back_off(feed, failures, NOON) / timedelta(minutes=1) for failures in (1, 2, 3, 30)]
    assert all(expected <= pause <= expected * 1.1 for expected, pause in zip((10, 20, 40, 360), pauses, strict=True))


def night(hour: int, minute: int = 0) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


def pull_at(feed: Source, now: datetime) -> Pull:
    with acting_as("worker"):
        return pull(feed.pk, clock=lambda: now)


def test_what_a_facility_committed_late_comes_with_the_first_pull_of_the_night(county: Facility) -> None:
    early = versioned(observation(), 1, "2026-11-21T00:00:00Z")
    late = versioned(observation(id="o2", value="6.10"), 1, "2026-11-20T12:00:00Z")
    known = [versioned(patient(), 1, "2026-11-20T00:00:00Z"), early]
    feed = factories.source(county, "late", kind="fhir_r4", address="http://127.0.0.1:9/", allowed_hosts=[])
    fetched = []
    for now, offered in ((night(1), known), (night(1, 30), [*known, late]), (night(2, 1), [*known, late])):
        with SandboxServer("COUNTY", resources=offered, clock=lambda now=now: now) as server:
            with acting_as("owner"):
                fields = {"address": server.url, "allowed_hosts": [server.url.split("/")[2]]}
                Source.objects.filter(pk=feed.pk).update(**fields)
            run = pull_at(feed, now)
            fetched.append((run.outcome, run.new))
    assert fetched == [("succeeded", 2), ("succeeded", 0), ("succeeded", 1)]
    assert {row.value_text for row in rows(Observation)} == {"5.60", "6.10"}


def test_of_sources_that_failed_one_is_asked_at_a_time(county: Facility) -> None:
    good = factories.source(county, "good", kind="fhir_r4", address="http://127.0.0.1:9/")
    bad = [
        factories.source(county, f"bad{turn}", kind="fhir_r4", address="http://127.0.0.1:9/", failures=1)
        for turn in range(3)
    ]
    with acting_as("worker"):
        first = due(NOON)
        runs.claim(first[1], NOON)
        second = due(NOON)
    assert (first[0], first[1] in {one.pk for one in bad}, len(first), second) == (good.pk, True, 2, [])
    with acting_as("worker"):
        later = NOON + runs.LEASE + timedelta(seconds=1)
        assert len(set(due(later)) - {good.pk}) == 1
