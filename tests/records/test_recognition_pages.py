"""Where recognised results are shown: the list, the report, before booking; and the rules as the county keeps them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from records.models import QualityMark, RecognitionRule, Report
from records.recognition import listing
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import made
from tests.people import People
from tests.records import rows, shares
from tests.sessions import session_of

SignIn = Callable[[Account], Client]
LOINC = "http://loinc.org"
POTASSIUM = {"name": "钾", "value_text": "4.1", "unit": "mmol/L", "code_system": LOINC, "code": "2823-3"}
CALCIUM = {"name": "钙", "value_text": "2.3", "unit": "mmol/L", "code_system": LOINC, "code": "17861-6"}


def rule(code: str = "2823-3", **fields: Any) -> RecognitionRule:
    told = {"category": "laboratory", "name": "钾", "scope": "province", "label": "鄂HR", "valid_days": 7}
    told |= {"starts_on": date(2026, 1, 1), "reason": "鄂卫发〔2025〕1号"} | signed() | fields
    return made(RecognitionRule(code=code, **told))


def signed() -> dict[str, Any]:
    return {"made_at": timezone.now(), "made_by": shares.KEY, "made_name": "管理员"}


@pytest.fixture
def report(people: People, feed: Any) -> Report:
    return rows.panel(people.helanfang, feed, timezone.now() - timedelta(days=1), POTASSIUM, CALCIUM, title="电解质")


def until(days: int) -> str:
    return str(timezone.localdate() + timedelta(days=days))


def offered(client: Client) -> str:
    return rows.read(client, "share_new")


def test_a_newer_rule_takes_the_older_ones_place(hers: Client, report: Report) -> None:
    rule()
    assert f"互认参考期至 {until(6)}" in offered(hers)
    rule(valid_days=3, starts_on=timezone.localdate())
    assert f"互认参考期至 {until(2)}" in offered(hers)


def test_a_rule_of_tomorrow_says_nothing_today(hers: Client, report: Report) -> None:
    rule(starts_on=timezone.localdate() + timedelta(days=1))
    assert "互认参考期至" not in offered(hers)


def test_only_some_results_count_and_it_says_how_many(hers: Client, report: Report) -> None:
    rule()
    assert "2 项中的 1 项" in offered(hers)


def test_a_rule_that_asks_for_quality_waits_for_the_mark(hers: Client, people: People, report: Report) -> None:
    rule(needs_mark=True)
    assert "互认参考期至" not in offered(hers)
    dates = {"starts_on": date(2026, 1, 1), "ends_on": date(2036, 1, 1)}
    made(
        QualityMark(
            facility=people.county, category="laboratory", code="2823-3", evidence="室间质评", **dates, **signed()
        )
    )
    assert "互认参考期至" in offered(hers)


@pytest.mark.parametrize("count", [1, 20])
def test_one_statement_however_many_reports(
    people: People, feed: Any, signed_in: SignIn, count: int, django_assert_num_queries: Any
) -> None:
    rule()
    at = timezone.now() - timedelta(days=1)
    keys = [rows.panel(people.helanfang, feed, at, POTASSIUM).pk for _ in range(count)]
    with session_of(signed_in(people.helanfang_account)), django_assert_num_queries(1):
        found = listing.standings(people.helanfang.pk, keys, timezone.now())
    assert sum(bool(one.first) for one in found.values()) == count


# --- before booking ---------------------------------------------------------------------------------------------------


@pytest.fixture
def confirm(people: People) -> str:
    tomorrow = timezone.localdate() + timedelta(days=1)
    session = factories.session(factories.practitioner(factories.department(people.township)), tomorrow)
    return reverse("appointments:confirm", args=[factories.slot(session).pk])


def seen(client: Client, address: str) -> tuple[bool, int]:
    """Whether the page names the report, and how many lines it left in the log."""
    before = _lines()
    text = client.get(address).content.decode()
    return "电解质" in text and "鄂HR" in text, _lines() - before


def _lines() -> int:
    with acting_as("owner"):
        return AccessEvent.objects.filter(action=listing.READ_RECENT).count()


def test_before_booking_she_sees_what_is_still_good(hers: Client, report: Report, confirm: str) -> None:
    rule()
    assert seen(hers, confirm) == (True, 1)


def test_without_anything_that_counts_there_is_no_card_and_no_line(hers: Client, report: Report, confirm: str) -> None:
    assert seen(hers, confirm) == (False, 0)


def test_whoever_may_only_book_for_her_sees_no_results(
    people: People, signed_in: SignIn, report: Report, confirm: str
) -> None:
    rule()
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    client = signed_in(people.hexiaoyu_account)
    session = client.session
    session["acting"] = {"resident": str(people.helanfang.pk), "opening": None}
    session.save()
    assert seen(client, confirm) == (False, 0)


@pytest.mark.parametrize("fields", [{"release": "recalled"}, {"release": "withheld"}, {"sensitivity": 5}])
def test_what_she_may_not_read_is_not_shown_before_booking(
    hers: Client, report: Report, confirm: str, fields: dict[str, Any]
) -> None:
    rule()
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(**fields)
    assert seen(hers, confirm) == (False, 0)


def test_a_preliminary_report_is_no_reason_not_to_test(hers: Client, report: Report, confirm: str) -> None:
    rule()
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(status="preliminary")
    assert seen(hers, confirm) == (False, 0)


def test_a_visitor_gets_nothing() -> None:
    request = RequestFactory().get("/")
    request.user = type("Visitor", (), {"is_authenticated": False})()  # type: ignore[assignment]  # no account at all
    request.session = {}  # type: ignore[assignment]  # an empty one
    assert Template("{% load recognition %}{% recognised_lately %}").render(Context({"request": request})).strip() == ""


# --- who keeps the rules ----------------------------------------------------------------------------------------------


def save_as(account: Account, signed_in: SignIn, row: Any) -> None:
    with session_of(signed_in(account)):
        row.save(force_insert=True)


def test_the_county_makes_rules(people: People, signed_in: SignIn) -> None:
    fields = {"category": "laboratory", "name": "全部", "scope": "city", "label": "HR", "valid_days": 30}
    row = RecognitionRule(**fields, starts_on=date(2026, 1, 1), reason="x", **signed())
    save_as(people.administrator, signed_in, row)
    with acting_as("owner"):
        assert RecognitionRule.objects.count() == 1


def test_a_clinic_makes_no_rules(people: People, signed_in: SignIn) -> None:
    fields = {"category": "laboratory", "name": "全部", "scope": "city", "label": "HR", "valid_days": 30}
    row = RecognitionRule(**fields, starts_on=date(2026, 1, 1), reason="x", **signed())
    with pytest.raises(ProgrammingError):
        save_as(people.licunyi, signed_in, row)


def test_nobody_changes_a_rule(people: People, signed_in: SignIn) -> None:
    made_rule = rule()
    with pytest.raises(ProgrammingError), session_of(signed_in(people.administrator)):
        RecognitionRule.objects.filter(pk=made_rule.pk).update(valid_days=999)


def test_the_admin_takes_a_rule_and_dates_it_today_at_the_earliest(people: People, signed_in: SignIn) -> None:
    form = {"name": "钾", "category": "laboratory", "code": "2823-3", "scope": "city", "label": "HR", "valid_days": "7"}
    form |= {"starts_on": "2020-01-01", "reason": "市卫发1号"}
    response = signed_in(people.administrator).post(reverse("admin:records_recognitionrule_add"), form)
    with acting_as("owner"):
        found = RecognitionRule.objects.get()
    assert (response.status_code, found.starts_on, found.made_name) == (
        302,
        timezone.localdate(),
        people.administrator.name,
    )


def test_a_rule_without_days_is_explained_beside_the_field(people: People, signed_in: SignIn) -> None:
    form = {"name": "钾", "category": "laboratory", "code": "2823-3", "scope": "city", "label": "HR", "valid_days": "0"}
    form |= {"starts_on": "2026-01-01", "reason": "市卫发1号"}
    response = signed_in(people.administrator).post(reverse("admin:records_recognitionrule_add"), form)
    assert "1到3650天" in response.content.decode()


def test_a_facility_keeps_its_own_marks_and_nobody_elses(people: People, signed_in: SignIn) -> None:
    head = factories.staff("head", "院长", people.township, "manager")
    dates = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    fields = {"category": "laboratory", "evidence": "室间质评"} | dates
    save_as(head, signed_in, QualityMark(facility=people.township, **fields, **signed()))
    with pytest.raises(ProgrammingError):
        save_as(head, signed_in, QualityMark(facility=people.county, **fields, **signed()))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("recognition_has_days_and_a_label", {"valid_days": 0}),
        ("recognition_has_days_and_a_label", {"label": ""}),
        ("recognition_by_code_or_by_name", {"title": "电解质"}),
    ],
)
def test_the_database_refuses_a_rule_that_says_nothing(people: People, name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name):
        rule(**fields)
