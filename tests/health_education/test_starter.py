"""The starter library keeps the rules it teaches."""

import re
from collections import Counter
from collections.abc import Callable

from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education.library import TOPICS, Text, texts
from health_education.markdown import render
from health_education.models import Explains, Revision
from health_education.starter import load_starter
from tests.factories import NOON
from tests.people import People

LIBRARY = list(texts())
CHINESE = [text for text in LIBRARY if text.one("language", "zh-hans") == "zh-hans"]
CLAIMS = ["根治", "治愈率", "包治", "祖传", "特效", "无副作用", "百分之百", "神药", "秘方", "药到病除", "立竿见影"]


def loaded(people: People) -> int:
    with acting_as("owner"):
        return load_starter(by_author=people.editor, by_reviewer=people.reviewer, now=NOON)


def those(texts: list[Text], wrong: Callable[[Text], object]) -> list[str]:
    """The addresses of the texts with which something is wrong."""
    return [text.slug for text in texts if wrong(text)]


def test_the_library_is_large_enough() -> None:
    """At least 40 articles, cards for 60 laboratory items and 12 conditions, ten short English versions (issue 5)."""
    kinds = Counter(text.one("kind") if text in CHINESE else "english" for text in LIBRARY)
    cards = [system for text in LIBRARY for system in {system for system, _code in text.codes}]
    assert kinds.total() - kinds["explanation"] - kinds["english"] >= 40
    assert (cards.count("loinc") >= 60, cards.count("condition") >= 12, kinds["english"] >= 10) == (True, True, True)


def test_texts_are_short() -> None:
    most = {"explanation": 400}
    assert those(CHINESE, lambda text: len(text.body) > most.get(text.one("kind"), 800)) == []


def test_texts_name_the_document_they_follow() -> None:
    assert those(CHINESE, lambda text: not re.search("《.+》", text.one("source"))) == []


def test_texts_begin_with_a_list_of_what_to_do() -> None:
    assert those(CHINESE, lambda text: not text.body.startswith("## 马上可以做的事\n\n- ")) == []
    english = [text for text in LIBRARY if text not in CHINESE]
    assert those(english, lambda text: not text.body.startswith("## What to do now\n\n- ")) == []


def test_texts_name_known_topics() -> None:
    assert those(LIBRARY, lambda text: text.one("topic") not in TOPICS) == []


def test_texts_promise_nothing() -> None:
    assert those(LIBRARY, lambda text: any(claim in text.body + text.one("title") for claim in CLAIMS)) == []


def test_no_two_cards_explain_the_same_code() -> None:
    codes = [code for text in LIBRARY for code in text.codes]
    assert len(codes) == len(set(codes))


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


def test_no_mark_of_the_markdown_is_left_in_what_is_read() -> None:
    assert those(LIBRARY, lambda text: "**" in render(text.body) or "## " in render(text.body)) == []


def test_every_ninth_can_be_opened(people: People, client: Client) -> None:
    loaded(people)
    for text in LIBRARY[::9]:
        assert client.get(reverse("health_education:article", args=[text.slug])).status_code == 200
