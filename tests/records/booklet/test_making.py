"""Asking for a booklet, waiting for it, and what happens when the worker is killed, slow or refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from foundation.press import PrintingFailed
from foundation.rowsecurity import acting_as
from records.booklet import making
from records.booklet.choosing import SECTIONS
from records.models import IssuedCopy, Parcel, ParcelPiece
from residents.models import Account, Notice
from tests.factories import NOON
from tests.people import People
from tests.records import booklets, rows

SignIn = Callable[[Account], Client]
ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}


def page(client: Client, parcel: Parcel) -> str:
    response = client.get(reverse("records:booklet_state", args=[parcel.pk]))
    assert response.status_code == 200
    return response.content.decode()


def held(model: Any, **of: Any) -> int:
    with acting_as("owner"):
        return int(model.objects.filter(**of).count())


def test_a_booklet_waits_is_made_and_is_told_of(people: People, hers: Client) -> None:
    parcel = booklets.asked(hers)
    assert "排队等待" in page(hers, parcel) and "hx-get" in page(hers, parcel)
    assert booklets.work(parcel)
    assert "已做好" in page(hers, parcel) and "hx-trigger" not in page(hers, parcel)
    assert held(Notice, resident=people.helanfang, kind="record_ready", subject_id=parcel.pk) == 1


def test_the_waiting_page_asks_again_without_scripts(people: People, hers: Client) -> None:
    parcel = booklets.asked(hers)
    assert hers.get(reverse("records:booklet_state", args=[parcel.pk]))["Refresh"] == "15"
    booklets.work(parcel)
    assert "Refresh" not in hers.get(reverse("records:booklet_state", args=[parcel.pk])).headers


def test_what_the_page_asks_for_again_is_only_its_part(people: People, hers: Client) -> None:
    parcel = booklets.asked(hers)
    part = hers.get(reverse("records:booklet_state", args=[parcel.pk]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and 'id="progress"' in part.content.decode()


def test_asking_and_fetching_leave_a_line_each(people: People, hers: Client) -> None:
    booklets.taken(hers)
    assert rows.actions() == ["records.took_record", "records.fetched_record"]


def test_a_form_sent_twice_gives_one_booklet(people: People, hers: Client) -> None:
    key = str(uuid4())
    assert booklets.asked(hers, form_key=key).pk == booklets.asked(hers, form_key=key).pk
    assert held(Parcel) == 1


def test_nothing_of_the_record_lies_open_in_the_database(people: People, hers: Client, feed: Any) -> None:
    rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲")
    parcel = booklets.asked(hers)
    assert "血常规甲".encode() not in bytes(parcel.draft or b"") and b"%PDF" not in bytes(parcel.draft or b"")
    booklets.work(parcel)
    with acting_as("owner"):
        pieces = b"".join(bytes(piece.content) for piece in ParcelPiece.objects.all())
    assert b"%PDF" not in pieces and booklets.stored(parcel.pk).draft is None


def test_a_task_that_comes_twice_makes_one_file(people: People, hers: Client) -> None:
    parcel = booklets.asked(hers)
    assert [booklets.work(parcel), booklets.work(parcel)] == [True, False]
    assert held(ParcelPiece) == 1 and held(IssuedCopy, kind="booklet") == 1


def test_a_run_that_was_killed_half_way_is_taken_over_and_gives_one_file(
    people: People, hers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel, now = booklets.asked(hers), timezone.now()
    with monkeypatch.context() as patch:
        patch.setattr(making, "signed", killed)
        with pytest.raises(Killed):
            booklets.work(parcel, now)
    assert booklets.stored(parcel.pk).state == "working" and not booklets.work(parcel, now + timedelta(seconds=60))
    assert booklets.work(parcel, now + timedelta(seconds=301))
    assert held(ParcelPiece) == 1 and held(IssuedCopy, kind="booklet") == 1 and booklets.fetched(hers, parcel)


class Killed(BaseException):
    """As the process would end."""


def killed(*_args: Any, **_kwargs: Any) -> bytes:
    raise Killed


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_run_that_lost_its_claim_stores_nothing(
    people: People, hers: Client, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    parcel, now, real = booklets.asked(hers), timezone.now(), making._alive

    def taken_over(of: Parcel, claim: Any, done: int, at: Any) -> bool:
        alive = real(of, claim, done, at)
        if done == last:
            monkeypatch.setattr(making, "_alive", real)
            assert booklets.work(parcel, now + timedelta(seconds=301))  # another run takes over just then
        return alive

    monkeypatch.setattr(making, "_alive", taken_over)
    assert not booklets.work(parcel, now)
    assert held(ParcelPiece) == 1 and held(IssuedCopy, kind="booklet") == 1


def test_what_cannot_be_set_says_so_and_keeps_nothing(
    people: People, hers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> bytes:
        raise PrintingFailed("typst refused the document")

    parcel = booklets.asked(hers)
    monkeypatch.setattr(making, "set_apart", refuse)
    assert not booklets.work(parcel)
    assert "没有做成" in page(hers, parcel) and booklets.stored(parcel.pk).draft is None


def test_a_run_that_ends_three_times_is_given_up(people: People, hers: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel, now = booklets.asked(hers), timezone.now()
    monkeypatch.setattr(making, "signed", killed)
    for turn in range(3):
        with pytest.raises(Killed):
            booklets.work(parcel, now + timedelta(seconds=400 * turn))
    assert not booklets.work(parcel, now + timedelta(seconds=1600))
    assert booklets.stored(parcel.pk).state == "failed"


def test_the_sweep_makes_what_waits_and_empties_what_is_over(people: People, hers: Client) -> None:
    parcel, now = booklets.asked(hers), timezone.now()
    with acting_as("worker"):
        assert making.due(now) == [parcel.pk]
    booklets.work(parcel)
    with acting_as("worker"):
        assert making.empty(now + timedelta(hours=49)) == 1 and making.due(now) == []
    assert held(ParcelPiece) == 0 and booklets.stored(parcel.pk).state == "expired"
    assert "到期" in page(hers, parcel)
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code == 302


def test_a_day_has_a_limit(people: People, hers: Client) -> None:
    for _turn in range(6):
        booklets.asked(hers, "allergies")
    form = {"period": "all", "sections": ["allergies"], "form_key": str(uuid4())}
    assert "今天已经做了好几份" in hers.post(reverse("records:booklet"), form).content.decode()
    assert held(Parcel) == 6


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"sections": []}, "请至少勾选一项内容"),
        ({"period": "between"}, "请写从哪天到哪天"),
        ({"period": "between", "starts_on": "2026-05-01", "ends_on": "2026-04-01"}, "结束日期早于开始日期"),
    ],
)
def test_what_is_missing_is_said_at_its_field(people: People, hers: Client, typed: dict[str, Any], said: str) -> None:
    told = {"period": "all", "sections": ["results"], "form_key": str(uuid4())} | typed
    assert said in hers.post(reverse("records:booklet"), told).content.decode()


def statements(client: Client, *sections: str) -> int:
    """How many statements asking for a booklet takes."""
    with CaptureQueriesContext(connections["default"]) as asked:
        booklets.asked(client, *sections)
    return len(asked)


def test_many_rows_take_no_more_statements_than_one(people: People, hers: Client, feed: Any) -> None:
    fill(people, feed, 1)
    one = statements(hers, *SECTIONS)
    fill(people, feed, 12)
    assert statements(hers, *SECTIONS) <= one <= 75


def fill(people: People, feed: Any, many: int) -> None:
    for number in range(many):
        at = NOON - timedelta(days=number)
        rows.panel(people.helanfang, feed, at, ITEM | {"value_number": 98.6}, title=f"血常规{number}")
        for model in rows.STATEMENTS:
            rows.statement(model, people.helanfang, feed, at)


def test_a_list_of_booklets_takes_no_more_statements_than_one(people: People, hers: Client) -> None:
    def seen() -> int:
        with CaptureQueriesContext(connections["default"]) as asked:
            assert hers.get(reverse("records:booklet")).status_code == 200
        return len(asked)

    booklets.made(people)
    one = seen()
    for _turn in range(8):
        booklets.made(people)
    assert seen() == one


def test_a_booklet_is_in_chinese_whatever_the_page_is_in(people: People, hers: Client) -> None:
    hers.cookies["language"] = "en"
    assert "居民健康档案" in booklets.text(booklets.taken(hers, "allergies"))
