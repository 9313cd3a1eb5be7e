"""The kept first page of a record: what it holds, that it never outlives a change, and what it must not hold."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from foundation.rowsecurity import acting_as
from records.models import Allergy, Condition, Encounter, Medication, Observation, Report, Summary, SummaryDue
from records.summaries import keeping
from records.summaries.building import work_out
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

SignIn = Callable[[Account], Any]
CLOSED = [
    {"superseded_at": NOON},
    {"withdrawn_at": NOON},
    {"left_at": NOON},
    {"sensitivity": 5},
    {"release": "withheld"},
    {"release": "pending"},
    {"release": "recalled"},
]
ways = pytest.mark.parametrize("fields", CLOSED, ids=lambda fields: "-".join(str(one) for one in fields.items()))


def built() -> None:
    """Everything that is due, worked out by the worker."""
    with acting_as("worker"):
        keeping.sweep(NOON, 60.0)


def kept(of: Any) -> str:
    """All that is kept of a person, as one text."""
    with acting_as("owner"):
        return "".join(str(row.content) for row in Summary.objects.filter(resident=of))


def is_due(of: Any) -> bool:
    with acting_as("owner"):
        return SummaryDue.objects.filter(resident=of).exists()


def test_a_change_makes_a_summary_due_and_the_worker_keeps_it(people: People) -> None:
    rows.statement(Allergy, people.helanfang, factories.source(people.county))
    assert is_due(people.helanfang)
    built()
    assert not is_due(people.helanfang) and "青霉素过敏" in kept(people.helanfang)


@ways
@pytest.mark.parametrize("model", [*rows.STATEMENTS, Report, Observation], ids=lambda model: model.__name__)
def test_what_is_closed_is_in_no_summary(people: People, model: Any, fields: dict[str, Any]) -> None:
    row = rows.row_of(model, people.helanfang, factories.source(people.county))
    values = {"facility_name": "不该出现的医院"} | fields
    values |= {"category": "vital_signs"} if model is Observation else {}
    with acting_as("owner"):
        model.objects.filter(id=row.id).update(**values)
    built()
    may_name = model is Report and fields == {"release": "withheld"}  # the list of reports names it, too
    assert ("不该出现的医院" in kept(people.helanfang)) is may_name


@ways
@pytest.mark.parametrize("model", [Allergy, Encounter, Report], ids=lambda model: model.__name__)
def test_a_summary_is_due_the_moment_something_is_closed(people: People, model: Any, fields: dict[str, Any]) -> None:
    row = rows.row_of(model, people.helanfang, factories.source(people.county))
    built()
    with acting_as("owner"):
        model.objects.filter(id=row.id).update(**fields)
    assert is_due(people.helanfang)


@ways
def test_the_home_hides_at_once_what_is_closed(people: People, signed_in: SignIn, fields: dict[str, Any]) -> None:
    row = rows.statement(Allergy, people.helanfang, factories.source(people.county))
    built()
    client = signed_in(people.helanfang_account)
    assert "青霉素过敏" in rows.read(client, "home")
    with acting_as("owner"):
        Allergy.objects.filter(id=row.id).update(**fields)
    assert "青霉素过敏" not in rows.read(client, "home")


def test_a_row_that_moves_to_another_person_leaves_one_home_and_comes_to_the_other(people: People) -> None:
    row = rows.statement(Condition, people.helanfang, factories.source(people.county))
    built()
    with acting_as("owner"):
        Condition.objects.filter(id=row.id).update(resident=people.wangjianguo)
    assert is_due(people.helanfang) and is_due(people.wangjianguo)
    built()
    assert "高血压" not in kept(people.helanfang) and "高血压" in kept(people.wangjianguo)


def test_a_result_that_waits_takes_its_report_and_its_neighbours_along(people: People) -> None:
    feed = factories.source(people.county)
    factories.observation(people.helanfang, feed, name="收缩压", category="vital_signs", identifier="a")
    waits = factories.observation(people.helanfang, feed, name="心率", category="vital_signs", identifier="b")
    factories.report(people.helanfang, feed, title="体检报告", item_identifiers=["a", "b"])
    built()
    with acting_as("owner"):
        Observation.objects.filter(id=waits.id).update(release="pending")
    built()
    assert not any(word in kept(people.helanfang) for word in ("收缩压", "心率", "体检报告"))


def test_opening_a_report_for_the_first_time_changes_nothing(people: People) -> None:
    report = factories.report(people.helanfang, factories.source(people.county))
    built()
    with acting_as("owner"):
        Report.objects.filter(pk=report.pk).update(first_seen_at=NOON)
    assert not is_due(people.helanfang)


def test_a_laboratory_value_leaves_the_home_as_it_is(people: People) -> None:
    built()
    factories.observation(people.helanfang, factories.source(people.county))
    assert not is_due(people.helanfang)


def test_a_change_that_comes_while_the_worker_reads_is_worked_out_again(people: People) -> None:
    feed = factories.source(people.county)
    rows.statement(Allergy, people.helanfang, feed)
    with acting_as("worker"):
        from django.db import transaction

        with transaction.atomic(using="worker"):
            keeping.rebuild([people.helanfang.pk], NOON)
            rows.statement(Allergy, people.helanfang, feed, name="花粉过敏")
    assert is_due(people.helanfang)


def contents(of: Any) -> dict[str, Any]:
    """What is worked out, without the names the portal itself gives to rows."""
    with acting_as("owner"):
        made = work_out([of.pk])[of.pk]
    return {"records": stripped(made.records), "results": stripped(made.results)}


def stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: stripped(one) for name, one in value.items() if name != "id"}
    return [stripped(one) for one in value] if isinstance(value, list) else value


def test_the_order_of_arrival_changes_nothing(people: People) -> None:
    feeds = [factories.source(people.county, code="A"), factories.source(people.township, code="B")]
    arrivals = [
        (model, feed, f"{model.__name__}-{number}", NOON - timedelta(days=number % 2))
        for model in rows.STATEMENTS
        for feed in feeds
        for number in range(4)
    ]
    for person, order in ((people.helanfang, arrivals), (people.wangjianguo, arrivals[::-1])):
        for model, feed, name, when in order:
            rows.statement(model, person, feed, when, identifier=f"{person.pk}/{name}", received_at=NOON)
    assert contents(people.helanfang) == contents(people.wangjianguo)


def test_a_session_and_the_worker_work_out_the_same(people: People, signed_in: SignIn) -> None:
    feed = factories.source(people.county)
    for model in [*rows.STATEMENTS, Report]:
        rows.row_of(model, people.helanfang, feed)
        for fields in CLOSED:
            closed = rows.row_of(model, people.helanfang, feed)
            with acting_as("owner"):
                model.objects.filter(id=closed.id).update(**fields)
    client = signed_in(people.helanfang_account)
    on_the_spot = rows.read(client, "home")
    built()
    assert words_of(rows.read(client, "home")) == words_of(on_the_spot)


def words_of(page: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", page.split("<main")[1].split("</main>")[0])


def test_the_command_works_everything_out_anew_and_again_the_same(people: People, capsys: Any) -> None:
    rows.statement(Medication, people.helanfang, factories.source(people.county))
    built()
    before = kept(people.helanfang)
    with acting_as("owner"):
        Summary.objects.all().delete()
    with acting_as("worker"):
        call_command("rebuild_summaries")
    assert kept(people.helanfang) == before and "已整理" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["records", "results"])
def test_a_part_is_read_only_with_its_own_consent(people: People, part: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT qual FROM pg_policies WHERE tablename = 'records_summary' AND policyname = 'web_select'",
        )
        row = cursor.fetchone()
    assert row and f"residents_for('{part}'::text)" in row[0]
