"""A recalled report is nowhere: every page that showed it, for everybody who could open it, right after the recall."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from records import codes
from records.exchange.models import Source
from records.models import ImagingStudy, IssuedCopy, Observation, Report
from residents.models import Delivery, Notice
from residents.spreading import key_of, spread
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of

Enter = Callable[[Any], Client]
TITLE, VALUE, FINDING, OLDER = "肺部薄层平扫", "77.123", "右肺小结节", "66.321"
MARKS = (TITLE, VALUE, FINDING)
CODE = codes.new()


@pytest.fixture
def feed(people: People) -> Source:
    source: Source = factories.source(people.township)
    return source


@pytest.fixture
def report(people: People, feed: Source) -> Report:
    """An imaging report of 贺兰芳 with an item, a study, a printed copy and a notice; and another beside it."""
    lan = people.helanfang
    fields = {"category": "imaging", "report_number": "CT-7", "impression": FINDING, "item_identifiers": ["item-7"]}
    found: Report = factories.report(lan, feed, TITLE, NOON, identifier="r7", **fields)
    same = {"code_system": "http://loinc.org", "code": "1558-6", "flag": "high"}
    factories.observation(lan, feed, "空腹血糖", NOON, identifier="item-7", value_text=VALUE, **same)
    said = ("source", "facility", "facility_name", "received_at", "occurred_at")
    study = {name: getattr(found, name) for name in said} | {"identifier": "s7", "version": "1", "accession": "CT-7"}
    factories.made(ImagingStudy(resident=lan, study_uid="1.2.3", title=TITLE, **study))
    factories.made(IssuedCopy(resident=lan, report=found, code_hash=digest(CODE), sha256=b"s" * 32, issued_at=NOON))
    factories.made(Notice(resident=lan, kind="report_ready", subject_id=found.pk, created_at=NOON))
    later = NOON.replace(hour=13)
    factories.report(lan, feed, "生化检验", later, identifier="r8", item_identifiers=["item-8"])
    factories.observation(lan, feed, "空腹血糖", later, identifier="item-8", value_text="5.1", **same)
    return found


@pytest.fixture
def recall(people: People, feed: Source, report: Report, signed_in: Enter) -> Callable[[], str]:
    """Somebody at the window recalls it."""

    def carry_out() -> str:
        with session_of(signed_in(people.zhangqiantai)), connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT answer FROM app.start_recall(%s, 'DiagnosticReport', 'r7', 'staff', false, '贴错条码', NULL,"
                " NULL, '')",
                [feed.pk],
            )
            return str(cursor.fetchone()[0])

    return carry_out


def addresses(report: Report) -> list[str]:
    """Every page on which a report, or something of it, is shown to a person."""
    kinds = ["observations", "reports"]
    named = [reverse(name) for name in ("home", "records:home", "records:reports", "residents:notices", "residents:me")]
    sections = [reverse("records:section", args=[slug]) for slug in kinds if slug]
    details = ["report", "report_pdf", "images", "report_earlier"]
    exports = [reverse(name) for name in ("residents:take_json", "residents:my_data", "residents:take_pdf")]
    filters = [reverse("records:reports") + query for query in ("?abnormal=on", "?category=imaging", "?year=2026")]
    return [*named, *sections, *[reverse(f"records:{name}", args=[report.pk]) for name in details], *exports, *filters]


def told(client: Client, report: Report) -> dict[str, list[str]]:
    """Which marks of the report each page shows."""
    found = {}
    for address in addresses(report):
        answer = client.get(address)
        streamed = getattr(answer, "streaming_content", None)
        body = answer.content if streamed is None else b"".join(streamed)
        text = body.decode(errors="ignore")
        if marks := [mark for mark in MARKS if mark in text]:
            found[address] = marks
    return found


def test_nothing_of_it_is_left_on_any_page(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter
) -> None:
    client = signed_in(people.helanfang_account)
    before = told(client, report)
    assert {reverse("records:reports"), reverse("records:report", args=[report.pk])} <= set(before)
    assert recall() == "done"
    assert told(client, report) == {}


def test_family_see_nothing_of_it_either(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter
) -> None:
    tie = factories.delegation(people.helanfang, people.hexiaoyu, "identity", "records", "results", "notices")
    client = signed_in(people.hexiaoyu_account)
    client.post(reverse("residents:act"), {"resident": tie.resident_id})
    assert told(client, report) != {}
    recall()
    assert told(client, report) == {}


def test_report_and_pdf_are_as_if_they_had_never_been(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter
) -> None:
    client = signed_in(people.helanfang_account)
    recall()
    names = ["report", "report_pdf", "images", "report_earlier"]
    answers = [client.get(reverse(f"records:{name}", args=[report.pk])).status_code for name in names]
    assert answers == [404, 404, 404, 404]


def test_another_report_no_longer_compares_with_it(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter
) -> None:
    client = signed_in(people.helanfang_account)
    with acting_as("owner"):
        other = Report.objects.get(identifier="r8")
    assert VALUE in client.get(reverse("records:report", args=[other.pk])).content.decode()
    recall()
    assert VALUE not in client.get(reverse("records:report", args=[other.pk])).content.decode()


def test_the_count_of_new_reports_leaves_it_out(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter, at: Any
) -> None:
    from records.access import unseen_reports
    from residents.access import Viewer

    lan = people.helanfang_account
    viewer = Viewer(lan.pk, lan.name, people.helanfang.pk, None, "")
    client = signed_in(lan)
    with session_of(client):
        before = unseen_reports(viewer, NOON.replace(hour=14))
    recall()
    with session_of(client):
        assert (before, unseen_reports(viewer, NOON.replace(hour=14))) == (2, 1)


def test_a_printed_copy_says_that_it_was_recalled_and_nothing_more(
    people: People, report: Report, recall: Callable[[], str], client: Client
) -> None:
    assert "真：由本平台出具" in client.get(reverse("records:verify", args=[CODE])).content.decode()
    recall()
    page = client.get(reverse("records:verify", args=[CODE])).content.decode()
    assert ("该报告已被收回核查" in page, [mark for mark in MARKS if mark in page]) == (True, [])


def test_the_database_itself_shows_no_row_of_it(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter
) -> None:
    client = signed_in(people.helanfang_account)
    recall()
    with session_of(client):
        left = [list(Report.objects.filter(identifier="r7")), list(Observation.objects.filter(identifier="item-7"))]
        assert [*left, list(ImagingStudy.objects.all())] == [[], [], []]


def test_the_notice_and_what_waits_to_be_sent_about_it_are_taken_back(
    people: People, report: Report, recall: Callable[[], str]
) -> None:
    key = key_of("report_ready", people.helanfang.pk, report.pk, "sms", people.helanfang.pk)
    factories.made(Delivery(template="report_ready", recipient="19900000001", parameters="{}", key=key, due_at=NOON))
    recall()
    with acting_as("owner"):
        left, message = Notice.objects.filter(kind="report_ready").count(), Delivery.objects.get(key=key)
    assert (left, message.status, message.recipient) == (0, "withheld", None)


def test_the_sweep_tells_nobody_of_it_afterwards(people: People, report: Report, recall: Callable[[], str]) -> None:
    recall()
    with acting_as("worker"):
        spread(NOON)
    with acting_as("owner"):
        assert Delivery.objects.filter(template="report_ready").count() == 0


def test_staff_who_treat_her_see_nothing_of_it(
    people: People, report: Report, recall: Callable[[], str], signed_in: Enter
) -> None:
    from residents.openings import Origin, open_for_care

    client = signed_in(people.licunyi)
    with session_of(client):
        opened = open_for_care(
            resident_id=people.helanfang.pk, facility_id=people.township.pk, reason="门诊接诊", origin=Origin(None, "")
        )
    recall()
    with session_of(client):
        assert (opened is not None, list(Report.objects.filter(identifier="r7"))) == (True, [])
