"""收回报告 on the staff's pages: find by number, hide, name whose it is, see who saw it, write it up, close it."""

import re
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import Recall, Source
from records.exchange.retrying import sweep
from records.models import Report
from residents.models import Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient, report
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter, colleague, events, the

NUMBER = "LAB-2026-0137"
REASON = {"found_by": "facility", "reason": "检验科来电，条码贴错"}


@pytest.fixture
def feed(people: People) -> Source:
    """The township has sent a report of 贺兰芳 with a number."""
    source: Source = factories.source(people.township)
    deliver(source, patient(), observation(), report(), now=NOON)
    with acting_as("owner"):
        Report.objects.update(report_number=NUMBER)
    return source


@pytest.fixture
def clerk(people: People, signed_in: Enter) -> Client:
    return signed_in(colleague(people, "reception"))


@pytest.fixture
def head(people: People, signed_in: Enter) -> Client:
    return signed_in(colleague(people, "manager"))


def page_of(client: Client, name: str = "recall") -> str:
    return client.get(reverse(f"staff:{name}", args=[the(Recall).pk])).content.decode()


def found(client: Client, number: str = NUMBER) -> str:
    return client.post(reverse("staff:find_recall"), {"number": number}).content.decode()


def recalled(client: Client, feed: Source, **said: Any) -> Any:
    chosen = {"feed": feed.pk, "kind": "DiagnosticReport", "identifier": "r1"}
    return client.post(reverse("staff:confirm_recall"), {**chosen, **REASON, **said}, follow=True)


def post(client: Client, page: str, **said: Any) -> str:
    address = reverse(f"staff:{page}", args=[the(Recall).pk])
    return client.post(address, said, follow=True).content.decode()


def decided(client: Client, verdict: str, seen: int = 0) -> str:
    return post(client, "decide_recall", verdict=verdict, reason="核对了条码", seen=seen)


def named(client: Client, people: People, name: str = "王建国") -> str:
    return post(client, "recall_person", number=factories.id_number(NOON.date().replace(1961, 5, 4), 13), name=name)


def swept() -> None:
    with acting_as("worker"):
        sweep(NOON)


def test_a_number_finds_it_without_title_value_or_name(feed: Source, clerk: Client) -> None:
    page = found(clerk)
    assert [words for words in (NUMBER, "贺**", "1957", "1 项") if words not in page] == []
    assert [words for words in ("生化检验", "5.60", "贺兰芳", "02-13") if words in page] == []


def test_each_look_by_number_is_in_the_log_of_the_person(feed: Source, people: People, clerk: Client) -> None:
    found(clerk)
    assert [event.resident_id for event in events(action="exchange.looked_for_recall")] == [people.helanfang.pk]


def test_an_engineer_recalls_and_learns_nothing_of_the_person(feed: Source, people: People, signed_in: Enter) -> None:
    engineer = signed_in(people.engineer)
    assert (NUMBER in found(engineer), "贺" in found(engineer)) == (True, False)
    page = recalled(engineer, feed).content.decode()
    assert ("贺" in page, the(Recall).state) == (False, "open")


def test_another_facility_finds_nothing(feed: Source, people: People, signed_in: Enter) -> None:
    client = signed_in(factories.staff("xian", "县窗口", people.county, "reception"))
    assert "没有找到这个编号" in found(client)
    assert recalled(client, feed).status_code == 404


def test_without_a_reason_nothing_is_recalled(feed: Source, clerk: Client) -> None:
    recalled(clerk, feed, reason="")
    assert rows(Recall) == []


def test_recalled_it_says_so_with_time_and_what_was_hidden(feed: Source, clerk: Client) -> None:
    page = recalled(clerk, feed).content.decode()
    assert [words for words in ("已收回", "2 条记录", "贺**", "秒", "条码贴错") if words not in page] == []
    assert "生化检验" not in page


def test_the_right_person_stands_beside_the_wrong_one(feed: Source, people: People, clerk: Client) -> None:
    recalled(clerk, feed)
    page = named(clerk, people)
    assert [words for words in ("王建国", "1961-05-04", "男", "贺**") if words not in page] == []


def test_a_wrong_name_tells_nothing_of_whose_the_number_is(feed: Source, people: People, clerk: Client) -> None:
    recalled(clerk, feed)
    page = named(clerk, people, "王大国")
    assert ("登记的姓名和您填的不一样" in page, "王建国" in page) == (True, False)


def test_who_recalled_asks_a_colleague_to_agree(feed: Source, people: People, clerk: Client, head: Client) -> None:
    recalled(clerk, feed)
    named(clerk, people)
    assert "请另一位同事" in decided(clerk, "move")
    assert "同意移过去</button>" not in page_of(clerk)
    assert "同意移过去</button>" in page_of(head)
    decided(head, "agree", 1)
    assert the(Recall).state == "moved"


