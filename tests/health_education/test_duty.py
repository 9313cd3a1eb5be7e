"""The annual duty report equals the facts: what was published and held, and what staff wrote down."""

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from facilities.models import Facility
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.duty.counting import Report, reports
from health_education.models import Activity, DutyEntry
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON, SHANGHAI
from tests.health_education.scenes import Enter, fresh
from tests.people import People

YEAR = 2025  # over, at NOON


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def worker(people: People) -> Account:
    return factories.staff("gongwei", "公卫员", people.township, "public_health")


def held(at: Facility, kind: str, month: int, day: int = 10, **fields: Any) -> Activity:
    """An activity of last year that took place."""
    starts = datetime(YEAR, month, day, 9, tzinfo=SHANGHAI)
    signups = {"signup_opens_at": None, "signup_closes_at": None}
    facts = {"kind": kind, "published_at": starts - timedelta(days=7), "held_at": starts, "attended": 30, **signups}
    return factories.activity(at, starts_at=starts, **{**facts, **fields})


def entry(at: Facility, form: str, title: str, day: date = date(YEAR, 3, 1), **fields: Any) -> DutyEntry:
    facts = {"entered_by": at.pk, "entered_by_name": "公卫员", "entered_at": NOON, **fields}
    return factories.made(DutyEntry(facility=at, form=form, title=title, day=day, **facts))


def report(unit: Facility, year: int = YEAR, now: datetime = NOON) -> Report:
    with acting_as("owner"):
        return reports([unit], year, now)[0]


def done(unit: Facility, **more: Any) -> dict[str, tuple[int, bool]]:
    return {one.key: (one.done, one.met) for one in report(unit, **more).measures}


def full_year(town: Facility) -> None:
    """Exactly what a township must do."""
    for number in range(12):
        entry(town, "printed", f"折页{number}", copies=200)
        held(town, "lecture", number + 1)
    for number in range(6):
        entry(town, "audio_video", f"短片{number}")
        for place in ("大门东侧", "门诊大厅"):
            entry(town, "board", f"第{number}期", date(YEAR, 2 * number + 1, 5), place=place)
    for month in range(1, 10):
        held(town, "consultation", month, 20)


def test_a_township_that_did_what_it_must_has_done_all_of_it(people: People) -> None:
    full_year(people.township)
    assert done(people.township) == {
        "printed": (12, True),
        "audio_video": (6, True),
        "boards": (2, True),
        "consultations": (9, True),
        "lectures": (12, True),
        "individual": (0, True),
        "others": (0, True),
    }


def test_the_same_content_twice_is_one_kind(people: People) -> None:
    article = factories.article()
    for title in ("少盐少油", " 少盐 少油", "戒烟"):
        entry(people.township, "printed", title)
    entry(people.township, "printed", "高血压怎么吃", article=article.article)
    entry(people.township, "printed", "换了名称的同一篇", article=article.article)
    assert done(people.township)["printed"] == (3, False)


def test_only_what_was_published_and_held_counts(people: People) -> None:
    held(people.township, "consultation", 5)
    held(people.township, "consultation", 6, held_at=None)
    held(people.township, "consultation", 7, held_at=None, state="cancelled", cancelled_at=NOON, cancel_reason="下雨")
    held(people.township, "consultation", 8, held_at=None, state="draft")
    assert done(people.township)["consultations"] == (1, False)


def test_what_was_struck_out_and_another_years_do_not_count(people: People) -> None:
    entry(people.township, "printed", "作废的", struck_at=NOON, struck_by=people.township.pk)
    entry(people.township, "printed", "去年的", date(YEAR - 1, 12, 31))
    entry(people.township, "printed", "算数的", date(YEAR, 12, 31))
    assert done(people.township)["printed"] == (1, False)


def test_twelve_lectures_in_eleven_months_leave_one_wanting(people: People) -> None:
    for month in (1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12):
        held(people.township, "lecture", month)
    lectures = report(people.township).measure("lectures")
    assert lectures is not None
    assert (lectures.done, lectures.met, lectures.wanting) == (12, False, ("11月",))


def test_a_board_must_change_every_two_months(people: People) -> None:
    village = factories.facility("V1", "东村卫生室", "village", parent=people.township)
    for month in (1, 4, 5, 8, 9):
        entry(village, "board", "新一期", date(YEAR, month, 3), place="村委会门口")
    boards = report(village).measure("boards")
    assert boards is not None
    assert (boards.done, boards.target, boards.met, boards.wanting) == (1, 1, False, ("村委会门口：11–12月",))


def test_a_village_holds_a_lecture_every_two_months(people: People) -> None:
    village = factories.facility("V1", "东村卫生室", "village", parent=people.township)
    for month in (2, 3, 6, 7, 10, 11):
        held(village, "lecture", month)
    assert done(village)["lectures"] == (6, True)


def test_in_a_year_that_runs_only_what_is_over_is_wanting(people: People) -> None:
    early = datetime(YEAR, 4, 15, 12, tzinfo=SHANGHAI)
    for month in (1, 2):
        held(people.township, "lecture", month)
    lectures = report(people.township, now=early).measure("lectures")
    assert lectures is not None
    assert lectures.wanting == ("3月",)


