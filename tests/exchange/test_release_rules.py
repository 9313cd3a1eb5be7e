"""Who makes rules of release, on the staff's pages and in the database; what becomes of notices without a report."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connections
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.exchange.models import CriticalLimit, ReleasePolicy, Source
from records.models import Report
from residents import deliveries
from residents.models import Delivery
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, patient, report
from tests.exchange.test_releasing import policy
from tests.exchange.test_settling import settle
from tests.exchange.test_settling import swept as settled
from tests.factories import NOON, made
from tests.people import People
from tests.portal.staffing import Enter, colleague, events, the
from tests.sessions import session_of

ADD = "admin:exchange_releasepolicy_add"


def made_by(client: Client, **fields: Any) -> Any:
    """What the page answers to a rule of these fields."""
    given = {"facility": "", "what": "word", "value": "乙肝", "decision": "withheld", "hours": "", "reason": "会议纪要"}
    return client.post(reverse(ADD), given | {"starts_at": "2026-11-22T12:00"} | fields)


@pytest.fixture
def boss(people: People, signed_in: Enter) -> Client:
    return signed_in(people.administrator)


@pytest.fixture
def head(people: People, signed_in: Enter) -> Client:
    return signed_in(colleague(people, "manager"))


def test_the_bureau_makes_a_rule_for_the_county_signed_and_due(boss: Client, people: People) -> None:
    made_by(boss)
    rule = the(ReleasePolicy)
    assert (rule.facility_id, rule.made_by, rule.made_name) == (None, people.administrator.pk, "管理员")
    assert rule.review_at == rule.starts_at
    assert [event.action for event in events(action="staff.added")] == ["staff.added"]


def test_a_head_makes_rules_for_the_own_facility_alone(head: Client, people: People) -> None:
    for place in ("", people.county.pk, people.township.pk):
        made_by(head, facility=place)
    assert the(ReleasePolicy).facility_id == people.township.pk


@pytest.mark.parametrize(
    "fields",
    [
        {"value": "HIV抗体"},
        {"what": "disease", "value": "b20"},
        {"what": "item", "value": "20507-0"},
        {"what": "category", "value": "pathology"},
        {"decision": "pending"},
        {"decision": "pending", "hours": "0"},
        {"decision": "withheld", "hours": "3"},
        {"what": "category", "value": "化验"},
        {"ends_at": "2020-01-01T00:00"},
    ],
)
def test_what_a_rule_may_not_do_is_said_beside_it(fields: dict[str, str], boss: Client) -> None:
    response = made_by(boss, **{"decision": "released"} | fields)
    assert (response.status_code, rows(ReleasePolicy)) == (200, [])
    assert "errorlist" in response.content.decode()


def test_a_rule_is_ended_and_nothing_else_of_it_changes(boss: Client) -> None:
    rule = policy("word", "乙肝", "withheld")
    with acting_as("owner"):
        ReleasePolicy.objects.update(review_at=None)
    address = reverse("admin:exchange_releasepolicy_change", args=[rule.pk])
    boss.post(address, {"ends_at": "2026-12-01T00:00", "decision": "released", "value": "x"})
    after = the(ReleasePolicy)
    assert (after.decision, after.value, after.review_at) == ("withheld", "乙肝", after.ends_at)


def test_the_list_says_what_a_rule_did(boss: Client) -> None:
    rule = policy("word", "乙肝", "withheld")
    with acting_as("owner"):
        ReleasePolicy.objects.filter(pk=rule.pk).update(progress={"counts": {"withheld": 3}})
    assert "3条：请到检查机构领取" in boss.get(reverse("admin:exchange_releasepolicy_changelist")).content.decode()


@pytest.mark.parametrize("place", ["county", None])
def test_the_database_takes_no_rule_of_a_head_for_elsewhere(place: str | None, head: Client, people: People) -> None:
    at = f"'{people.county.pk}'" if place else "NULL"
    statement = (
        "INSERT INTO exchange_releasepolicy (id, facility_id, reason, starts_at, made_at, made_by, made_name, what,"
        f" value, decision, progress) SELECT gen_random_uuid(), {at}, 'x', now(), now(), app.account(), 'x', 'word',"
        " '甲', 'released', '{}'"
    )
    with session_of(head), connections["default"].cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute(statement)


def test_nobody_signs_for_somebody_else(boss: Client) -> None:
    statement = (
        "INSERT INTO exchange_releasepolicy (id, reason, starts_at, made_at, made_by, made_name, what, value, decision,"
        " progress) SELECT gen_random_uuid(), 'x', now(), now(), gen_random_uuid(), 'x', 'word', '甲', 'released', '{}'"
    )
    with session_of(boss), connections["default"].cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute(statement)


def test_a_limit_needs_a_side(boss: Client) -> None:
    given = {"facility": "", "code": "2823-3", "unit": "mmol/L", "reason": "x", "starts_at": "2026-11-22T12:00"}
    address = reverse("admin:exchange_criticallimit_add")
    assert boss.post(address, given).status_code == 200
    boss.post(address, given | {"high": "6.2"})
    assert the(CriticalLimit).high == Decimal("6.2")


# --- notices without a report ---------------------------------------------------------------------------------------


def unread(client: Client) -> int:
    with session_of(client), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM residents_notice WHERE kind = 'report_ready' AND read_at IS NULL")
        return int(cursor.fetchone()[0])


@pytest.fixture
def hers(people: People, signed_in: Enter) -> Client:
    return signed_in(people.helanfang_account)


@pytest.fixture
def town(people: People) -> Source:
    return factories.source(people.township, "town-files")


@pytest.mark.parametrize(
    "change",
    [
        {"release": "recalled"},
        {"withdrawn_at": NOON},
        {"sensitivity": 5},
        {"superseded_at": NOON},
        {"status": "cancelled"},
        {"release": "pending"},
    ],
)
def test_an_unread_notice_whose_report_is_gone_disappears(change: dict[str, Any], hers: Client, town: Source) -> None:
    deliver(town, patient(), report())
    before = unread(hers)
    with acting_as("owner"):
        Report.objects.update(**change)
    assert (before, unread(hers)) == (1, 0)
    assert "您的检查检验报告已出" not in hers.get(reverse("residents:notices")).content.decode()


@pytest.mark.parametrize("change", [{}, {"release": "withheld"}])
def test_the_control_a_report_that_can_be_had_keeps_its_notice(
    change: dict[str, Any], hers: Client, town: Source
) -> None:
    deliver(town, patient(), report())
    with acting_as("owner"):
        Report.objects.update(**change or {"specimen": "血"})
    assert unread(hers) == 1


def test_what_was_read_stays_in_the_inbox(hers: Client, town: Source) -> None:
    deliver(town, patient(), report())
    hers.post(reverse("residents:read_all_notices"))
    with acting_as("owner"):
        Report.objects.update(release="recalled")
    assert "您的检查检验报告已出" in hers.get(reverse("residents:notices")).content.decode()


def test_an_sms_about_a_report_that_is_gone_does_not_leave(hers: Client, town: Source, people: People) -> None:
    deliver(town, patient(), report())
    waits = Delivery(
        template="report_ready", recipient="19900000001", resident_id=people.helanfang.pk, parameters="{}", key="k"
    )
    waits.due_at = NOON
    made(waits)
    with acting_as("owner"):
        Report.objects.update(release="recalled")
    with acting_as("worker"):
        assert deliveries.claim(NOON + timedelta(minutes=1)) is None
    (after,) = rows(Delivery, key="k")
    assert (after.status, after.error[:6]) == ("withheld", "报告已收回，")


def test_undoing_a_link_takes_the_news_back_with_the_report(people: People, signed_in: Enter, hers: Client) -> None:
    feed = factories.source(people.county)
    clerk = signed_in(factories.staff("chuangkou", "窗口小马", people.county, "reception"))
    deliver(feed, patient(name=[{"text": "何兰芳"}]), report())
    settle(clerk, "same")
    settled()
    before = unread(hers)
    settle(clerk, "undone", 1)
    settled(10)
    assert (before, unread(hers)) == (1, 0)
