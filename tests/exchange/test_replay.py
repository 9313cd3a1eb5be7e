"""Stored messages read once more as they are understood today: the same record, or an explained difference."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.exchange import documents, sensitivity
from records.exchange.importing import import_file
from records.exchange.mapping import MAPPINGS
from records.exchange.models import CodeMapping, ReleasePolicy, Replay, ReplayDifference, Source, StoredFile
from records.exchange.problems import AlreadyRunning, CannotApply, Reason
from records.exchange.replaying import asking, running
from records.exchange.replaying import rows as replayed_rows
from records.exchange.tasks import replay as go_on
from records.models import Observation, Report
from residents.models import Account, Notice
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.counting import statements
from tests.exchange.sending import at_utc, bundle_file, deliver, observation, patient, report, versioned
from tests.factories import NOON, made
from tests.people import People
from tests.sessions import session_of

Enter = Callable[[Account], Client]
LATER = NOON + timedelta(hours=1)
COUNTED = ("read", "same", "renewed", "kept")
LOCAL = {"coding": [{"system": "https://lab.example", "code": "GLU"}], "text": "血糖"}


def mapping(feed: Source, code: str = "14749-6") -> None:
    fields = {"local_code": "GLU", "standard_code": code, "unit_code": "mmol/L"}
    made(CodeMapping(source=feed, facility=feed.facility, **fields))


def replay(feed: Source, now: datetime = LATER, **fields: Any) -> dict[str, int]:
    """One whole replay, under the worker's login."""
    with acting_as("worker"):
        wanted = asking.ask(feed, fields.pop("since", None), None, by="测试", now=now, **fields)
        done = running.run(wanted.pk, clock=lambda: now)
    return {name: getattr(done, name) for name in COUNTED}


def natures() -> list[tuple[str, str]]:
    return [(line.nature, line.field) for line in rows(ReplayDifference)]


def everything() -> dict[str, list[str]]:
    """All rows of the record, whole."""
    tables = ("records_observation", "records_report", "records_condition", "records_encounter")
    with connections["owner"].cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def test_what_is_understood_as_before_leaves_every_row_as_it_is(feed: Source) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"text": "高血压"},
        "subject": {"reference": "Patient/p1"},
    }
    deliver(
        feed, patient(), observation(), report(), condition, observation(id="o2", subject={"reference": "Patient/x"})
    )
    before = everything()
    assert replay(feed) == {"read": 3, "same": 3, "renewed": 0, "kept": 0}
    assert (everything(), rows(ReplayDifference)) == (before, [])


def test_a_new_mapping_reaches_what_is_there_and_a_second_run_finds_nothing(feed: Source) -> None:
    deliver(feed, patient(), observation(code=LOCAL), observation(id="o2"))
    (before,) = rows(Observation, identifier="o1")
    mapping(feed)
    assert replay(feed) == {"read": 2, "same": 1, "renewed": 1, "kept": 0}
    (after,) = rows(Observation, identifier="o1")
    assert (before.code, after.code, after.code_system) == ("", "14749-6", "http://loinc.org")
    said = ("id", "local_code", "name", "value_text", "unit", "range_text", "received_at", "version", "superseded_at")
    assert [getattr(after, name) for name in said] == [getattr(before, name) for name in said]
    assert sorted(natures()) == [("renewed", "code"), ("renewed", "code_system")]
    assert replay(feed, LATER + timedelta(hours=1)) == {"read": 2, "same": 2, "renewed": 0, "kept": 0}


def test_the_report_says_which_message_and_how_its_code_was_and_is(feed: Source) -> None:
    deliver(feed, patient(), observation(code=LOCAL))
    mapping(feed)
    replay(feed)
    (line,) = rows(ReplayDifference, field="code")
    assert (line.kind, line.identifier, line.before, line.after) == ("Observation", "o1", "", "14749-6")


def test_older_versions_are_read_again_too_and_stay_superseded(feed: Source) -> None:
    deliver(feed, patient(), versioned(observation(code=LOCAL), updated=at_utc(1)))
    deliver(feed, versioned(observation(code=LOCAL, value="6.00"), updated=at_utc(2)))
    mapping(feed)
    assert replay(feed)["renewed"] == 2
    found = {row.value_text: (row.code, row.superseded_at is None) for row in rows(Observation)}
    assert found == {"5.60": ("14749-6", False), "6.00": ("14749-6", True)}


