"""The starter library keeps the rules it teaches."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education.models import Audience, Revision
from health_education.starter import TOPICS, Text, load_starter, texts
from tests.factories import NOON
from tests.people import People

LIBRARY = list(texts())
CLAIMS = ["根治", "治愈率", "包治", "祖传", "特效", "无副作用", "百分之百", "神药"]


def loaded(people: People) -> int:
    with acting_as("owner"):
        return load_starter(by_author=people.editor, by_reviewer=people.reviewer, now=NOON)


def test_there_are_six() -> None:
    assert len(LIBRARY) == 6


@pytest.mark.parametrize("text", LIBRARY, ids=lambda text: text.slug)
def test_a_text_is_short_sourced_and_marked_as_a_sample(text: Text) -> None:
    assert len(text.body) <= 800
    assert "《" in text.head["source"]
    assert text.body.rstrip().endswith("> 示例内容，需经本县专业审核后发布。")


@pytest.mark.parametrize("text", LIBRARY, ids=lambda text: text.slug)
def test_a_text_begins_with_a_list_of_what_to_do(text: Text) -> None:
    heading, _, rest = text.body.partition("\n\n")
    assert heading.startswith("## ")
    assert rest.startswith("- ")


@pytest.mark.parametrize("text", LIBRARY, ids=lambda text: text.slug)
def test_a_text_names_known_topics_and_audiences(text: Text) -> None:
    assert text.head["topic"] in TOPICS
    assert set(text.audience) <= set(Audience.values)


@pytest.mark.parametrize("text", LIBRARY, ids=lambda text: text.slug)
def test_a_text_promises_nothing(text: Text) -> None:
    assert not [claim for claim in CLAIMS if claim in text.body]


def test_all_are_published_with_source_author_and_reviewer(people: People) -> None:
    assert loaded(people) == 6
    with transaction.atomic():
        live = Revision.objects.live(NOON)
        assert live.exclude(source="").exclude(author_name="").filter(reviewer_name="医学审核").count() == 6


def test_loading_twice_adds_nothing(people: People) -> None:
    loaded(people)
    assert loaded(people) == 0


def test_each_can_be_opened(people: People, client: Client) -> None:
    loaded(people)
    for text in LIBRARY:
        assert client.get(reverse("health_education:article", args=[text.slug])).status_code == 200
