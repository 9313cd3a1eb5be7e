"""A flood of feedback buries nobody: bounded, folded for the editors, counted without words."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.models import Feedback, Revision
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON
from tests.people import People

Enter = Callable[[Account], Client]
LIST = reverse("admin:health_education_feedback_changelist")
ORIGIN = {"origin": "http://testserver"}
LATELY = NOON - timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    with at(NOON):
        yield


def flood(revision: Revision, count: int, kind: str = "unclear") -> None:
    place = "第二段" if kind == "wrong" else ""
    rows = [
        Feedback(article=revision.article, number=1, kind=kind, place=place, words=f"第{n % 99}遍了", at=LATELY)
        for n in range(count)
    ]
    with acting_as("owner"):
        Feedback.objects.bulk_create(rows)


def give(revision: Revision, words: str = "", place: str = "", kind: str = "unclear") -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT app.give_feedback(%s, %s, %s, %s)", [revision.article_id, kind, place, words])
        return bool(cursor.fetchone()[0])


def waiting(revision: Revision) -> int:
    with acting_as("owner"):
        return Feedback.objects.waiting().filter(article=revision.article_id).count()


def test_one_text_keeps_no_more_than_its_share_and_leaves_room_for_the_others(db: None) -> None:
    flooded, other = factories.article("少吃盐"), factories.article("多走路")
    flood(flooded, 49)
    answers = [give(flooded, "太难"), give(flooded, "太难"), give(other, "太难")]
    assert (answers, waiting(flooded)) == ([True, False, True], 50)


def test_a_text_full_of_words_still_counts_clicks(db: None) -> None:
    flooded = factories.article("少吃盐")
    flood(flooded, 50)
    assert [give(flooded), give(flooded)] == [True, True]
    with acting_as("owner"):
        assert Feedback.objects.get(words="").times == 2


def test_an_account_leaves_five_unread_words_at_a_text_whatever_its_address(people: People, signed_in: Enter) -> None:
    revision = factories.article("少吃盐")
    with seeing(signed_in(people.helanfang_account).session[TOKEN]), transaction.atomic():
        assert [give(revision, f"太难{n}") for n in range(6)] == [True] * 5 + [False]


def test_a_reader_clicks_a_text_five_times_a_day(db: None, client: Client, at: Callable[[datetime], Any]) -> None:
    first, second = (reverse("health_education:feedback", args=[factories.article().article.slug]) for _ in range(2))
    asked = [first] * 7 + [second]
    answers = []
    for minute, address in enumerate(asked):
        with at(NOON + minute * timedelta(minutes=2)):
            answers.append(client.post(address, {"kind": "unclear"}, headers=ORIGIN).status_code)
    assert answers == [302] * 5 + [429] * 2 + [302]


def test_two_thousand_words_are_a_line_for_each_article_and_one_query(people: People, signed_in: Enter) -> None:
    flooded, mistaken = factories.article("少吃盐"), factories.article("多走路")
    flood(flooded, 2000)
    flood(mistaken, 2, "wrong")
    give(flooded)
    editor = signed_in(people.editor)
    with CaptureQueriesContext(connections["default"]) as seen:
        page = editor.get(LIST, {"state": "waiting"}).content.decode()
    assert page.index("多走路") < page.index("少吃盐") < page.index(">2000<")
    asked = [query["sql"] for query in seen.captured_queries]
    assert sum('FROM "health_education_feedback"' in text for text in asked) == 1


def test_an_articles_words_are_paged_and_clicks_are_no_lines(people: People, signed_in: Enter) -> None:
    revision, other = factories.article("少吃盐"), factories.article("多走路")
    flood(revision, 60)
    flood(other, 1)
    give(revision)
    page = signed_in(people.editor).get(LIST, {"article__slug": revision.article.slug}).content.decode()
    assert page.count('class="field-title') == 50 and "多走路" not in page
    last = signed_in(people.editor).get(LIST, {"article__slug": revision.article.slug, "p": "2"}).content.decode()
    assert last.count('class="field-title') == 10


def test_a_flood_is_put_aside_at_once_and_leaves_one_line_in_the_log(people: People, signed_in: Enter) -> None:
    revision, other = factories.article("少吃盐"), factories.article("多走路")
    flood(revision, 500)
    flood(other, 1)
    with acting_as("owner"):
        some = str(Feedback.objects.filter(article=revision.article_id).first().pk)
    form = {"action": "needs_no_answer", "select_across": "1", "_selected_action": [some]}
    signed_in(people.editor).post(f"{LIST}?article__slug={revision.article.slug}", form)
    with acting_as("owner"):
        lines = AccessEvent.objects.filter(action="health_education.settled_feedback").count()
    assert (waiting(revision), waiting(other), lines) == (0, 1, 1)