def test_a_decision_can_be_undone_on_its_page(feed: Source, clerk: Client) -> None:
    recalled(clerk, feed)
    assert "撤销这个决定" in decided(clerk, "unfounded")
    decided(clerk, "undo", 1)
    assert the(Recall).state == "open"


def test_closing_needs_cause_and_measures(feed: Source, clerk: Client) -> None:
    recalled(clerk, feed)
    decided(clerk, "withdraw")
    swept()
    assert "要写明原因分析和整改措施" in post(clerk, "write_up_recall", cause="条码机重号", measures="", close="1")
    assert the(Recall).closed_at is None
    assert "已结案" in post(clerk, "write_up_recall", cause="条码机重号", measures="换条码机", close="1")
    assert the(Recall).closed_name == "同事reception"


def test_nothing_undecided_is_closed(feed: Source, clerk: Client) -> None:
    recalled(clerk, feed)
    assert "还不能结案" in post(clerk, "write_up_recall", cause="条码机重号", measures="换条码机", close="1")
    assert (the(Recall).closed_at, the(Recall).cause) == (None, "条码机重号")


def test_the_head_reads_who_saw_it_by_name_and_a_clerk_only_how_many(
    feed: Source, people: People, clerk: Client, head: Client, signed_in: Enter
) -> None:
    signed_in(people.helanfang_account).get(reverse("records:report", args=[the(Report).pk]))
    recalled(clerk, feed)
    assert "1 个账号打开过，共 1 次" in page_of(clerk)
    assert clerk.get(reverse("staff:recall_sightings", args=[the(Recall).pk])).status_code == 404
    page = page_of(head, "recall_sightings")
    assert ("贺兰芳" in page, "看到了" in page) == (True, True)
    assert [event.actor_name for event in events(action="exchange.read_sightings")] == ["同事manager"]


def test_a_manager_of_the_bureau_reads_no_names(feed: Source, people: People, clerk: Client, signed_in: Enter) -> None:
    recalled(clerk, feed)
    bureau = signed_in(factories.staff("juzhang", "局长", people.bureau, "manager"))
    assert bureau.get(reverse("staff:recall", args=[the(Recall).pk])).status_code == 200
    assert bureau.get(reverse("staff:recall_sightings", args=[the(Recall).pk])).status_code == 404


def test_an_auditor_reads_names(feed: Source, people: People, clerk: Client, signed_in: Enter) -> None:
    recalled(clerk, feed)
    auditor = signed_in(colleague(people, "auditor"))
    assert auditor.get(reverse("staff:recall_sightings", args=[the(Recall).pk])).status_code == 200


def test_the_head_of_the_facility_has_read_it_when_the_page_was_opened(
    feed: Source, people: People, signed_in: Enter, clerk: Client
) -> None:
    head = factories.staff("yuanzhang", "院长", people.township, "manager")
    recalled(clerk, feed)
    page_of(signed_in(head))
    assert [(line.name, line.read_at is not None) for line in the(Recall).told.using("owner")] == [("院长", True)]


def test_the_list_names_nobody_and_asks_little(feed: Source, clerk: Client) -> None:
    recalled(clerk, feed)
    with CaptureQueriesContext(connections["default"]) as asked:
        page = clerk.get(reverse("staff:recalls")).content.decode()
    lists = [query for query in asked.captured_queries if 'FROM "exchange_recall"' in query["sql"]]
    assert (NUMBER in page, "贺" in page, len(lists)) == (True, False, 2)


def test_the_desk_counts_what_is_not_closed(feed: Source, clerk: Client) -> None:
    recalled(clerk, feed)
    page = clerk.get(reverse("staff:index")).content.decode()
    assert re.findall(r'收回报告</span> <span class="desk-count">(\d+)', page) == ["1"]


@pytest.mark.parametrize("role", ["clinician", "administrator", "security", "editor"])
def test_other_roles_do_not_come_in(role: str, feed: Source, people: People, signed_in: Enter) -> None:
    client = signed_in(colleague(people, role))
    names = ["recalls", "find_recall"]
    assert [client.get(reverse(f"staff:{name}")).status_code for name in names] == [403, 403]


@pytest.mark.parametrize("who", ["helanfang_account", "wangjianguo_account"])
def test_residents_read_what_became_of_it_and_never_what_it_says(
    who: str, feed: Source, people: People, clerk: Client, head: Client, signed_in: Enter
) -> None:
    recalled(clerk, feed)
    named(head, people)
    decided(head, "move")
    swept()
    swept()
    account: Account = getattr(people, who)
    page = signed_in(account).get(reverse("records:taken_back")).content.decode()
    own = {"helanfang_account": "曾显示在您的名下", "wangjianguo_account": "曾误记在他人名下"}[who]
    assert (own in page, "生化检验" in page, NUMBER in page) == (True, False, False)
