"""Advice on words: claims that promise too much, how easily a text is read, what changed between two wordings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health_education import differences
from health_education.claims import claims_in
from health_education.markdown import left_stars
from health_education.models import Article, BannedClaim, Revision
from health_education.readability import reading_of
from tests.factories import NOON

CLAIMS = [BannedClaim(words=words, reason="夸大") for words in ("治愈", "治愈率", "根治", "特效", "100%")]
ACTIONS = "## 马上可以做的事\n\n- 先放醋。\n- 少放盐。\n"


def wording(body: str = ACTIONS, title: str = "少吃盐", **frame: Any) -> Revision:
    return Revision(title=title, summary="", body=body, article=Article(**frame))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("吃它能根治高血压。平时多走路。", [("根治", "吃它能根治高血压。")]),
        ("- 治愈率高达九成！", [("治愈率", "治愈率高达九成！")]),
        ("**根**治 不是 梦", [("根治", "**根**治 不是 梦")]),
        ("效果１００％，放心", [("100%", "效果１００％，放心")]),
        ("少盐、多走、按时吃药。", []),
    ],
)
def test_a_claim_is_shown_with_the_sentence_it_stands_in(body: str, found: list[tuple[str, str]]) -> None:
    assert [(one.words, one.sentence) for one in claims_in(wording(body), CLAIMS)] == found


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("**多喝水。**少喝酒", ["**多喝水。**"]),
        ("记住**“少盐”**两个字", ["**“少盐”**"]),
        ("- **盐：**少放\n- **没写完", ["**盐：**", "**没写完"]),
        ("| 名 |\n|-|\n| *斜。*后 |", ["*斜。*"]),
        ("**多喝水**。少喝酒，2*3*4，`**码。**后`", []),
    ],
)
def test_stars_that_readers_would_see_are_told(body: str, left: list[str]) -> None:
    assert left_stars(body) == left


def test_a_claim_in_the_title_is_found_too() -> None:
    assert [one.words for one in claims_in(wording(title="特效降压"), CLAIMS)] == ["特效"]


def label(body: str, **frame: Any) -> str:
    reading = reading_of(wording(body, **frame), NOON)
    assert reading is not None
    return reading.label


def test_short_sentences_are_easy(db: None) -> None:
    assert label(ACTIONS) == "易读"


def test_a_long_text_of_long_sentences_is_hard(db: None) -> None:
    assert label(("高血压" * 15 + "。") * 20) == "偏难"


def test_one_long_sentence_is_in_between_and_is_named(db: None) -> None:
    reading = reading_of(wording(ACTIONS + "\n" + "血压高" * 14 + "。"), NOON)
    assert reading is not None
    assert (reading.label, len(reading.advice), "可以拆短" in reading.advice[0]) == ("一般", 1, True)


def test_a_text_that_does_not_begin_with_what_to_do_is_told_so(db: None) -> None:
    reading = reading_of(wording("盐吃多了血压会高。"), NOON)
    assert reading is not None
    assert "马上可以做的事" in reading.advice[0]


def test_a_card_is_shorter_than_an_article(db: None) -> None:
    body = ACTIONS + "少吃盐。" * 140
    assert (label(body), label(body, kind="explanation")) == ("易读", "一般")


def test_other_languages_are_not_measured(db: None) -> None:
    assert reading_of(wording("Eat less salt.", language="en"), NOON) is None


def changes(before: str, after: str) -> list[list[tuple[str, str]]]:
    return [row.inline for row in differences.rows(before, after) if row.kind != "same"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("每天6克盐。", "每天5克盐。", [[("same", "每天"), ("removed", "6"), ("added", "5"), ("same", "克盐。")]]),
        ("血压130", "血压140", [[("same", "血压"), ("removed", "130"), ("added", "140")]]),
        ("一。\n二。", "一。", [[("removed", "二。")]]),
        ("一。", "一。\n\n三。", [[("added", "三。")]]),
        ("一。\r\n\r\n二。", "一。\n二。", []),
        ("少吃盐", "多吃菜", [[("removed", "少吃盐"), ("added", "多吃菜")]]),
    ],
)
def test_a_change_is_marked_by_what_went_and_what_came(before: str, after: str, shown: list[Any]) -> None:
    assert changes(before, after) == shown


TEXTS = st.lists(st.text(alphabet="盐油糖少多吃。5 ", max_size=12), max_size=5).map("\n".join)


@given(TEXTS, TEXTS)
def test_both_wordings_can_be_read_back_from_the_difference(before: str, after: str) -> None:
    rows = differences.rows(before, after)
    for text, side in ((before, "before"), (after, "after")):
        said = ["".join(piece.text for piece in getattr(row, side)) for row in rows]
        assert [line for line in said if line] == [line.rstrip() for line in text.split("\n") if line.strip()]


@given(TEXTS, TEXTS)
def test_the_one_line_form_says_the_same(before: str, after: str) -> None:
    for row in differences.rows(before, after):
        old = "".join(text for how, text in row.inline if how != "added")
        assert old == "".join(piece.text for piece in row.before)
