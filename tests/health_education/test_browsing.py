"""Browsing: languages, kinds, explanation cards, theme days."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from foundation.rowsecurity import acting_as
from health_education.cards import cards_for, first_paragraph
from health_education.models import Article, Explains, Revision, ThemeDay
from tests import factories
from tests.factories import NOON, made

ARTICLES = reverse("health_education:articles")


def page(client: Client, query: str = "") -> str:
    response = client.get(ARTICLES + query)
    assert response.status_code == 200
    return response.content.decode()


def described(revision: Revision, **fields: Any) -> Revision:
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(**fields)
        return Revision.objects.select_related("article").get(pk=revision.pk)


def english(client: Client) -> str:
    with translation.override("en"):
        return client.get(ARTICLES, headers={"accept-language": "en"}).content.decode()


def test_english_readers_get_english_texts_first_and_chinese_readers_none(db: None, client: Client) -> None:
    described(factories.article("Eat less salt", at=NOON - timedelta(days=90)), language="en")
    factories.article("少吃盐")
    shown = english(client)
    assert shown.index("Eat less salt") < shown.index("少吃盐")
    assert "Eat less salt" not in page(client)


def test_cards_are_not_among_the_newest_but_are_found(db: None, client: Client) -> None:
    described(factories.article("血红蛋白"), kind="explanation")
    assert "血红蛋白" not in page(client)
    assert "<mark>血红蛋白</mark>" in page(client, "?q=血红蛋白")


def test_the_list_can_be_narrowed_by_kind(db: None, client: Client) -> None:
    described(factories.article("一问一答"), kind="qa")
    factories.article("长文章")
    shown = page(client, "?kind=qa")
    assert "一问一答" in shown
    assert "长文章" not in shown


def test_cards_stand_under_the_letter_of_their_sound(db: None, client: Client) -> None:
    for title in ("血红蛋白", "尿酸", "白细胞", "丙氨酸氨基转移酶"):
        described(factories.article(title), kind="explanation")
    shown = client.get(reverse("health_education:cards")).content.decode()
    marks = ('id="letter-b"', ">白细胞", ">丙氨酸", 'id="letter-n"', ">尿酸", 'id="letter-x"', ">血红蛋白")
    places = [shown.index(mark) for mark in marks]
    assert places == sorted(places)


def test_cards_are_found_by_another_name(db: None, client: Client) -> None:
    for title in ("尿酸", "白细胞"):
        described(factories.article(title), kind="explanation")
    shown = client.get(reverse("health_education:cards"), {"q": "尿酸"}).content.decode()
    assert "尿酸</span>" in shown
    assert "白细胞" not in shown


def test_cards_for_many_codes_cost_one_question(db: None, django_assert_num_queries: Any) -> None:
    for code in ("718-7", "2345-7"):
        card = described(factories.article(f"卡{code}", "一段话。\n\n## 别的"), kind="explanation")
        made(Explains(article=card.article, system="loinc", code=code, confirmed_at=NOON, from_number=1))
    with django_assert_num_queries(1):
        found = cards_for([("loinc", "718-7"), ("loinc", "2345-7"), ("loinc", "1-1")], NOON)
    assert {code: card.title for code, card in found.items()} == {
        ("loinc", "718-7"): "卡718-7",
        ("loinc", "2345-7"): "卡2345-7",
    }


def test_a_code_that_a_card_no_longer_explains_has_none(db: None) -> None:
    card = described(factories.article("旧卡"), kind="explanation")
    made(Explains(article=card.article, system="loinc", code="718-7", confirmed_at=NOON, from_number=1, ended_at=NOON))
    assert cards_for([("loinc", "718-7")], NOON) == {}


def test_a_card_begins_with_what_is_measured() -> None:
    body = "## 马上可以做的事\n\n- 问医生\n\n## 这项查的是什么\n\n血里的**蛋白**。\n\n## 偏高"
    assert first_paragraph(body) == "血里的蛋白。"


def theme_day(**fields: Any) -> ThemeDay:
    theme: ThemeDay = made(ThemeDay(**{"month": 12, "day": 1, "name": "世界艾滋病日", "words": "艾滋"} | fields))
    return theme


def test_a_theme_day_that_is_near_is_announced_with_its_texts(db: None, client: Client, at: Any) -> None:
    theme_day()
    factories.article("艾滋病怎么防")
    with at(NOON + timedelta(days=1)):
        shown = page(client)
    assert "世界艾滋病日" in shown
    assert "艾滋病怎么防" in shown.split("世界艾滋病日")[1]


def test_a_theme_day_that_is_far_is_not(db: None, client: Client, at: Any) -> None:
    theme_day(month=3, day=24, name="世界防治结核病日")
    with at(NOON):
        assert "世界防治结核病日" not in page(client)


def test_a_theme_day_recommends_nothing_overdue(db: None, client: Client, at: Any) -> None:
    theme_day()
    factories.article("艾滋病怎么防")
    with at(NOON.replace(year=2027, day=25)):
        assert "艾滋病怎么防" not in page(client).split("世界艾滋病日")[1]


def test_the_calendar_begins_with_the_next_day(db: None, client: Client, at: Any) -> None:
    theme_day(month=1, day=5, name="明年的")
    theme_day()
    with at(NOON):
        shown = client.get(reverse("health_education:theme_days")).content.decode()
    assert shown.index("世界艾滋病日") < shown.index("明年的")


@pytest.mark.parametrize(("month", "day"), [(2, 29), (4, 31), (13, 1), (1, 0)])
def test_the_database_refuses_a_theme_day_that_no_year_has(db: None, month: int, day: int) -> None:
    with pytest.raises(DatabaseError, match="theme_day_is_in_every_year"):
        theme_day(month=month, day=day)


def test_pages_beyond_what_is_counted_are_the_last_one(db: None, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("health_education.listing.MOST_LISTED", 13)
    for number in range(15):
        factories.article(f"第{number}篇", at=NOON - timedelta(days=number))
    shown = page(client, "?page=9")
    assert "第12篇" in shown
    assert "第13篇" not in shown