def test_the_page_the_rows_and_the_sheet_say_the_same(people: People, worker: Account, signed_in: Enter) -> None:
    full_year(people.township)
    entry(people.township, "printed", "=HYPERLINK(A1)", date(YEAR, 6, 1), note="+1")
    client, query = signed_in(worker), {"year": YEAR}
    page = client.get(reverse("staff:duty_unit", args=[people.township.pk]), query).content.decode()
    assert all(words in page for words in ("13 / 12 种", "6 / 6 种", "2 / 2 块", "9 / 9 次", "12 / 12 次"))
    rows = client.get(reverse("staff:duty_rows", args=[people.township.pk, "printed"]), query).content.decode()
    assert rows.count("折页") == 12
    book = taken(client, people.township)
    assert [[cell.value for cell in row[:3]] for row in book.worksheets[0].iter_rows(min_row=2, max_row=5)] == [
        ["印刷资料", 13, 12],
        ["音像资料", 6, 6],
        ["宣传栏", 2, 2],
        ["公众健康咨询", 9, 9],
    ]
    kinds = {str(row[3].value): row[3].data_type for row in book.worksheets[1].iter_rows(min_row=2)}
    assert kinds["=HYPERLINK(A1)"] == "s"
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="health_education.exported_duty", actor_id=worker.pk).count() == 1


def taken(client: Client, unit: Facility) -> Any:
    answer = client.post(reverse("staff:duty_unit_sheet", args=[unit.pk]), {"year": YEAR})
    return load_workbook(io.BytesIO(answer.content))


def test_the_county_sees_every_township_and_a_township_itself_and_its_villages(
    people: People, worker: Account, signed_in: Enter
) -> None:
    other = factories.facility("TOWN2", "河西镇卫生院")
    village = factories.facility("V1", "东村卫生室", "village", parent=people.township)
    county = signed_in(people.editor).get(reverse("staff:duty")).content.decode()
    own = signed_in(worker)
    assert "河东镇卫生院" in county and "河西镇卫生院" in county
    assert "河西镇卫生院" not in own.get(reverse("staff:duty")).content.decode()
    assert "东村卫生室" in own.get(reverse("staff:duty_unit", args=[people.township.pk])).content.decode()
    assert own.get(reverse("staff:duty_unit", args=[village.pk])).status_code == 200
    assert own.get(reverse("staff:duty_unit", args=[other.pk])).status_code == 404


def test_nobody_writes_entries_for_another_facility(people: People, worker: Account, signed_in: Enter) -> None:
    other = factories.facility("TOWN2", "河西镇卫生院")
    facts = {"form": "printed", "title": "折页", "day": "2026-11-20", "copies": 100, "place": "", "note": ""}
    client = signed_in(worker)
    client.post(reverse("admin:health_education_dutyentry_add"), {**facts, "facility": str(other.pk)})
    client.post(reverse("admin:health_education_dutyentry_add"), {**facts, "facility": str(people.township.pk)})
    with acting_as("owner"):
        assert list(DutyEntry.objects.values_list("facility", "entered_by")) == [(people.township.pk, worker.pk)]
    with seeing(client.session[TOKEN]), pytest.raises(DatabaseError), transaction.atomic():
        times = {"entered_by": worker.pk, "entered_at": NOON, "day": NOON.date()}
        DutyEntry.objects.create(facility=other, form="printed", title="折页", **times)


def test_an_article_counts_from_the_day_it_was_published(people: People, worker: Account, signed_in: Enter) -> None:
    article = factories.article(at=NOON - timedelta(days=3)).article
    facts = {"form": "printed", "article": str(article.pk), "facility": str(people.township.pk), "copies": 9}
    client, address = signed_in(worker), reverse("admin:health_education_dutyentry_add")
    client.post(address, {**facts, "day": "2026-11-10"})
    client.post(address, {**facts, "day": "2026-11-20"})
    with acting_as("owner"):
        assert list(DutyEntry.objects.values_list("day", "title")) == [(date(2026, 11, 20), "高血压怎么吃")]


def test_an_activity_goes_from_the_desk_into_the_report(people: People, worker: Account, signed_in: Enter) -> None:
    client = signed_in(worker)
    facts = {"facility": str(people.township.pk), "kind": "lecture", "title": "防跌倒", "place": "会议室"}
    times = {"starts_at": "2026-11-22T09:00", "ends_at": "2026-11-22T10:30", "description": "", "speaker": ""}
    client.post(reverse("admin:health_education_activity_add"), {**facts, **times})
    with acting_as("owner"):
        lecture = Activity.objects.get()
    client.post(reverse("staff:publish_activity", args=[lecture.pk]))
    assert done(people.township, year=2026)["lectures"][0] == 0
    client.post(reverse("staff:hold_activity", args=[lecture.pk]), {"walk_ins": "42", "note": "来了很多老人"})
    assert (fresh(lecture).attended, done(people.township, year=2026)["lectures"][0]) == (42, 1)
