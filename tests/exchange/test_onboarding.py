"""From a new feed to a live one on the staff site: trials that the worker carries out, a report that adds up."""

import json
import os
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from portal.demo.fhirjson import dumps
from records.exchange import documents, tasks
from records.exchange.hl7v2 import senders
from records.exchange.models import Launch, Source, StoredFile, Translation, Trial
from records.exchange.onboarding import trials
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import observation, patient, report
from tests.exchange.test_desk import Enter
from tests.exchange.test_fhir_versions import R5, STU3, Server, served
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER, People

NEWCOMER = factories.id_number(date(1991, 3, 4), 577)
# Tables that a rehearsal must leave as they are.
UNTOUCHED = (
    *["records_report", "records_observation", "residents_resident", "residents_identifier", "residents_notice"],
    *["exchange_sourcepatient", "exchange_held", "exchange_inbound", "exchange_inboundkey", "exchange_storedfile"],
    *["exchange_identitycase", "exchange_pull", "exchange_filepart"],
)


def url(source: Source) -> str:
    return reverse("admin:exchange_source_onboarding", args=[source.pk])


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


def fhir(people: People, server: Server, **fields: Any) -> Source:
    place = {"address": f"http://{server.place}/", "allowed_hosts": [server.place], "state": "paused"}
    return factories.source(people.county, "county", kind="fhir_r4", **(place | fields))


def sending(people: People, kind: str, **fields: Any) -> Source:
    return factories.source(people.county, kind, kind=kind, **({"state": "testing"} | fields))


def wanted(client: Client, source: Source, kind: str) -> Trial:
    """A trial asked for on the page and carried out by the worker."""
    assert client.post(url(source), {"deed": kind}).status_code == 302
    return worked(kind)


def worked(kind: str) -> Trial:
    with acting_as("worker"):
        for trial_id in trials.due(NOON):
            trials.carry_out(trial_id, clock=lambda: NOON)
    return rows(Trial, kind=kind)[0]


def counted() -> dict[str, int]:
    with connections["owner"].cursor() as cursor:
        found = {}
        for table in UNTOUCHED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
        return found


def shown(client: Client, source: Source) -> str:
    return str(client.get(url(source)).content.decode())


@pytest.fixture
def server() -> Iterator[Server]:
    """A facility whose messages fare in every way there is."""
    resources = [
        patient(),
        patient(None, id="p2"),
        patient(HELANFANG_NUMBER, id="p3", name=[{"text": "别人"}]),
        observation(),
        observation(id="o2", code={"coding": [{"system": "urn:local", "code": "GLU"}], "text": "血糖"}),
        observation(id="o3", subject={"reference": "Patient/p9"}),
        observation(id="o4", status="nonsense"),
        report(),
    ]
    yield from served("4.0.1", resources)


# --- the test of the connection --------------------------------------------------------------------------------------
def test_a_fhir_server_that_answers_passes_and_the_version_is_said(
    engineer: Client, people: People, server: Server
) -> None:
    trial = wanted(engineer, fhir(people, server), "connection")
    assert (trial.state, trial.sentence.startswith("连接成功，FHIR 4.0.1")) == ("passed", True)
    assert "没有加密" in trial.sentence


