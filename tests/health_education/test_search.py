"""Finding articles by fragments of Chinese, and nothing else by any other means."""

from datetime import timedelta

import pytest
from django.db import connections, transaction

from foundation.rowsecurity import acting_as
from health_education import finding
from health_education.models import Revision
from health_education.search import question, vector_literal
from tests import factories
from tests.factories import NOON


def found(typed: str) -> list[str]:
    """Titles a signed-out visitor finds, best first."""
    with transaction.atomic():
        wanted = finding.asked(typed)
        return [one.title for one in Revision.objects.live(NOON).for_a_list().answering(wanted)] if wanted else []


@pytest.fixture
def shelf(db: None) -> None:
    factories.article("高血压患者怎么吃", "每天不超过5克盐。")
    factories.article("脑卒中的信号", "口角歪斜，说话不清，也与血与压力有关。肝癌不在此文。")
    factories.article("维生素D与骨头", "晒太阳，查HbA1c和B超。")
    factories.article("少盐的厨房", "血压高的人，先放醋。")


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("血压", {"高血压患者怎么吃", "少盐的厨房"}),
        ("高血压", {"高血压患者怎么吃", "少盐的厨房"}),
        ("高血压患者", {"高血压患者怎么吃"}),
        ("中风", {"脑卒中的信号"}),
        ("中风的信号", {"脑卒中的信号"}),
        ("B超", {"维生素D与骨头"}),
        ("D骨头", set()),
        ("脑卒", {"脑卒中的信号"}),
        ("盐", {"高血压患者怎么吃", "少盐的厨房"}),
        ("癌", {"脑卒中的信号"}),
        ("说话不清", {"脑卒中的信号"}),
        ("维生素D", {"维生素D与骨头"}),
        ("维生素d", {"维生素D与骨头"}),
        ("ｂ超", {"维生素D与骨头"}),
        ("hba1", {"维生素D与骨头"}),
        ("血压 醋", {"少盐的厨房"}),
        ("血压，盐！", {"高血压患者怎么吃", "少盐的厨房"}),
        ("糖尿病", set()),
        ("", set()),
        ("！？ 。", set()),
    ],
)
def test_a_search_finds_exactly_the_texts_with_the_fragment(shelf: None, typed: str, titles: set[str]) -> None:
    assert set(found(typed)) == titles


@pytest.mark.parametrize(
    "typed", ["'; DROP TABLE x; --", "血压' | '脑卒", "血压:*A", "!血压", "((((", "\\", "血压\x00"]
)
def test_typed_operators_are_never_obeyed(shelf: None, typed: str) -> None:
    assert "维生素D与骨头" not in found(typed)


def test_a_word_in_the_title_ranks_first(shelf: None) -> None:
    assert found("血压") == ["高血压患者怎么吃", "少盐的厨房"]


def test_neighbours_do_not_reach_over_a_comma() -> None:
    assert "'克盐'" not in vector_literal([("五克，盐", "A")])


def test_only_letters_digits_and_chinese_reach_the_query() -> None:
    asked = question(["血压' & !x | (y):*"])
    assert asked is not None
    assert asked.wanted == "('血压') & ('x':*) & ('y':*)"


def test_a_draft_is_not_found(shelf: None) -> None:
    with acting_as("owner"):
        revision = Revision.objects.get(title="少盐的厨房")
        factories.made(
            Revision(article=revision.article, number=2, title="洋葱", author_id=revision.author_id, body="洋葱")
        )
    assert found("洋葱") == []


def test_a_text_is_found_from_its_time_on(db: None) -> None:
    factories.article("明天的文章", at=NOON + timedelta(days=1))
    assert found("明天") == []


def test_the_stored_words_follow_an_edit(db: None) -> None:
    revision = factories.article("旧标题")
    draft = Revision(article=revision.article, number=2, title="草稿", author_id=revision.author_id)
    factories.made(draft)
    with acting_as("owner"):
        draft.title = "新词语"
        draft.save()
        stored = Revision.objects.filter(pk=draft.pk).values_list("search", flat=True).get()
    assert "'词语'" in stored
    assert "'草稿'" not in stored


def test_the_search_uses_its_index(db: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM health_education_revision WHERE search @@ %s::tsquery", ["'血压'"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "revision_search" in plan
