"""An article's way through the staff site, by people with their real roles."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from health_education.models import Article, Revision, Topic
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education.test_review import colleague, draft, in_review
from tests.people import People

SignedIn = Callable[[Account], Client]

NEW_ARTICLE = {
    "slug": "eat-less-salt",
    "kind": "article",
    "speciality": "general",
    "language": "zh-hans",
    "audience": ["everyone", "elders"],
    "literacy_items": "5,37",
    "revisions-TOTAL_FORMS": "1",
    "revisions-INITIAL_FORMS": "0",
    "revisions-MIN_NUM_FORMS": "1",
    "revisions-MAX_NUM_FORMS": "1",
    "revisions-0-title": "少吃盐，稳血压",
    "revisions-0-summary": "每天不超过5克",
    "revisions-0-body": "先放**醋**。",
    "revisions-0-source": "国家卫生健康委《成人高血压食养指南（2023年版）》",
    "revisions-0-author_name": "",
}


def change(revision: Revision) -> str:
    return reverse("admin:health_education_revision_change", args=[revision.pk])


def take(client: Client, revision: Revision, step: str, **typed: Any) -> str:
    """Press a step's button; returns the page it leads to."""
    url = reverse("admin:health_education_revision_step", args=[revision.pk, step])
    response: HttpResponse = client.post(url, typed, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def written(client: Client, **fields: Any) -> Revision:
    """The draft after an editor filled in the form for a new article."""
    topic = factories.made(Topic(slug="diet", name="合理膳食"))
    response = client.post(
        reverse("admin:health_education_article_add"), {**NEW_ARTICLE, "topic": str(topic.pk), **fields}, follow=True
    )
    assert response.status_code == 200
    with acting_as("owner"):
        return Revision.objects.select_related("article").get(article__slug="eat-less-salt")


def test_an_article_travels_from_the_editor_over_the_reviewer_to_the_residents(
    people: People, signed_in: SignedIn, client: Client
) -> None:
    editor, reviewer = signed_in(people.editor), signed_in(people.reviewer)
    revision = written(editor)
    assert "已提交编辑初审" in take(editor, revision, "submit")
    assert "初审通过" in take(signed_in(colleague(people)), revision, "pass", text="")
    assert "已通过审核" in take(reviewer, revision, "approve", comment="")
    assert "已发布" in take(editor, revision, "publish", publish_at="")
    page = client.get(reverse("health_education:article", args=["eat-less-salt"])).content.decode()
    assert "<strong>醋</strong>" in page
    assert "医学审核" in page


def test_the_writer_is_the_author_whatever_the_form_says(people: People, signed_in: SignedIn) -> None:
    revision = written(signed_in(people.editor), **{"revisions-0-author_id": str(people.reviewer.pk)})
    assert (revision.author_id, revision.author_name, revision.number) == (people.editor.pk, "宣教编辑", 1)


def test_an_article_without_an_audience_is_refused_on_the_form(people: People, signed_in: SignedIn) -> None:
    factories.made(Topic(slug="diet", name="合理膳食"))
    data = {**NEW_ARTICLE, "audience": []}
    response = signed_in(people.editor).post(reverse("admin:health_education_article_add"), data)
    assert "audience" in response.context["adminform"].form.errors


def test_an_unfinished_text_stays_a_draft_and_says_what_is_missing(people: People, signed_in: SignedIn) -> None:
    editor = signed_in(people.editor)
    revision = written(editor, **{"revisions-0-source": ""})
    assert "还不能提交，请先填写：依据来源" in take(editor, revision, "submit")


def test_publishing_too_early_says_what_is_missing(people: People, signed_in: SignedIn) -> None:
    assert "还不能发布，缺少：审核人" in take(signed_in(people.editor), draft(people.editor), "publish", publish_at="")


def test_a_crafted_approval_by_the_author_is_refused_in_words(people: People, signed_in: SignedIn) -> None:
    factories.membership(people.editor, people.bureau, "reviewer")
    revision = in_review(people.editor)
    assert "作者不能审核自己的文章" in take(signed_in(people.editor), revision, "approve", comment="")
    with acting_as("owner"):
        assert Revision.objects.get(pk=revision.pk).state == "review"


def test_the_author_is_not_offered_the_review_of_their_own_text(people: People, signed_in: SignedIn) -> None:
    factories.membership(people.editor, people.bureau, "reviewer")
    page = signed_in(people.editor).get(change(in_review(people.editor))).content.decode()
    assert "通过审核" not in page
    assert "须由另一位审核人审核" in page


@pytest.mark.parametrize(("who", "step"), [("editor", "approve"), ("reviewer", "publish"), ("reviewer", "submit")])
def test_a_step_of_another_role_is_forbidden(people: People, signed_in: SignedIn, who: str, step: str) -> None:
    url = reverse("admin:health_education_revision_step", args=[in_review(people.editor).pk, step])
    assert signed_in(getattr(people, who)).post(url).status_code == 403


@pytest.mark.parametrize("who", ["administrator", "engineer", "zhangqiantai", "helanfang_account"])
def test_people_without_the_role_reach_nothing(people: People, signed_in: SignedIn, who: str) -> None:
    client, revision = signed_in(getattr(people, who)), draft(people.editor)
    urls = [change(revision), reverse("admin:health_education_article_changelist")]
    assert {client.get(url).status_code for url in urls} <= {403, 404}


@pytest.mark.parametrize(
    ("who", "step", "words"),
    [("reviewer", "approve", "不在待审核状态"), ("reviewer", "reject", "写明"), ("editor", "renew", "没完成的版本")],
)
def test_a_step_out_of_turn_is_refused_in_words(
    people: People, signed_in: SignedIn, who: str, step: str, words: str
) -> None:
    assert words in take(signed_in(getattr(people, who)), draft(people.editor), step, comment="")


@pytest.mark.parametrize(("step", "words"), [("submit", "不是草稿"), ("publish", "已经发布过")])
def test_a_step_taken_twice_is_refused_in_words(people: People, signed_in: SignedIn, step: str, words: str) -> None:
    assert words in take(signed_in(people.editor), factories.article(), step, publish_at="")


def test_an_unknown_step_is_a_404(people: People, signed_in: SignedIn) -> None:
    url = reverse("admin:health_education_revision_step", args=[draft(people.editor).pk, "explode"])
    assert signed_in(people.editor).post(url).status_code == 404


def test_a_step_is_taken_by_a_button_not_by_a_link(people: People, signed_in: SignedIn) -> None:
    url = reverse("admin:health_education_revision_step", args=[draft(people.editor).pk, "submit"])
    assert signed_in(people.editor).get(url).status_code == 404


def test_a_text_sent_back_can_be_mended_and_sent_again(people: People, signed_in: SignedIn) -> None:
    editor, revision = signed_in(people.editor), in_review(people.editor)
    take(signed_in(people.reviewer), revision, "reject", comment="请写明出处")
    assert "请写明出处" in editor.get(change(revision)).content.decode()
    words = {name: getattr(revision, name) for name in ("title", "summary", "body", "author_name")}
    editor.post(change(revision), {**words, "source": "中国居民膳食指南（2022）"})
    assert "已提交编辑初审" in take(editor, revision, "submit")


def test_words_in_review_can_no_longer_be_saved(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    response = signed_in(people.editor).post(change(revision), {"title": "偷换"})
    assert response.status_code == 403


def test_publishing_can_wait_for_its_time(people: People, signed_in: SignedIn, client: Client, at: Any) -> None:
    editor, revision = signed_in(people.editor), in_review(people.editor)
    take(signed_in(people.reviewer), revision, "approve", comment="")
    later = timezone.localtime(timezone.now() + timedelta(days=2))
    take(editor, revision, "publish", publish_at=later.strftime("%Y-%m-%dT%H:%M"))
    url = reverse("health_education:article", args=[revision.article.slug])
    assert client.get(url).status_code == 404
    with at(later + timedelta(minutes=1)):
        assert client.get(url).status_code == 200


def test_a_nonsense_time_is_refused_in_words(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    take(signed_in(people.reviewer), revision, "approve", comment="")
    assert "有效" in take(signed_in(people.editor), revision, "publish", publish_at="明天")


def article_step(revision: Revision, step: str) -> str:
    return reverse("admin:health_education_article_step", args=[revision.article_id, step])


def test_an_editor_withdraws_an_article_with_a_reason_and_restores_it(
    people: People, signed_in: SignedIn, client: Client
) -> None:
    editor, revision, instead = signed_in(people.editor), factories.article(), factories.article("新指南怎么说")
    listed = reverse("health_education:articles")
    editor.post(article_step(revision, "withdraw"), {"because": "指南已更新", "replaced_by": str(instead.article_id)})
    with acting_as("owner"):
        gone = Article.objects.get(pk=revision.article_id)
    assert (gone.withdrawn_because, gone.replaced_by_id) == ("指南已更新", instead.article_id)
    assert revision.title not in client.get(listed).content.decode()
    editor.post(article_step(revision, "restore"))
    assert revision.title in client.get(listed + "?q=").content.decode()


def test_an_article_is_not_withdrawn_without_a_reason(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    signed_in(people.editor).post(article_step(revision, "withdraw"), {"because": " "})
    with acting_as("owner"):
        assert Article.objects.get(pk=revision.article_id).withdrawn_at is None


def test_a_reviewer_does_not_withdraw(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    response = signed_in(people.reviewer).post(article_step(revision, "withdraw"), {"because": "不喜欢"})
    assert response.status_code == 403


def test_editor_and_reviewer_see_the_preview(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor)
    for who in (people.editor, people.reviewer):
        response = signed_in(who).get(reverse("health_education:preview", args=[revision.pk]))
        assert "这是居民将看到的样子" in response.content.decode()


def test_a_new_version_leaves_the_old_one_in_place(people: People, signed_in: SignedIn, client: Client) -> None:
    revision = factories.article("现在的文字")
    assert "已从现在的文字开始写新版本" in take(signed_in(people.editor), revision, "renew")
    assert "现在的文字" in client.get(reverse("health_education:articles")).content.decode()


@pytest.mark.parametrize("model", ["topic", "article", "revision"])
def test_lists_ask_the_same_number_of_questions_for_any_length(
    people: People, signed_in: SignedIn, model: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        factories.article(at=NOON)
    with django_assert_max_num_queries(12):
        signed_in(people.editor).get(reverse(f"admin:health_education_{model}_changelist"))
