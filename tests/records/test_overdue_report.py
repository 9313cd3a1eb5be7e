"""逾期与核实: by facility what is past its day, without names, for who is in charge; the bureau sees all."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from facilities.models import Facility
from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records import overdue
from records.exchange.models import Source
from records.models import Dispute, FollowThrough, FollowThroughStep, Immunization, ServiceQuestion
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON, made
from tests.people import People
from tests.portal.staffing import Enter
from tests.records import rows

Clock = Callable[[datetime], AbstractContextManager[Any]]
PAGE = "staff:overdue"


@pytest.fixture(autouse=True)
def noon(at: Clock) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def township(people: People) -> Source:
    return factories.source(people.township)


def head_of(place: Facility, enter: Enter) -> Client:
    return enter(factories.staff("head", "负责人", place, "manager"))


def disputed(people: People, feed: Source, due: float, answered: float | None = None) -> Dispute:
    """A dispute due so many days from now, and answered so many days from now; asked today."""
    row = rows.statement(Immunization, people.helanfang, feed)
    told: Dispute = made(
        Dispute(
            resident=people.helanfang,
            category="records",
            kind="immunization",
            subject_id=row.pk,
            title="流感疫苗",
            source=feed,
            identifier=row.identifier,
            facility=feed.facility,
            facility_name=feed.facility.name,
            reason="not_done",
            asked_at=NOON,
            asked_by=people.helanfang_account.pk,
            due_at=NOON + timedelta(days=due),
        )
    )
    if answered is not None:
        said = {"verdict": "kept", "answer": "查过了", "answered_by": uuid7()}
        with acting_as("owner"):
            Dispute.objects.filter(pk=told.pk).update(answered_at=NOON + timedelta(days=answered), **said)
    return told


def matter(people: People, place: Facility, due: date, state: str = "waiting") -> FollowThrough:
    day = due - timedelta(days=14)
    return made(
        FollowThrough(
            resident=people.helanfang,
            facility=place,
            day=day,
            opened_at=NOON - timedelta(days=20),
            due_on=due,
            state=state,
        )
    )


def question(people: People, feed: Source, answer: str) -> None:
    dated = {"via": "sms", "answered_at": NOON} if answer else {}
    made(
        ServiceQuestion(
            resident=people.helanfang,
            facility=feed.facility,
            facility_name=feed.facility.name,
            kind="followup",
            source=feed,
            identifier=str(uuid7()),
            day=NOON.date(),
            asked_at=NOON,
            closes_at=NOON + timedelta(days=7),
            answer=answer,
            **dated,
        )
    )


def figures() -> list[overdue.Line]:
    with acting_as("owner"):
        return [line for table in overdue.tables(NOON) for line in table.lines]


@pytest.fixture
def both(people: People, feed: Source, township: Source) -> People:
    """The hospital is late with a dispute and a result out of range, the health centre with nothing."""
    disputed(people, feed, due=-3)
    disputed(people, feed, due=5)
    disputed(people, township, due=2)
    matter(people, people.county, NOON.date() - timedelta(days=2))
    return people


def test_disputes_are_counted_by_facility_with_the_earliest_day_missed(both: People) -> None:
    first = figures()[0]
    assert (first.name, first.open, first.late) == ("县人民医院", 2, 1)
    assert first.oldest == (NOON - timedelta(days=3)).date()


def test_results_out_of_range_are_counted_too(both: People) -> None:
    line = figures()[-1]
    assert (line.name, line.open, line.late, line.oldest) == ("县人民医院", 1, 1, date(2026, 11, 20))


def test_how_long_answers_take_in_the_middle(people: People, feed: Source) -> None:
    for days in (2, 4, 30):
        disputed(people, feed, due=-1, answered=days)
    assert figures()[0].median == 4.0


def test_how_long_the_first_contact_takes_in_the_middle(people: People) -> None:
    case = matter(people, people.county, NOON.date(), "contacted")
    made(FollowThroughStep(case=case, deed="contacted", done_at=case.opened_at + timedelta(days=3)))
    assert figures()[0].median == 3.0


def test_each_month_says_what_fell_due_and_what_of_it_was_late(both: People, feed: Source) -> None:
    disputed(both, feed, due=-10, answered=-12)
    disputed(both, feed, due=-40, answered=-20)
    with acting_as("owner"):
        months = {row.month: (row.disputes, row.late, row.matters, row.missed) for row in overdue.months(NOON)}
    assert months == {"2026-11": (2, 1, 1, 1), "2026-10": (1, 1, 0, 0)}


def test_the_share_of_what_people_confirmed(people: People, township: Source) -> None:
    for answer in ("yes", "yes", "yes", "no", ""):
        question(people, township, answer)
    with acting_as("owner"):
        (line,) = overdue.services(NOON)
    assert (line.asked, line.confirmed, line.denied, line.silent, line.share) == (5, 3, 1, 1, 75)


def test_the_head_of_a_facility_sees_its_own_alone(both: People, signed_in: Enter) -> None:
    page = head_of(both.township, signed_in).get(reverse(PAGE)).content.decode()
    assert ("河东镇卫生院" in page, "县人民医院" in page) == (True, False)


def test_the_bureau_sees_every_facility_and_no_name(both: People, signed_in: Enter) -> None:
    page = head_of(both.bureau, signed_in).get(reverse(PAGE)).content.decode()
    assert ("河东镇卫生院" in page, "县人民医院" in page, "贺兰芳" in page) == (True, True, False)


@pytest.mark.parametrize("who", ["chenyisheng", "licunyi", "zhangqiantai", "engineer", "editor"])
def test_nobody_else_comes_in(both: People, signed_in: Enter, who: str) -> None:
    account: Account = getattr(both, who)
    client = signed_in(account)
    assert [client.get(reverse(name)).status_code for name in (PAGE, "staff:overdue_file")] == [403, 403]


def test_what_is_late_leads_to_its_list(both: People, signed_in: Enter) -> None:
    client = head_of(both.county, signed_in)
    page = client.get(reverse(PAGE)).content.decode()
    links = [f"{reverse('staff:follow_through')}?list=late", f"{reverse('admin:records_dispute_changelist')}?late=1"]
    assert [link for link in links if link not in page] == []
    assert [client.get(link).status_code for link in links] == [200, 200]


def test_the_file_holds_the_same_figures_and_is_written_down(both: People, signed_in: Enter) -> None:
    answer = head_of(both.bureau, signed_in).get(reverse("staff:overdue_file"))
    book = load_workbook(io.BytesIO(answer.content))
    first = [cell.value for cell in list(book["档案异议"].rows)[1]]
    assert first[:3] == ["县人民医院", 2, 1]
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="staff.exported_overdue").count() == 1


def test_the_csv_runs_no_formula(people: People, township: Source, signed_in: Enter) -> None:
    with acting_as("owner"):
        Facility.objects.filter(pk=people.township.pk).update(name="=1+1")
    question(people, township, "yes")
    answer = head_of(people.bureau, signed_in).get(reverse("staff:overdue_file"), {"as": "csv"})
    assert answer.content.decode("utf-8-sig").splitlines()[1].startswith("'=1+1,1,1,0,0,100")