def test_components_that_are_coded_now_keep_their_rows(feed: Source) -> None:
    parts = [
        {"code": {"coding": [{"code": code}], "text": code}, "valueInteger": n} for n, code in ((1, "GLU"), (2, "Y"))
    ]
    resource = observation(component=parts)
    del resource["valueQuantity"]
    deliver(feed, patient(), resource)
    ids = {row.local_code: row.id for row in rows(Observation)}
    mapping(feed)
    assert replay(feed)["renewed"] == 1
    assert {row.local_code: row.id for row in rows(Observation)} == ids
    assert {row.local_code: row.part for row in rows(Observation)} == {"GLU": "14749-6", "Y": "Y"}


def test_what_the_facility_said_is_never_changed(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(feed, patient(), observation())
    read = MAPPINGS["Observation"]

    def otherwise(resource: Any, frame: Any) -> Any:
        return read({**resource, "code": {**resource["code"], "text": "另一种读法"}}, frame)

    monkeypatch.setitem(MAPPINGS, "Observation", otherwise)
    before = everything()
    assert replay(feed) == {"read": 1, "same": 0, "renewed": 0, "kept": 1}
    (line,) = rows(ReplayDifference)
    assert (line.nature, line.field, line.before, line.after) == ("said", "name", "", "")
    assert everything() == before


def test_what_was_not_read_then_is_filled_in(feed: Source) -> None:
    deliver(feed, patient(), observation(method={"text": "己糖激酶法"}))
    with acting_as("owner"):
        Observation.objects.update(method="")
    assert replay(feed)["renewed"] == 1
    assert (rows(Observation)[0].method, natures()) == ("己糖激酶法", [("filled", "method")])
    assert replay(feed, LATER + timedelta(hours=1))["same"] == 1


def test_protection_rises_by_itself_and_takes_the_row_off_the_pages(
    feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(feed, patient(), observation())
    monkeypatch.setattr(sensitivity, "WORDS", (*sensitivity.WORDS, "空腹血糖"))
    assert replay(feed)["renewed"] == 1
    assert [(row.sensitivity, row.release) for row in rows(Observation)] == [(5, "withheld")]
    assert natures() == [("raised", "sensitivity")]


def test_protection_never_falls_by_itself_and_with_a_line_where_that_was_asked_for(
    feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        then.setattr(sensitivity, "WORDS", (*sensitivity.WORDS, "空腹血糖"))
        deliver(feed, patient(), observation())
    assert replay(feed) == {"read": 1, "same": 0, "renewed": 0, "kept": 1}
    assert [(row.sensitivity, row.release) for row in rows(Observation)] == [(5, "withheld")]
    assert replay(feed, LATER + timedelta(hours=1), lower=True)["renewed"] == 1
    assert [(row.sensitivity, row.release) for row in rows(Observation)] == [(4, "released")]
    assert natures() == [("not_lowered", "sensitivity"), ("lowered", "sensitivity")]


def test_what_a_doctor_released_stays_released(feed: Source) -> None:
    deliver(feed, patient(), report(code={"text": "病理检查"}, category=None))
    with acting_as("owner"):
        Report.objects.update(release="released")
    assert replay(feed)["same"] == 1
    assert [row.release for row in rows(Report)] == ["released"]


def test_a_report_that_turns_out_to_be_pathology_is_handed_over_in_person(feed: Source) -> None:
    deliver(feed, patient(), report(code={"text": "病理检查"}, category=None))
    with acting_as("owner"):
        Report.objects.update(release="released", category="other")
    assert replay(feed)["renewed"] == 1
    assert [(row.category, row.release) for row in rows(Report)] == [("pathology", "withheld")]


def test_a_rule_for_a_code_reaches_what_is_coded_only_now(feed: Source) -> None:
    deliver(feed, patient(), observation(code=LOCAL), observation(id="o2"))
    rule = {"what": "item", "value": "14749-6", "decision": "withheld", "reason": "试", "starts_at": NOON}
    made(ReleasePolicy(made_at=NOON, made_by=uuid7(), made_name="局", **rule))
    mapping(feed)
    assert replay(feed)["renewed"] == 1
    assert {row.identifier: row.release for row in rows(Observation)} == {"o1": "withheld", "o2": "released"}
    assert ("raised", "release") in natures()


def test_a_message_that_cannot_be_read_today_keeps_its_record(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(feed, patient(), observation(), report())

    def refuse(resource: Any, frame: Any) -> Any:
        raise CannotApply(Reason.UNREADABLE, "今天读不懂")

    monkeypatch.setitem(MAPPINGS, "Observation", refuse)
    monkeypatch.setitem(MAPPINGS, "DiagnosticReport", lambda resource, frame: 1 / 0)
    before = everything()
    assert replay(feed) == {"read": 2, "same": 0, "renewed": 0, "kept": 2}
    assert (everything(), natures()) == (before, [("refused", ""), ("refused", "")])


def test_nobody_is_told_and_nothing_is_added(feed: Source) -> None:
    deliver(feed, patient(), observation(code=LOCAL), report())
    told = len(rows(Notice))
    mapping(feed)
    replay(feed)
    assert (len(rows(Notice)), len(rows(Observation)), len(rows(Report))) == (told, 1, 1)


def test_a_period_is_what_was_received_in_it(feed: Source) -> None:
    deliver(feed, patient(), observation())
    deliver(feed, observation(id="o2"), now=NOON + timedelta(minutes=10))
    assert replay(feed, since=NOON + timedelta(minutes=5))["read"] == 1
    assert replay(feed, LATER + timedelta(hours=1))["read"] == 2


def test_a_file_and_a_document_are_translated_again(feed: Source, county: Any, tmp_path: Path) -> None:
    with acting_as("worker"):
        import_file(bundle_file(tmp_path, patient(), observation(code=LOCAL)), feed.pk, clock=lambda: NOON)
    lab = factories.source(county, "lab", kind="hl7v2")
    raw = (
        "MSH|^~\\&|LIS|COUNTY|P|P|20261120113000+0800||ORU^R01|1|P|2.4|||||CHN|UNICODE UTF-8\r"
        "PID|1||77^^^COUNTY^MR~640199195702130025^^^MOPS^NI||贺兰芳||19570213|F\r"
        "OBR|1||R7|24323^生化||20261120081000+0800|||||||||||||||20261120113000+0800||LAB|F\r"
        "OBX|1|NM|GLU^血糖||5.60|mmol/L|3.9-6.1|N|||F\r"
    )
    number = patient()["identifier"][1]["value"]
    with acting_as("worker"):
        documents.keep(raw.replace("640199195702130025", number).encode(), lab, StoredFile.Layout.HL7V2, "x.hl7", NOON)
        documents.translate(lab.pk, clock=lambda: NOON)
    for source in (feed, lab):
        assert replay(source)["same"] >= 1
        mapping(source)
        assert replay(source, LATER + timedelta(hours=1))["renewed"] == 1
        assert replay(source, LATER + timedelta(hours=2))["renewed"] == 0


def test_names_that_came_along_with_a_message_are_found_again(feed: Source) -> None:
    organization = {"resourceType": "Organization", "id": "lab", "name": "县中心检验室"}
    deliver(feed, patient(), organization, observation(performer=[{"reference": "Organization/lab"}]))
    assert [row.facility_name for row in rows(Observation)] == ["县中心检验室"]
    assert replay(feed) == {"read": 1, "same": 1, "renewed": 0, "kept": 0}


def test_a_run_that_is_killed_goes_on_where_it_was(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(feed, patient(), *(observation(id=f"o{n}", code=LOCAL) for n in range(9)))
    mapping(feed)
    monkeypatch.setattr(running, "BATCH", 3)
    renew, calls = replayed_rows.renew, []

    def killed(*args: Any) -> None:
        calls.append(1)
        renew(*args)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with patch.object(replayed_rows, "renew", killed), pytest.raises(KeyboardInterrupt):
        replay(feed)
    halfway = len(rows(Observation, code="14749-6"))
    (left,) = rows(Replay)
    with acting_as("worker"), pytest.raises(AlreadyRunning):
        running.run(left.pk, clock=lambda: LATER)
    with acting_as("worker"):
        done = running.run(left.pk, clock=lambda: LATER + timedelta(minutes=5))
    assert (0 < halfway < 9, len(rows(Observation, code="14749-6"))) == (True, 9)
    assert (done.read, done.renewed, done.state) == (9, 9, "done")
    assert len(rows(ReplayDifference, field="code")) == 9


def test_a_task_stops_after_its_time_and_the_next_goes_on(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(feed, patient(), *(observation(id=f"o{n}", code=LOCAL) for n in range(4)))
    mapping(feed)
    monkeypatch.setattr(running, "BATCH", 2)
    ticks = iter(LATER + timedelta(seconds=n) for n in range(1000))
    with acting_as("worker"):
        wanted = asking.ask(feed, None, None, by="测试", now=LATER)
        first = running.run(wanted.pk, clock=lambda: next(ticks), seconds=0)
        assert (first.state, first.read) == ("waiting", 1)
        while running.due(next(ticks)):
            running.run(wanted.pk, clock=lambda: next(ticks), seconds=0)
    assert [(row.state, row.renewed) for row in rows(Replay)] == [("done", 4)]


def test_a_batch_takes_a_fixed_number_of_statements_however_many_messages(feed: Source) -> None:
    deliver(feed, patient(), *(observation(id=f"o{n}", code=LOCAL) for n in range(100)))
    mapping(feed)
    with statements() as seen:
        assert replay(feed)["renewed"] == 100
    assert len(seen) <= 25, seen


def test_messages_that_came_from_now_on_are_not_waited_for(feed: Source) -> None:
    deliver(feed, patient(), observation())
    deliver(feed, observation(id="o2"), now=LATER + timedelta(minutes=1))
    assert replay(feed)["read"] == 1


def run_command(**options: Any) -> str:
    out = StringIO()
    with acting_as("worker"):
        call_command("replay", stdout=out, **options)
    return out.getvalue()


def test_the_command_shows_the_differences_and_then_none(feed: Source) -> None:
    deliver(feed, patient(), observation(code=LOCAL))
    mapping(feed)
    before = everything()
    dry = run_command(source=feed.code, dry_run=True)
    assert (
        "重新读取 1 条消息：一致 0，更新 1，保留原样 0" in dry and "Observation code：已按今天的解读更新，1 处" in dry
    )
    assert (everything(), rows(Replay)) == (before, [])
    assert "更新 1" in run_command(source=feed.code)
    assert "一致 1，更新 0，保留原样 0" in run_command(source=feed.code, since="2020-01-01")


def test_the_command_says_what_is_wrong(feed: Source) -> None:
    for options, words in (
        ({"source": "nowhere"}, "现有：county-files"),
        ({"source": feed.code, "since": "上周"}, "不是日期"),
    ):
        with pytest.raises(CommandError, match=words):
            run_command(**options)
    with acting_as("worker"):
        asking.ask(feed, NOON, None, by="甲", now=NOON)
    with pytest.raises(CommandError, match="没有做完"):
        run_command(source=feed.code)


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


def test_an_engineer_asks_for_a_replay_and_the_worker_does_it(engineer: Client, people: People) -> None:
    feed = factories.source(people.county, "county")
    deliver(feed, patient(), observation(code=LOCAL))
    mapping(feed)
    add = reverse("admin:exchange_replay_add")
    assert engineer.post(add, {"source": str(feed.pk), "since": "", "until": ""}).status_code == 302
    assert "已经有一次重新解读" in engineer.post(add, {"source": str(feed.pk)}).content.decode()
    with acting_as("worker"):
        for replay_id in running.due(LATER):
            go_on(str(replay_id))
    (done,) = rows(Replay)
    assert (done.state, done.renewed, done.asked_by, done.facility_id) == (
        "done",
        1,
        people.engineer.name,
        people.county.pk,
    )
    page = engineer.get(reverse("admin:exchange_replay_change", args=[done.pk])).content.decode()
    assert "Observation code 已按今天的解读更新 1" in page
    listed = engineer.get(reverse("admin:exchange_replaydifference_changelist"), {"replay__id__exact": str(done.pk)})
    assert "14749-6" in listed.content.decode() and "5.60" not in listed.content.decode()


def test_a_clinician_asks_for_nothing(people: People, signed_in: Enter) -> None:
    assert signed_in(people.chenyisheng).get(reverse("admin:exchange_replay_add")).status_code == 403


WISH = """
INSERT INTO exchange_replay
  (id, source_id, facility_id, asked_at, asked_by, state, lower, read, same, renewed, kept, counts)
VALUES (gen_random_uuid(), %s, %s, now(), '', 'waiting', %s, %s, %s, 0, 0, '{}')
"""


@pytest.mark.parametrize(
    ("whose", "place", "lower", "read"),
    [
        ("town", "county", False, 0),
        ("county", "county", True, 0),
        ("county", "county", False, 1),
    ],
)
def test_the_database_refuses_a_wish_for_others_or_for_more(
    people: People, engineer: Client, whose: str, place: str, lower: bool, read: int
) -> None:
    """Not for a feed under another facility's name, not for a lower level, not with figures."""
    feeds = {"county": factories.source(people.county, "county"), "town": factories.source(people.township, "town")}
    facility = getattr(people, place)
    with session_of(engineer), connections["default"].cursor() as cursor:
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute(WISH, [feeds[whose].pk, facility.pk, lower, read, read])
        cursor.execute(WISH, [feeds["county"].pk, people.county.pk, False, 0, 0])
