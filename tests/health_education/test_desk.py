"""The editors' own pages: what waits, wordings side by side, phones, specialities, doubtful words."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education.cards import cards_for
from health_education.models import Article, BannedClaim, Explains, Remark, ReviewerSpeciality, Revision
from health_education.worklist import worklist
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education.test_review import colleague, draft, in_check, in_review
from tests.health_education.test_staff import NEW_ARTICLE, change, take, written
from tests.health_education.test_workflow import judges_hearts, of_the_heart, sample
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]


def doubtful(words: str, reason: str, active: bool = True) -> None:
    """Warn of these words; the portal may bring them along already."""
    with acting_as("owner"):
        BannedClaim.objects.update_or_create(words=words, defaults={"reason": reason, "active": active})


def page(client: Client, name: str, *keys: Any, **query: Any) -> str:
    response = client.get(reverse(f"admin:health_education_{name}", args=keys), query)
    assert response.status_code == 200
    return response.content.decode()


def waiting(client: Client, account: Account, now: Any = NOON) -> dict[str, list[str]]:
    with session_of(client):
        return {str(one.title): [revision.title for revision in one.revisions] for one in worklist(account, now)}


def test_an_editor_sees_what_others_wrote_and_what_came_back(people: People, signed_in: SignedIn) -> None:
    in_check(colleague(people), title="别人的")
    draft(people.editor, title="退回的", state="rejected")
    lists = waiting(signed_in(people.editor), people.editor)
    assert (lists["等我初审"], lists["退回我修改"]) == (["别人的"], ["退回的"])


def test_a_reviewer_sees_texts_of_their_specialities(people: People, signed_in: SignedIn) -> None:
    of_the_heart(in_review(people.editor, title="心脏"))
    in_review(people.editor, title="全科")
    assert waiting(signed_in(people.reviewer), people.reviewer)["等我做专业审核"] == ["全科"]
    judges_hearts(people.reviewer)
    assert set(waiting(signed_in(people.reviewer), people.reviewer)["等我做专业审核"]) == {"心脏", "全科"}


def test_samples_wait_for_the_countys_reviewers(people: People, signed_in: SignedIn) -> None:
    revision = sample()
    lists = waiting(signed_in(people.reviewer), people.reviewer)
    assert lists["示例等采用"] == [revision.title]


@pytest.mark.parametrize(("days", "title"), [(340, "快到复审日期"), (400, "复审逾期"), (300, None)])
def test_a_date_of_review_calls_in_time(people: People, signed_in: SignedIn, days: int, title: str | None) -> None:
    factories.article()
    assert set(waiting(signed_in(people.editor), people.editor, NOON + timedelta(days=days))) == {title} - {None}


def test_the_worklist_asks_the_same_number_of_questions_for_any_length(
    people: People, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        in_check(people.editor)
    client = signed_in(people.reviewer)
    with django_assert_max_num_queries(20):
        page(client, "revision_worklist")


def test_a_mended_text_is_laid_beside_what_was_returned(people: People, signed_in: SignedIn) -> None:
    editor, revision = signed_in(people.editor), draft(people.editor, body="每天6克盐。")
    take(editor, revision, "submit")
    take(signed_in(colleague(people)), revision, "return", text="是5克")
    words = {name: getattr(revision, name) for name in ("title", "summary", "source", "author_name")}
    editor.post(change(revision), {**words, "body": "每天5克盐。"})
    shown = page(editor, "revision_compare", revision.pk)
    assert "删去：</span>6</del>" in shown
    assert "加上：</span>5</ins>" in shown


def test_a_first_draft_has_nothing_to_be_compared_with(people: People, signed_in: SignedIn) -> None:
    assert "没有可以比较的" in page(signed_in(people.editor), "revision_compare", draft(people.editor).pk)


def test_script_in_a_wording_is_shown_as_words(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor, body="<script>alert(1)</script>根治")
    doubtful("根治", "<b>夸大</b>")
    client = signed_in(people.editor)
    for shown in (page(client, "revision_change", revision.pk), page(client, "revision_compare", revision.pk)):
        assert "<script>alert" not in shown
        assert "<b>夸大" not in shown


def test_the_preview_alone_may_be_framed_and_by_our_own_pages_alone(people: People, signed_in: SignedIn) -> None:
    client, revision = signed_in(people.editor), draft(people.editor)
    preview = client.get(reverse("health_education:preview", args=[revision.pk]), {"size": "elder"})
    phones = client.get(reverse("admin:health_education_revision_phones", args=[revision.pk]))
    assert (preview["X-Frame-Options"], phones["X-Frame-Options"]) == ("SAMEORIGIN", "DENY")
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in phones["Content-Security-Policy"]
    assert "frame-src 'self'" in phones["Content-Security-Policy"]


@pytest.mark.parametrize("size", ["standard", "elder"])
def test_a_phone_shows_the_size_it_is_asked_for(people: People, signed_in: SignedIn, size: str) -> None:
    url = reverse("health_education:preview", args=[draft(people.editor).pk])
    assert f'data-mode="{size}"' in signed_in(people.editor).get(url, {"size": size}).content.decode()


def test_a_doubtful_word_warns_and_does_not_block(people: People, signed_in: SignedIn) -> None:
    doubtful("根治", "不得承诺疗效")
    doubtful("偏方", "不用了", active=False)
    revision, client = draft(people.editor, body="这个偏方能根治。"), signed_in(people.editor)
    shown = page(client, "revision_change", revision.pk)
    assert ("不得承诺疗效" in shown, "不用了" in shown) == (True, False)
    assert "已提交编辑初审" in take(client, revision, "submit")


def test_a_comment_is_read_by_the_author(people: People, signed_in: SignedIn) -> None:
    revision = in_check(people.editor)
    take(signed_in(people.reviewer), revision, "comment", text="图表很好")
    assert "图表很好" in page(signed_in(people.editor), "revision_change", revision.pk)


@pytest.mark.parametrize("step", ["pass", "return"])
def test_a_crafted_check_by_the_author_is_refused_in_words(people: People, signed_in: SignedIn, step: str) -> None:
    revision = in_check(people.editor)
    assert "作者不能初审自己的文章" in take(signed_in(people.editor), revision, step, text="好")
    with acting_as("owner"):
        assert (Revision.objects.get(pk=revision.pk).state, Remark.objects.count()) == ("check", 0)


def test_a_reviewer_adopts_a_sample_at_the_desk(people: People, signed_in: SignedIn, client: Client) -> None:
    revision = sample()
    assert "已采用" in take(signed_in(people.reviewer), revision, "confirm", comment="")
    url = reverse("health_education:article", args=[revision.article.slug])
    assert "示例内容" not in client.get(url).content.decode()


# --- specialities and codes


def give(client: Client, username: str) -> str:
    form = {"username": username, "speciality": "cardiovascular"}
    response = client.post(reverse("admin:health_education_reviewerspeciality_add"), form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_an_administrator_gives_a_speciality_and_ends_it(people: People, signed_in: SignedIn) -> None:
    administrator = signed_in(people.administrator)
    give(administrator, "shenhe")
    with acting_as("owner"):
        given = ReviewerSpeciality.objects.get()
    listed = reverse("admin:health_education_reviewerspeciality_changelist")
    administrator.post(listed, {"action": "end", "_selected_action": [str(given.pk)]})
    with acting_as("owner"):
        given.refresh_from_db()
    assert (given.account_id, given.ended_at is None) == (people.reviewer.pk, False)


@pytest.mark.parametrize(("username", "words"), [("nobody", "没有这个工作人员账号"), ("guanliyuan", "不能给自己登记")])
def test_a_speciality_that_cannot_be_given_is_refused_in_words(
    people: People, signed_in: SignedIn, username: str, words: str
) -> None:
    assert words in give(signed_in(people.administrator), username)


def test_the_codes_of_a_card_are_edited_with_its_article(people: People, signed_in: SignedIn) -> None:
    editor = signed_in(people.editor)
    revision = written(editor, kind="explanation", codes="loinc:718-7\ncondition:anaemia")
    frame = {name: value for name, value in NEW_ARTICLE.items() if not name.startswith("revisions")}
    form = {**frame, "kind": "explanation", "topic": str(revision.article.topic_id), "codes": "loinc:718-7"}
    form |= {"revisions-TOTAL_FORMS": "0", "revisions-INITIAL_FORMS": "0"}
    editor.post(reverse("admin:health_education_article_change", args=[revision.article_id]), form)
    with acting_as("owner"):
        live = Explains.objects.filter(ended_at__isnull=True)
        assert ([one.code for one in live], Explains.objects.count()) == (["718-7"], 2)


@pytest.mark.parametrize(
    ("kind", "codes", "words"),
    [
        ("explanation", "718-7", "请写成"),
        ("explanation", "condition:flu", "请写成"),
        ("article", "loinc:1-8", "只有类型是"),
    ],
)
def test_wrong_codes_are_refused_on_the_form(
    people: People, signed_in: SignedIn, kind: str, codes: str, words: str
) -> None:
    data = {**NEW_ARTICLE, "kind": kind, "codes": codes}
    response = signed_in(people.editor).post(reverse("admin:health_education_article_add"), data)
    assert words in str(response.context["adminform"].form.errors)


def test_a_reviewer_reads_an_articles_frame(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    factories.made(Explains(article=revision.article, system="loinc", code="718-7"))
    assert "loinc:718-7" in page(signed_in(people.reviewer), "article_change", revision.article_id)


def test_an_overdue_card_explains_nobodys_result(db: None) -> None:
    seen = {"confirmed_at": NOON, "from_number": 1}
    factories.made(Explains(article=factories.article().article, system="loinc", code="718-7", **seen))
    with transaction.atomic():
        assert cards_for([("loinc", "718-7")], NOON)
        assert not cards_for([("loinc", "718-7")], NOON + timedelta(days=400))


def test_nothing_overdue_is_offered_beside_an_article(db: None, client: Client, at: Any) -> None:
    old, new = factories.article("过期的"), factories.article("要读的")
    with acting_as("owner"):
        Article.objects.filter(pk=old.article_id).update(topic=new.article.topic)
        Revision.objects.filter(pk=old.pk).update(review_due_on=NOON.date())
    with at(NOON + timedelta(days=2)):
        shown = client.get(reverse("health_education:article", args=[new.article.slug])).content.decode()
    assert "过期的" not in shown


def tell(revision: Revision, kind: str, place: str = "", words: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.give_feedback(%s, %s, %s, %s)", [revision.article_id, kind, place, words])


def test_an_article_shows_how_often_readers_said_what(people: People, signed_in: SignedIn) -> None:
    one, other = factories.article(), factories.article()
    for kind, words in (("useful", ""), ("useful", ""), ("unclear", ""), ("unclear", "太难"), ("unclear", "字小")):
        tell(one, kind, words=words)
    tell(other, "wrong", "第二段")
    editor = signed_in(people.editor)
    assert "有用\u00a02 · 看不懂\u00a03" in page(editor, "article_change", one.article_id)
    listed = re.findall(r'class="field-readers_said">(.*?)<', page(editor, "article_changelist"))
    assert listed == ["有用\u00a02 · 看不懂\u00a03", "发现错误\u00a01"]


def test_the_page_of_an_article_leads_to_what_its_readers_wrote(people: People, signed_in: SignedIn) -> None:
    one, other = factories.article(), factories.article()
    tell(one, "unclear", words="太难")
    tell(other, "unclear", words="字小")
    editor = signed_in(people.editor)
    [link] = re.findall(r'href="([^"]*feedback/[^"]*)"', page(editor, "article_change", one.article_id))[-1:]
    text = editor.get(link).content.decode()
    assert "太难" in text and "字小" not in text
