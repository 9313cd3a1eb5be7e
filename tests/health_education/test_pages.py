"""What everyone may read."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from health_education import finding
from health_education.models import Article, Audience, Review, Revision
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People

ARTICLES = reverse("health_education:articles")
BEGIN_AND_COMMIT = 2


def address(revision: Revision) -> str:
    return reverse("health_education:article", args=[revision.article.slug])


def reworded(old: Revision, number: int, title: str) -> Revision:
    words = {name: getattr(old, name) for name in ("summary", "body", "source", "author_name", "author_id")}
    return Revision(article=old.article, number=number, title=title, **words)


def approve(article: Article, number: int) -> None:
    """Review and publish one wording, as the owner."""
    with acting_as("owner"):
        revision = Revision.objects.get(article=article, number=number)
        verdict = Review(revision=revision, reviewer_id=uuid7(), reviewer_name="审核", verdict="approved")
        verdict.reviewed_at = NOON
        verdict.save(force_insert=True)
        revision.state, revision.publish_at, revision.review_due_on = "approved", NOON, date(2027, 11, 22)
        revision.save()


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_anyone_reads_an_article_without_signing_in(db: None, client: Client) -> None:
    text = page(client, address(factories.article("少吃盐", "先放**醋**。")))
    assert "<strong>醋</strong>" in text


@pytest.mark.parametrize("words", ["国家卫生健康委", "编辑", "审核", "全人群", "2026-11-22", "发现错误"])
def test_an_article_says_who_vouches_for_it(db: None, client: Client, words: str) -> None:
    assert words in page(client, address(factories.article()))


def test_an_article_with_script_in_it_shows_it_as_words(db: None, client: Client) -> None:
    text = page(client, address(factories.article(title="<b>题</b>", body="<script>alert('x')</script>")))
    assert "<script>alert" not in text
    assert "<b>题</b>" not in text


def test_a_draft_and_a_missing_article_are_the_same_404(db: None, client: Client) -> None:
    later = factories.article(at=NOON + timedelta(days=900))
    for url in (address(later), reverse("health_education:article", args=["missing"])):
        assert client.get(url).status_code == 404


def test_the_newest_published_wording_is_the_one_that_is_read(db: None, client: Client) -> None:
    old = factories.article("旧的说法")
    factories.made(reworded(old, 2, "新的说法"))
    approve(old.article, 2)
    factories.made(reworded(old, 3, "还没审的说法"))
    text = page(client, address(old))
    assert "新的说法" in text
    assert "还没审的说法" not in text


def test_a_withdrawn_article_leaves_the_list(db: None, client: Client) -> None:
    revision = factories.article("要下线的")
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(withdrawn_at=NOON)
    assert "要下线的" not in page(client, ARTICLES)


def test_the_list_can_be_narrowed_by_topic(db: None, client: Client) -> None:
    one, _ = factories.article("少吃盐"), factories.article("打疫苗")
    text = page(client, f"{ARTICLES}?topic={one.article.topic.slug}")
    assert "少吃盐" in text
    assert "打疫苗" not in text


def test_the_list_can_be_narrowed_by_audience(db: None, client: Client) -> None:
    one, _ = factories.article("给老人"), factories.article("给大家")
    with acting_as("owner"):
        Article.objects.filter(pk=one.article_id).update(audience=[Audience.ELDERS])
    text = page(client, f"{ARTICLES}?audience=elders")
    assert "给老人" in text
    assert "给大家" not in text


def test_a_search_shows_what_it_found(db: None, client: Client) -> None:
    factories.article("高血压怎么吃")
    factories.article("打疫苗")
    text = page(client, f"{ARTICLES}?q=血压")
    assert "高<mark>血压</mark>怎么吃" in text
    assert "打疫苗" not in text


def test_a_search_without_hits_says_so_kindly(db: None, client: Client) -> None:
    assert "没有找到合适的文章" in page(client, f"{ARTICLES}?q=量子")


@pytest.mark.parametrize(
    "query", ["q=%00", "q=' OR 1=1 --", "audience=nobody", "page=999999", "page=-1", "q=" + "长" * 900]
)
def test_nonsense_in_the_address_is_a_normal_page(db: None, client: Client, query: str) -> None:
    factories.article()
    assert client.get(f"{ARTICLES}?{query}").status_code == 200


def test_an_unknown_topic_is_a_404(db: None, client: Client) -> None:
    assert client.get(f"{ARTICLES}?topic=nothing").status_code == 404


def test_a_search_term_is_shown_as_words(db: None, client: Client) -> None:
    assert "<script>alert(1)" not in page(client, f"{ARTICLES}?q=<script>alert(1)</script>")


def test_a_cache_in_front_keeps_a_page_for_less_than_ten_seconds(db: None, client: Client) -> None:
    assert client.get(ARTICLES).headers["Cache-Control"] == "public, max-age=0, s-maxage=6"


def test_a_page_of_a_signed_in_reader_is_never_kept(people: People, signed_in: Callable[[Account], Client]) -> None:
    response = signed_in(people.helanfang_account).get(ARTICLES)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_reader_cannot_open_the_editors_preview(people: People, signed_in: Callable[[Account], Client]) -> None:
    url = reverse("health_education:preview", args=[factories.article().pk])
    assert signed_in(people.helanfang_account).get(url).status_code == 404


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_asks_the_same_number_of_questions_for_any_length(
    db: None, client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        factories.article(f"血压第{number}篇")
    finding.synonyms()
    with django_assert_num_queries(BEGIN_AND_COMMIT + 4):
        page(client, ARTICLES)
    with django_assert_num_queries(BEGIN_AND_COMMIT + 4):
        page(client, f"{ARTICLES}?q=血压")


def test_an_article_costs_two_questions(db: None, client: Client, django_assert_num_queries: Any) -> None:
    url = address(factories.article())
    page(client, url)  # dated settings are kept for half a minute
    with django_assert_num_queries(BEGIN_AND_COMMIT + 2):
        page(client, url)


def featured() -> str:
    request = RequestFactory().get("/")
    template = Template("{% load health_education_home %}{% featured_articles %}")
    return str(template.render(Context({"request": request})))


def test_home_shows_the_three_newest(db: None, at: Any) -> None:
    for day in range(5):
        factories.article(f"第{day}天", at=NOON - timedelta(days=day))
    with at(NOON + timedelta(minutes=1)):
        text = featured()
    assert [day for day in range(5) if f"第{day}天" in text] == [0, 1, 2]


def test_home_says_nothing_without_articles(db: None) -> None:
    assert featured().strip() == ""


def test_home_does_not_recommend_what_is_overdue_for_review(db: None, at: Any) -> None:
    factories.article("过期的")
    with at(NOON.replace(year=2027, month=12)):
        assert "过期的" not in featured()


def test_home_asks_one_question(db: None, django_assert_num_queries: Any) -> None:
    factories.article()
    with django_assert_num_queries(1):
        featured()


def test_the_date_of_review_is_a_day_a_year_on() -> None:
    from health_education.actions import _months_later

    assert _months_later(date(2026, 11, 22), 12) == date(2027, 11, 22)
    assert _months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
