"""The starter library keeps the rules it teaches."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education.library import TOPICS, Text, texts
from health_education.models import Explains, Revision
from health_education.starter import load_starter
from tests.factories import NOON
from tests.people import People

LIBRARY = list(texts())
CHINESE = [text for text in LIBRARY if text.one("language", "zh-hans") == "zh-hans"]
CLAIMS = ["根治", "治愈率", "包治", "祖传", "特效", "无副作用", "百分之百", "神药"]


def loaded(people: People) -> int:
    with acting_as("owner"):
        return load_starter(by_author=people.editor, by_reviewer=people.reviewer, now=NOON)


@pytest.mark.parametrize("text", CHINESE, ids=lambda text: text.slug)
def test_a_text_is_short_and_names_the_document_it_follows(text: Text) -> None:
    assert len(text.body) <= (400 if text.one("kind") == "explanation" else 800)
    assert "《" in text.one("source")


@pytest.mark.parametrize("text", CHINESE, ids=lambda text: text.slug)
def test_a_text_begins_with_a_list_of_what_to_do(text: Text) -> None:
    heading, _, rest = text.body.partition("\n\n")
    assert heading == "## 马上可以做的事"
    assert rest.startswith("- ")


@pytest.mark.parametrize("text", LIBRARY, ids=lambda text: text.slug)
def test_a_text_names_a_known_topic(text: Text) -> None:
    assert text.one("topic") in TOPICS


def test_no_two_cards_explain_the_same_code() -> None:
    codes = [code for text in LIBRARY for code in text.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("text", LIBRARY, ids=lambda text: text.slug)
def test_a_text_promises_nothing(text: Text) -> None:
    assert not [claim for claim in CLAIMS if claim in text.body]


def test_all_are_published_with_source_author_and_reviewer(people: People) -> None:
    assert loaded(people) == len(LIBRARY)
    with transaction.atomic():
        live = Revision.objects.live(NOON)
        assert live.exclude(source="").exclude(author_name="").filter(reviewer_name="医学审核").count() == len(LIBRARY)


def test_all_say_that_they_are_samples(people: People, client: Client) -> None:
    loaded(people)
    for text in LIBRARY[:3]:
        page = client.get(reverse("health_education:article", args=[text.slug])).content.decode()
        assert "示例内容，需经本县专业审核后发布" in page


def test_a_card_explains_its_codes(people: People) -> None:
    loaded(people)
    with transaction.atomic():
        known = {(one.system, one.code, one.article.slug) for one in Explains.objects.select_related("article")}
    assert known == {(*code, text.slug) for text in LIBRARY for code in text.codes}


def test_loading_twice_adds_nothing(people: People) -> None:
    loaded(people)
    assert loaded(people) == 0


def test_each_can_be_opened(people: People, client: Client) -> None:
    loaded(people)
    for text in LIBRARY:
        assert client.get(reverse("health_education:article", args=[text.slug])).status_code == 200
