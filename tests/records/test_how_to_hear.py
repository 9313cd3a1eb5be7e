"""How results are told of: at once, after a clinician's comment, or through a delegate; by the person's own choice."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from records import awaiting
from records.exchange.models import Source
from records.models import Awaited, FollowThrough, Observation, Report
from residents import messages_port
from residents.messages import notify
from residents.models import AccessEvent, Delegation, Delivery, Hearing, Notice
from residents.spreading import spread
from tests import factories
from tests.factories import NOON, made
from tests.people import People
from tests.portal.staffing import Enter
from tests.records import rows
from tests.records.fhir_api.reading import let_in
from tests.records.rows import read
from tests.residents.connected.programs import EVERYTHING
from tests.residents.test_messages_rules import Phone
from tests.sessions import session_of

Clock = Callable[[datetime], AbstractContextManager[Any]]
BEFORE, LATER = NOON - timedelta(hours=1), NOON + timedelta(days=8)
VALUE: dict[str, Any] = {"name": "空腹血糖", "value_text": "5.31"}


@pytest.fixture(autouse=True)
def noon(at: Clock) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    adapter = Phone()
    monkeypatch.setattr(messages_port, "sms", lambda: adapter)
    return adapter


def chosen(people: People, way: str, category: str = "laboratory", **fields: Any) -> Hearing:
    row = made(Hearing(resident=people.helanfang, category=category, way=way, started_at=BEFORE, **fields))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE residents_hearing SET started_at = %s WHERE id = %s", [BEFORE, row.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    return row


@pytest.fixture
def waits(people: People) -> Hearing:
    return chosen(people, "after_comment")


def arrived(people: People, feed: Source, **fields: Any) -> Report:
    return rows.panel(people.helanfang, feed, NOON, VALUE, **{"title": "血糖", "impression": "未见异常"} | fields)


def state() -> tuple[str, bool]:
    with acting_as("owner"):
        row = Awaited.objects.get()
    return row.how, row.ended_at is not None


def told(people: People) -> int:
    with acting_as("owner"):
        return Notice.objects.filter(resident=people.helanfang, kind="report_ready").count()


def announced(report: Report) -> None:
    with acting_as("worker"):
        notify(resident_id=report.resident_id, kind="report_ready", subject_id=report.pk, now=NOON)


def swept(now: datetime = NOON) -> int:
    with acting_as("worker"):
        return awaiting.sweep(now)


def rung() -> list[tuple[str, str]]:
    with acting_as("worker"):
        spread(NOON)
    with acting_as("owner"):
        about = Delivery.objects.filter(template__in=["report_ready", "family_notice"]).order_by("template")
        found = about.values_list("template", "resident_id")
        return [(template, str(who)) for template, who in found]


def test_without_a_choice_a_result_is_there_at_once(people: People, feed: Source, hers: Client) -> None:
    assert str(arrived(people, feed).pk) in read(hers, "reports")


def test_a_result_that_waits_is_in_no_list_search_or_page_of_hers(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    report = arrived(people, feed)
    pages = [read(hers, "reports"), read(hers, "items"), read(hers, "home"), read(hers, "search", q="血糖")]
    assert [word for word in ("5.31", "未见异常", str(report.pk)) if word in "".join(pages)] == []


def test_its_address_offers_to_look_now_and_shows_nothing(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    page = read(hers, "report", arrived(people, feed).pk)
    assert ("现在就看" in page, "5.31" in page, "未见异常" in page) == (True, False, False)


def test_the_list_says_that_something_waits_of_which_kind_and_until_when(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    arrived(people, feed)
    page = read(hers, "reports")
    assert [word for word in ("有 1 份结果，医生说明后再看", "化验结果", "2026-11-29") if word not in page] == []


def test_it_is_counted_nowhere_and_not_in_everything_held_about_her(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    arrived(people, feed)
    with session_of(hers):
        assert (Report.objects.count(), Observation.objects.count()) == (0, 0)
    answer: Any = hers.get(reverse("residents:take_json"))
    assert "5.31" not in b"".join(answer.streaming_content).decode()


def test_she_looks_now_and_it_stays_open(waits: Hearing, people: People, feed: Source, hers: Client) -> None:
    report = arrived(people, feed)
    with acting_as("owner"):
        waiting = Awaited.objects.get().pk
    answer = hers.post(reverse("records:see_awaited", args=[waiting]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("records:report", args=[report.pk]))
    assert "5.31" in read(hers, "report", report.pk)
    assert (state(), swept(LATER)) == (("self", True), 0)


def test_nobody_else_ends_her_wait(waits: Hearing, people: People, feed: Source, signed_in: Enter) -> None:
    arrived(people, feed)
    with acting_as("owner"):
        waiting = Awaited.objects.get().pk
    answer = signed_in(people.wangjianguo_account).post(reverse("records:see_awaited", args=[waiting]))
    assert (answer.status_code, state()) == (404, ("", False))


def test_a_delegate_sees_it_at_once(waits: Hearing, people: People, feed: Source, signed_in: Enter) -> None:
    report = arrived(people, feed)
    factories.delegation(people.helanfang, people.hexiaoyu, "results", "records", "identity")
    daughter = signed_in(people.hexiaoyu_account)
    daughter.post(reverse("residents:act"), {"resident": people.helanfang.pk})
    assert "5.31" in read(daughter, "report", report.pk)


def test_a_program_of_hers_reads_nothing_of_it(waits: Hearing, people: People, feed: Source, hers: Client) -> None:
    report = arrived(people, feed)
    program = let_in(hers, scope=EVERYTHING)
    assert (program.get(f"DiagnosticReport/{report.pk}").status_code, program.found("Observation")) == (404, [])
    with acting_as("owner"):
        Awaited.objects.update(how="comment", ended_at=NOON)
    assert (program.get(f"DiagnosticReport/{report.pk}").status_code, len(program.found("Observation"))) == (200, 1)


def test_no_message_leaves_while_it_waits(waits: Hearing, people: People, feed: Source) -> None:
    announced(arrived(people, feed))
    assert told(people) == 0


@pytest.mark.parametrize("category", ["imaging", "other"])
def test_only_the_chosen_category_waits(people: People, feed: Source, category: str) -> None:
    chosen(people, "after_comment", category)
    announced(arrived(people, feed))
    assert told(people) == 1


def test_days_later_it_is_told_of_all_the_same_and_once(
    waits: Hearing, people: People, feed: Source, at: Clock
) -> None:
    arrived(people, feed)
    with at(LATER):
        assert [swept(LATER), swept(LATER)] == [1, 0]
    assert (told(people), state()) == (1, ("elapsed", True))


def test_the_number_of_days_is_the_countys(waits: Hearing, people: People, feed: Source, hers: Client) -> None:
    made(DatedSetting(key="records.comment_days", value=2, valid_from=NOON - timedelta(days=1)))
    arrived(people, feed)
    assert "2026-11-24" in read(hers, "reports")


def test_a_critical_value_does_not_wait(waits: Hearing, people: People, feed: Source, hers: Client) -> None:
    report = rows.panel(people.helanfang, feed, NOON, {**VALUE, "flag": "critical_high"}, title="血糖")
    announced(report)
    assert (told(people), swept(), state()) == (1, 1, ("critical", True))
    assert "5.31" in read(hers, "report", report.pk)


def test_once_a_clinician_has_reached_her_it_waits_no_longer(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    report = rows.panel(people.helanfang, feed, NOON, {**VALUE, "flag": "high"}, title="血糖")
    with acting_as("owner"):
        FollowThrough.objects.update(state="contacted")
    assert (swept(), state(), told(people)) == (1, ("contacted", True), 1)
    assert "5.31" in read(hers, "report", report.pk)


def test_another_choice_ends_the_wait(waits: Hearing, people: People, feed: Source, hers: Client) -> None:
    report = arrived(people, feed)
    hers.post(reverse("residents:hear"), {"laboratory": "at_once", "imaging": "at_once", "other": "at_once"})
    assert (swept(), state(), told(people)) == (1, ("choice", True), 1)
    assert "5.31" in read(hers, "report", report.pk)


def test_what_came_before_the_choice_stays_where_it_is(people: People, feed: Source, hers: Client) -> None:
    report = arrived(people, feed)
    chosen(people, "after_comment")
    rows.corrected(report)
    assert "血糖" in read(hers, "reports")


def test_a_correction_of_what_waits_waits_too(waits: Hearing, people: People, feed: Source, hers: Client) -> None:
    newer = rows.corrected(arrived(people, feed))
    page = read(hers, "reports")
    assert (str(newer.pk) in page, "有 1 份结果" in page) == (False, True)


def test_what_the_facility_holds_back_is_not_opened_by_looking_now(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    held = {"release": "pending", "release_at": NOON + timedelta(days=3), "ruled_by": uuid7()}
    report = arrived(people, feed, **held)
    with acting_as("owner"):
        waiting = Awaited.objects.get().pk
    hers.post(reverse("records:see_awaited", args=[waiting]))
    page = read(hers, "report", report.pk)
    assert ("5.31" in page, "未见异常" in page, "2026-11-25" in page) == (False, False, True)


def test_an_old_history_that_arrives_is_no_news_that_waits(waits: Hearing, people: People, feed: Source) -> None:
    arrived(people, feed, issued_at=NOON - timedelta(days=60), occurred_at=NOON - timedelta(days=60))
    with acting_as("owner"):
        assert not Awaited.objects.exists()


def helped(people: People, *scope: str) -> Delegation:
    row = factories.delegation(people.helanfang, people.hexiaoyu, *scope)
    chosen(people, "delegate", delegate=people.hexiaoyu)
    return row


def test_through_a_delegate_the_delegate_is_told_in_her_place(people: People, feed: Source, phone: Phone) -> None:
    helped(people, "results", "notices")
    announced(arrived(people, feed))
    assert rung() == [("family_notice", str(people.hexiaoyu.pk))]


def test_when_the_delegation_has_ended_she_is_told_herself(people: People, feed: Source, phone: Phone) -> None:
    row = helped(people, "results", "notices")
    with acting_as("owner"):
        Delegation.objects.filter(pk=row.pk).update(ended_at=NOON)
    announced(arrived(people, feed))
    assert rung() == [("report_ready", str(people.helanfang.pk))]


def test_a_delegate_who_may_not_be_told_is_not(people: People, feed: Source, phone: Phone) -> None:
    helped(people, "results")
    announced(arrived(people, feed))
    assert rung() == [("report_ready", str(people.helanfang.pk))]


def test_only_what_may_be_chosen_is_offered(people: People, hers: Client) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "results", "notices")
    factories.delegation(people.helanfang, people.wangjianguo, "results")
    page = hers.get(reverse("residents:hear")).content.decode()
    assert ("贺小雨" in page, "王建国" in page) == (True, False)


def test_choices_are_kept_with_their_dates(people: People, hers: Client, at: Clock) -> None:
    answers = {"laboratory": "after_comment", "imaging": "at_once", "other": "at_once"}
    hers.post(reverse("residents:hear"), answers)
    soon = NOON + timedelta(minutes=1)
    with at(soon):
        hers.post(reverse("residents:hear"), answers | {"laboratory": "at_once"})
    with acting_as("owner"):
        kept = list(Hearing.objects.order_by("started_at").values_list("way", "started_at", "ended_at"))
    assert kept == [("after_comment", NOON, soon), ("at_once", soon, None)]


def test_no_way_that_is_not_offered_is_kept(people: People, hers: Client) -> None:
    bad = {"laboratory": f"delegate:{people.wangjianguo.pk}", "imaging": "at_once", "other": "at_once"}
    assert hers.post(reverse("residents:hear"), bad).status_code == 200
    with acting_as("owner"):
        assert not Hearing.objects.exists()


def test_the_database_lets_nobody_choose_for_another(people: People, signed_in: Enter) -> None:
    row = Hearing(resident=people.helanfang, category="laboratory", way="after_comment", started_at=NOON)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.wangjianguo_account)):
        row.save(force_insert=True)


def test_the_look_before_the_comment_is_written_down(
    waits: Hearing, people: People, feed: Source, hers: Client
) -> None:
    arrived(people, feed)
    with acting_as("owner"):
        waiting = Awaited.objects.get().pk
    hers.post(reverse("records:see_awaited", args=[waiting]))
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="records.looked_before_comment").count() == 1


def commented(client: Client, words: str = "血糖正常，不用担心。") -> Any:
    with acting_as("owner"):
        waiting = Awaited.objects.get().pk
    return client.post(reverse("staff:awaited_comment", args=[waiting]), {"comment": words})


def test_a_clinician_of_the_facility_comments_and_she_is_told(
    waits: Hearing, people: People, feed: Source, hers: Client, signed_in: Enter
) -> None:
    report = arrived(people, feed)
    doctor = signed_in(people.chenyisheng)
    assert commented(doctor).status_code == 302
    assert (state(), swept(), told(people)) == (("comment", True), 1, 1)
    page = read(hers, "report", report.pk)
    assert [word for word in ("5.31", "血糖正常，不用担心。", people.chenyisheng.name) if word not in page] == []


def test_the_staffs_list_names_nobody_and_no_result(
    waits: Hearing, people: People, feed: Source, signed_in: Enter
) -> None:
    arrived(people, feed)
    page = signed_in(people.chenyisheng).get(reverse("staff:awaited")).content.decode()
    assert ("化验结果" in page, "贺兰芳" in page, "5.31" in page) == (True, False, False)


def test_the_clinicians_look_is_written_down_where_she_sees_it(
    waits: Hearing, people: People, feed: Source, signed_in: Enter
) -> None:
    arrived(people, feed)
    with acting_as("owner"):
        waiting = Awaited.objects.get().pk
    page = signed_in(people.chenyisheng).get(reverse("staff:awaited_comment", args=[waiting])).content.decode()
    assert ("贺兰芳" in page, "5.31" in page) == (True, True)
    assert "records.read_awaited" in rows.actions()


def test_staff_of_another_facility_neither_read_nor_comment(
    waits: Hearing, people: People, feed: Source, signed_in: Enter
) -> None:
    arrived(people, feed)
    assert commented(signed_in(people.licunyi)).status_code == 404
    assert state() == ("", False)


def test_a_comment_that_says_nothing_ends_nothing(
    waits: Hearing, people: People, feed: Source, signed_in: Enter
) -> None:
    arrived(people, feed)
    page = commented(signed_in(people.chenyisheng), " ")
    assert (page.status_code, "请写几句说明" in page.content.decode(), state()) == (200, True, ("", False))


def test_a_share_made_by_a_delegate_shows_nothing_of_what_waits(waits: Hearing, people: People, feed: Source) -> None:
    report = arrived(people, feed)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM app.shared_items(%s)", [report.pk])
        assert cursor.fetchone() == (0,)