def test_a_refused_connection_a_wrong_name_and_a_web_page_are_told_apart(
    engineer: Client, people: People, server: Server
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{free.getsockname()[1]}"
    for code, place, words in [
        ("closed", closed, "连接不上机构接口"),
        ("unknown", "no-such-host.invalid:80", "找不到主机 no-such-host.invalid"),
    ]:
        source = factories.source(
            people.county, code, kind="fhir_r4", state="paused", address=f"http://{place}/", allowed_hosts=[place]
        )
        assert words in wanted(engineer, source, "connection").sentence
        with acting_as("owner"):
            Trial.objects.all().delete()


@pytest.mark.parametrize(
    ("answer", "words"),
    [("<html>登录</html>", "不完整，或不是 FHIR"), ('{"fhirVersion": "1.0.2"}', "门户只能读取 STU3")],
)
def test_what_is_not_fhir_is_said_to_be_so(
    engineer: Client, people: People, server: Server, monkeypatch: pytest.MonkeyPatch, answer: str, words: str
) -> None:
    monkeypatch.setattr(server, "answer", lambda kind: answer)
    trial = wanted(engineer, fhir(people, server), "connection")
    assert (trial.state, words in trial.sentence) == ("failed", True)


def test_a_feed_that_pushes_is_told_what_is_still_missing(engineer: Client, people: People) -> None:
    source = sending(people, "fhir_push")
    assert "还没有发放推送凭证" in wanted(engineer, source, "connection").sentence


def test_a_listener_says_whom_it_waits_for_and_whether_anything_has_come(engineer: Client, people: People) -> None:
    source = sending(people, "hl7v2", allowed_hosts=["10.1.2.3"], options={"application": "LIS"})
    first = wanted(engineer, source, "connection")
    assert (first.state, "10.1.2.3" in first.sentence, "MSH-3 为 LIS" in first.sentence) == ("failed", True, True)
    with acting_as("worker"):
        documents.keep(b"MSH|^~\\&|LIS", source, StoredFile.Layout.HL7V2, "x", NOON)
    with acting_as("owner"):
        Trial.objects.all().delete()
    assert "已经收到内容，最近一次在 2026-11-22 12:00" in wanted(engineer, source, "connection").sentence


def test_a_folder_that_is_missing_and_one_that_is_there_are_told_apart(
    engineer: Client, people: People, tmp_path: Path, settings: Any
) -> None:
    settings.DROP_FOLDER = str(tmp_path)
    source = sending(people, "table", options={"folder": "town3"})
    assert "没有这个文件夹" in wanted(engineer, source, "connection").sentence
    with acting_as("owner"):
        Trial.objects.all().delete()
    (tmp_path / "town3").mkdir()
    (tmp_path / "town3" / "a.csv").write_text("x")
    assert "打得开，里面有 1 个文件" in wanted(engineer, source, "connection").sentence


# --- the rehearsal ---------------------------------------------------------------------------------------------------
def test_a_rehearsal_counts_every_message_once_and_writes_nothing(
    engineer: Client, people: People, server: Server
) -> None:
    source = fhir(people, server)
    before = counted()
    trial = wanted(engineer, source, "rehearsal")
    assert counted() == before
    facts = trial.facts
    total = sum(facts[name] for name in ("matched", "new", "unknown", "unreadable", "skipped", "repeated"))
    assert (facts["looked"], total + sum(facts["held"].values())) == (8, 8)
    assert (facts["matched"], facts["unknown"], facts["unreadable"]) == (4, 1, 1)
    assert sum(facts["held"].values()) == 2
    assert trial.state == "passed"
    assert rows(Source, pk=source.pk)[0].cursor == {}


def test_its_report_holds_local_codes_and_nothing_of_anybody(engineer: Client, people: People, server: Server) -> None:
    trial = wanted(engineer, fhir(people, server), "rehearsal")
    assert trial.facts["unmapped"] == [["GLU", "血糖", 1]]
    said = json.dumps([trial.facts, trial.sentence], ensure_ascii=False)
    assert not any(word in said for word in ("贺兰芳", "别人", HELANFANG_NUMBER, "5.60", "p1", "10020137"))


def test_the_page_shows_the_report_with_a_sum_and_keeps_it(engineer: Client, people: People, server: Server) -> None:
    source = fhir(people, server)
    wanted(engineer, source, "rehearsal")
    page = shown(engineer, source)
    assert all(word in page for word in ("这些消息会怎样", "合计", "血糖", "1 个院内编码还没有对照", "历史"))


def test_a_person_nobody_knows_is_counted_as_new_and_not_made(engineer: Client, people: People) -> None:
    someone = patient(NEWCOMER, name=[{"text": "新来的"}], gender="male", birthDate="1991-03-04")
    for unknown in served("4.0.1", [someone, observation()]):
        before = counted()
        trial = wanted(engineer, fhir(people, unknown), "rehearsal")
        assert (trial.facts["new"], trial.facts["matched"]) == (2, 0)
        assert counted() == before


def test_patients_who_are_not_among_the_last_messages_are_asked_for(engineer: Client, people: People) -> None:
    for other in served("4.0.1", [observation()]):
        wanted(engineer, fhir(people, other), "rehearsal")
        assert [one for one in other.asked if "_id=p1" in one] == ["/Patient?_id=p1&_count=1"]


def test_nobody_is_asked_for_who_is_among_them(engineer: Client, people: People) -> None:
    for whole in served("4.0.1", [patient(), observation()]):
        wanted(engineer, fhir(people, whole), "rehearsal")
        assert not any("_id=" in one for one in whole.asked)


def test_no_more_than_a_hundred_messages_are_looked_at(engineer: Client, people: People) -> None:
    for large in served("4.0.1", [patient(), *[observation(id=f"o{n}") for n in range(300)]]):
        assert wanted(engineer, fhir(people, large), "rehearsal").facts["looked"] <= 100


@pytest.mark.parametrize("version", ["3.0.2", "5.0.0"])
def test_a_server_of_another_version_is_rehearsed_too(engineer: Client, people: People, version: str) -> None:
    for other in served(version, STU3 if version.startswith("3") else R5):
        trial = wanted(engineer, fhir(people, other), "rehearsal")
        assert (trial.state, trial.facts["looked"], trial.facts["matched"]) == ("passed", 9, 9)


def test_what_a_sending_feed_sent_is_rehearsed_as_it_is_stored(engineer: Client, people: People) -> None:
    source = sending(people, "fhir_push")
    body = {"resourceType": "Bundle", "entry": [{"resource": one} for one in (patient(), observation(), report())]}
    with acting_as("worker"):
        documents.keep(dumps(body).encode(), source, StoredFile.Layout.BUNDLE, "x", NOON)
        documents.keep(b"{", source, StoredFile.Layout.BUNDLE, "y", NOON)
    trial = wanted(engineer, source, "rehearsal")
    assert (trial.facts["matched"], trial.facts["unreadable"], trial.facts["looked"]) == (3, 1, 4)


def test_without_messages_a_rehearsal_does_not_pass(engineer: Client, people: People) -> None:
    trial = wanted(engineer, sending(people, "hl7v2"), "rehearsal")
    assert (trial.state, "请先让机构发来一些" in trial.sentence) == ("failed", True)


# --- while it is tried, and live -------------------------------------------------------------------------------------
def test_what_comes_while_a_feed_is_tried_is_kept_and_translated_when_it_goes_live(
    engineer: Client, people: People
) -> None:
    source = sending(people, "hl7v2", state="paused", allowed_hosts=["10.1.2.3"])
    assert senders.sender(source).paused
    engineer.post(url(source), {"deed": "try_out"})
    source = rows(Source, pk=source.pk)[0]
    assert (source.state, senders.sender(source).paused) == ("testing", False)
    with acting_as("worker"):
        documents.keep(b"MSH|^~\\&|LIS", source, StoredFile.Layout.HL7V2, "x", NOON)
        assert documents.due() == []
    engineer.post(url(source), {"deed": "launch", "reason": "机构今晚开始发送"})
    with acting_as("worker"):
        assert documents.due() == [source.pk]
    assert [row.state for row in rows(Translation)] == ["waiting"]


def test_going_live_takes_a_rehearsal_that_passed(engineer: Client, people: People, server: Server) -> None:
    source = fhir(people, server)
    engineer.post(url(source), {"deed": "launch", "reason": ""})
    assert (rows(Source)[0].state, rows(Launch)) == ("paused", [])
    trial = wanted(engineer, source, "rehearsal")
    engineer.post(url(source), {"deed": "launch"})
    assert rows(Source)[0].state == "enabled"
    assert [(row.trial_id, row.launched_by) for row in rows(Launch)] == [(trial.pk, people.engineer.name)]


def test_or_a_reason_that_stays(engineer: Client, people: People) -> None:
    source = sending(people, "fhir_push", state="paused")
    engineer.post(url(source), {"deed": "launch", "reason": "机构还没有数据"})
    assert "机构还没有数据" in shown(engineer, source)
    assert rows(Source)[0].state == "enabled"


def test_a_rehearsal_that_failed_since_does_not_count(engineer: Client, people: People, server: Server) -> None:
    source = fhir(people, server)
    wanted(engineer, source, "rehearsal")
    server.resources.clear()
    engineer.post(url(source), {"deed": "rehearsal"})
    with acting_as("worker"):
        for trial_id in trials.due(NOON):
            trials.carry_out(trial_id, clock=lambda: NOON + timedelta(minutes=1))
    engineer.post(url(source), {"deed": "launch"})
    assert rows(Source)[0].state == "paused"


def test_the_database_takes_no_launch_by_another_feeds_rehearsal(
    engineer: Client, people: People, server: Server
) -> None:
    trial = wanted(engineer, fhir(people, server), "rehearsal")
    other = sending(people, "cda", state="paused")
    launch = Launch(
        source=other, facility=people.county, trial=trial, launched_at=NOON, launched_by=people.engineer.name
    )
    token = engineer.session.get(TOKEN)
    with pytest.raises(IntegrityError, match="no rehearsal"), seeing(token), transaction.atomic():
        launch.save(force_insert=True)


def test_the_facilitys_state_moves_along(engineer: Client, people: People) -> None:
    with acting_as("owner"):
        Facility.objects.filter(pk=people.county.pk).update(onboarding="not_connected")
    source = sending(people, "fhir_push", state="paused")
    engineer.post(url(source), {"deed": "connection"})
    assert rows(Facility, pk=people.county.pk)[0].onboarding == "testing"
    engineer.post(url(source), {"deed": "launch", "reason": "约定今晚开始"})
    assert rows(Facility, pk=people.county.pk)[0].onboarding == "connected"


# --- trials as work for the worker -----------------------------------------------------------------------------------
def test_the_page_asks_nobody_and_one_trial_of_a_kind_waits_at_a_time(
    engineer: Client, people: People, server: Server
) -> None:
    source = fhir(people, server)
    engineer.post(url(source), {"deed": "connection"})
    answer = engineer.post(url(source), {"deed": "connection"}, follow=True).content.decode()
    assert "已经有一次在进行" in answer
    assert "正在测试" in answer
    assert (len(rows(Trial)), server.asked) == (1, [])


def test_a_trial_is_carried_out_once(engineer: Client, people: People, server: Server) -> None:
    engineer.post(url(fhir(people, server)), {"deed": "connection"})
    (trial,) = rows(Trial)
    with acting_as("worker"):
        tasks.carry_out_trial(str(trial.pk))
        asked = len(server.asked)
        tasks.carry_out_trial(str(trial.pk))
    assert len(server.asked) == asked


def test_a_trial_whose_worker_was_killed_is_closed(engineer: Client, people: People, server: Server) -> None:
    engineer.post(url(fhir(people, server)), {"deed": "connection"})
    with acting_as("worker"):
        Trial.objects.update(state="running", started_at=NOON)
        assert trials.due(NOON + timedelta(minutes=11)) == []
    assert [(row.state, "中途被打断" in row.sentence) for row in rows(Trial)] == [("failed", True)]


def test_a_mistake_of_our_own_ends_the_trial_without_its_text(
    engineer: Client, people: People, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_arguments: Any) -> None:
        raise ValueError("贺兰芳")

    monkeypatch.setattr("records.exchange.onboarding.connections.test", wrong)
    trial = wanted(engineer, fhir(people, server), "connection")
    assert (trial.state, "贺兰芳" in trial.sentence) == ("failed", False)


def test_the_page_renews_itself_while_a_trial_is_open_and_not_after(
    engineer: Client, people: People, server: Server
) -> None:
    source = fhir(people, server)
    engineer.post(url(source), {"deed": "connection"})
    assert 'hx-trigger="load delay' in shown(engineer, source)
    worked("connection")
    assert 'hx-trigger="load delay' not in shown(engineer, source)


def test_a_folder_that_cannot_be_written_is_noted(
    engineer: Client, people: People, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DROP_FOLDER = str(tmp_path)
    (tmp_path / "town3").mkdir()
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    source = sending(people, "cda", options={"folder": "town3"})
    assert "文件夹是只读的" in wanted(engineer, source, "connection").sentence
