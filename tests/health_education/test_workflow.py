"""From draft over check and review to the residents, and back for review: the steps, by the database's own word."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from foundation.rowsecurity import acting_as, asked
from health_education import actions, presenters, requirements, steps
from health_education.models import Article, Explains, Kind, Remark, Review, ReviewerSpeciality, Revision, Submitted
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education.test_review import colleague, draft, in_check, in_review
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]
HEART = "cardiovascular"


def of_the_heart(revision: Revision) -> Revision:
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(speciality=HEART)
    revision.article.refresh_from_db()
    return revision


def judges_hearts(reviewer: Account, **fields: Any) -> ReviewerSpeciality:
    fields = {"starts_at": NOON - timedelta(days=9)} | fields
    given = ReviewerSpeciality(account_id=reviewer.pk, account_name=reviewer.name, speciality=HEART, **fields)
    return factories.made(given)


def sample() -> Revision:
    revision = factories.article()
    with acting_as("owner"):
        Revision.objects.filter(pk=revision.pk).update(is_sample=True)
    revision.refresh_from_db()
    return revision


def remark(revision: Revision, by: Account, kind: str = "check_passed", text: str = "可以") -> Remark:
    return Remark(revision=revision, kind=kind, text=text, account_id=by.pk, account_name=by.name, at=NOON)


# --- the editorial check


def test_a_passed_text_waits_for_the_medical_review(people: People, signed_in: SignedIn) -> None:
    revision, other = in_check(people.editor), colleague(people)
    with session_of(signed_in(other)):
        actions.check(revision=revision, by=other, passed=True, text="", now=NOON)
    assert revision.state == "review"


def test_a_returned_text_goes_back_to_its_author_with_the_remark(people: People, signed_in: SignedIn) -> None:
    revision = in_check(people.editor)
    with session_of(signed_in(people.reviewer)):
        actions.check(revision=revision, by=people.reviewer, passed=False, text="标题太长", now=NOON)
        said = presenters.thread(revision)
    assert (revision.state, [(one.what, one.text) for one in said]) == ("rejected", [("初审退回", "标题太长")])


def test_the_author_does_not_check_their_own_text(people: People, signed_in: SignedIn) -> None:
    revision = in_check(people.editor)
    with session_of(signed_in(people.editor)), pytest.raises(actions.Refused, match="作者不能初审自己的文章"):
        actions.check(revision=revision, by=people.editor, passed=True, text="", now=NOON)


def test_the_database_refuses_an_authors_own_check(people: People, signed_in: SignedIn) -> None:
    revision = in_check(people.editor)
    forged = remark(revision, people.editor)
    forged.author_id = people.reviewer.pk
    with pytest.raises(IntegrityError, match="author_does_not_check_own_text"), session_of(signed_in(people.editor)):
        forged.save(force_insert=True)


def test_a_check_in_another_name_is_refused(people: People, signed_in: SignedIn) -> None:
    revision = in_check(people.editor)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.editor)):
        remark(revision, people.reviewer).save(force_insert=True)


@pytest.mark.parametrize("state", ["draft", "check"])
def test_the_database_lets_no_unchecked_text_into_review(people: People, signed_in: SignedIn, state: str) -> None:
    revision = draft(people.editor, state=state)
    with pytest.raises(IntegrityError, match="follows an editorial check"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="review")


def test_a_check_holds_for_the_words_that_were_read(people: People, signed_in: SignedIn) -> None:
    revision, other = in_check(people.editor), colleague(people)
    with session_of(signed_in(other)):
        remark(revision, other).save(force_insert=True)
    with session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="draft")
        Revision.objects.filter(pk=revision.pk).update(body="换过的话。")
        Revision.objects.filter(pk=revision.pk).update(state="check")
    with pytest.raises(IntegrityError, match="follows an editorial check"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="review")


@pytest.mark.parametrize("state", ["check", "review"])
def test_words_that_wait_cannot_be_exchanged(people: People, signed_in: SignedIn, state: str) -> None:
    revision = draft(people.editor, state=state)
    with pytest.raises(IntegrityError, match="only a draft is rewritten"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(body="换过的话。")


@pytest.mark.parametrize("state", ["check", "review", "approved"])
def test_a_wording_begins_as_a_draft(people: People, signed_in: SignedIn, state: str) -> None:
    article = draft(people.editor).article
    forged = Revision(article=article, number=2, title="快", author_id=people.editor.pk, state=state)
    with pytest.raises(IntegrityError), session_of(signed_in(people.editor)):
        forged.save(force_insert=True)


def test_the_author_takes_a_text_back(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    with session_of(signed_in(people.editor)):
        actions.recall(revision=revision, by=people.editor, now=NOON)
    assert revision.state == "draft"


def test_nobody_else_takes_it_back(people: People, signed_in: SignedIn) -> None:
    revision, other = in_check(people.editor), colleague(people)
    with session_of(signed_in(other)), pytest.raises(actions.Refused, match="作者本人"):
        actions.recall(revision=revision, by=other, now=NOON)


def test_what_was_handed_in_stays_when_the_draft_is_mended(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor, body="第一稿。")
    with session_of(signed_in(people.editor)):
        actions.submit(revision=revision, by=people.editor, now=NOON)
        actions.recall(revision=revision, by=people.editor, now=NOON)
        Revision.objects.filter(pk=revision.pk).update(body="第二稿。")
        revision.refresh_from_db()
        actions.submit(revision=revision, by=people.editor, now=NOON)
        assert sorted(Submitted.objects.values_list("body", flat=True)) == ["第一稿。", "第二稿。"]


def test_a_thread_says_which_words_a_remark_was_about(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor)
    with session_of(signed_in(people.editor)):
        actions.comment(revision=revision, by=people.editor, text="先这样", now=NOON)
        assert not presenters.thread(revision)[0].earlier_words
        Revision.objects.filter(pk=revision.pk).update(body="改过。")
        revision.refresh_from_db()
        assert presenters.thread(revision)[0].earlier_words


def test_python_hashes_words_as_the_database_does(people: People) -> None:
    revision = draft(people.editor, body='引号"、反斜杠\\、换\n行、制\t表、<b>、é、🙂', title="a/b")
    with acting_as("owner"), transaction.atomic(using="owner"):
        kept = asked("SELECT app.wording_of(r) FROM health_education_revision r WHERE id = %s", [revision.pk])
    assert bytes(kept) == presenters.wording_of(revision)


@pytest.mark.parametrize("who", ["administrator", "engineer", "zhangqiantai", "helanfang_account"])
def test_remarks_are_the_editors_and_reviewers_alone(people: People, signed_in: SignedIn, who: str) -> None:
    factories.made(remark(in_check(people.editor), people.reviewer))
    with session_of(signed_in(getattr(people, who))):
        assert not Remark.objects.exists()


# --- the speciality


def test_a_reviewer_of_the_speciality_judges_its_texts(people: People, signed_in: SignedIn) -> None:
    revision = of_the_heart(in_review(people.editor))
    judges_hearts(people.reviewer)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)
    with acting_as("owner"):
        assert Review.objects.get(revision=revision).speciality == HEART


def test_another_reviewer_is_told_whose_it_is(people: People, signed_in: SignedIn) -> None:
    revision = of_the_heart(in_review(people.editor))
    with session_of(signed_in(people.reviewer)), pytest.raises(actions.Refused, match="心血管内科"):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
def test_the_database_refuses_a_verdict_of_another_speciality(
    people: People, signed_in: SignedIn, verdict: str
) -> None:
    revision = of_the_heart(in_review(people.editor))
    judges_hearts(people.reviewer, ended_at=NOON)
    forged = Review(revision=revision, reviewer_id=people.reviewer.pk, verdict=verdict, reviewed_at=NOON)
    with pytest.raises(IntegrityError, match="of its speciality"), session_of(signed_in(people.reviewer)):
        forged.save(force_insert=True)


def test_the_page_offers_no_verdict_to_another_speciality(people: People, signed_in: SignedIn) -> None:
    revision = of_the_heart(in_review(people.editor))
    with session_of(signed_in(people.reviewer)):
        panel = steps.panel(revision, people.reviewer, NOON)
    assert (panel.can["review"], "心血管内科" in panel.notes[0]) == (False, True)


@pytest.mark.parametrize("who", ["reviewer", "editor", "engineer"])
def test_nobody_but_administrators_gives_a_speciality(people: People, signed_in: SignedIn, who: str) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(getattr(people, who))):
        given = ReviewerSpeciality(account_id=people.reviewer.pk, account_name="x", speciality=HEART, starts_at=NOON)
        given.save(force_insert=True)


def test_an_administrator_gives_none_to_themselves(people: People, signed_in: SignedIn) -> None:
    own = ReviewerSpeciality(account_id=people.administrator.pk, account_name="x", speciality=HEART, starts_at=NOON)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.administrator)):
        own.save(force_insert=True)


def test_an_administrator_of_a_township_gives_none(people: People, signed_in: SignedIn) -> None:
    local = factories.staff("zhenguanli", "镇管理员", people.township, "administrator")
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(local)):
        given = ReviewerSpeciality(account_id=people.reviewer.pk, account_name="x", speciality=HEART, starts_at=NOON)
        given.save(force_insert=True)


# --- samples and due reviews


def adopt(people: People, signed_in: SignedIn, revision: Revision, now: Any = NOON) -> None:
    with session_of(signed_in(people.reviewer)):
        actions.confirm(revision=revision, reviewer=people.reviewer, comment="", now=now)


def test_a_sample_becomes_the_countys_own(people: People, signed_in: SignedIn) -> None:
    revision = sample()
    adopt(people, signed_in, revision, NOON + timedelta(days=1))
    assert (revision.is_sample, revision.reviewer_name) == (False, "医学审核")


def test_the_database_keeps_a_sample_a_sample_without_a_new_review(people: People, signed_in: SignedIn) -> None:
    revision = sample()
    with pytest.raises(IntegrityError, match="adopted by a review"), session_of(signed_in(people.reviewer)):
        Revision.objects.filter(pk=revision.pk).update(is_sample=False)


def test_the_author_does_not_adopt_their_own_text(people: People, signed_in: SignedIn) -> None:
    factories.membership(people.editor, people.bureau, "reviewer")
    revision = sample()
    with acting_as("owner"):
        mine = Revision(article=revision.article, number=2, title="我写的", author_id=people.editor.pk, is_sample=True)
        mine.summary, mine.body, mine.source, mine.author_name = "一句", "话", "《指南》", "编辑"
        mine.save(force_insert=True)
    approve(mine)
    with session_of(signed_in(people.editor)), pytest.raises(actions.Refused, match="作者不能审核自己的文章"):
        actions.confirm(revision=mine, reviewer=people.editor, comment="", now=NOON + timedelta(days=1))


def approve(revision: Revision) -> None:
    with acting_as("owner"):
        verdict = Review(revision=revision, reviewer_id=revision.pk, reviewer_name="审核", verdict="approved")
        verdict.reviewed_at = NOON
        verdict.save(force_insert=True)
        revision.state, revision.publish_at, revision.review_due_on = "approved", NOON, date(2027, 11, 22)
        revision.save()


def test_a_text_that_is_due_is_confirmed_for_another_year(people: People, signed_in: SignedIn, at: Any) -> None:
    revision, later = factories.article(), NOON.replace(year=2027, month=12)
    with at(later), session_of(signed_in(people.reviewer)):
        actions.confirm(revision=revision, reviewer=people.reviewer, comment="", now=later)
    assert revision.review_due_on == date(2028, 12, 22)


def test_a_text_that_is_not_due_is_not_confirmed(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    with pytest.raises(actions.Refused, match="不需要复审"):
        adopt(people, signed_in, revision)


def test_the_database_moves_no_date_of_review_without_a_review(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    with pytest.raises(IntegrityError, match="needs a review"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(review_due_on=date(2099, 1, 1))


def test_a_published_text_takes_no_rejection(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    forged = Review(revision=revision, reviewer_id=people.reviewer.pk, verdict="rejected", reviewed_at=NOON)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(people.reviewer)):
        forged.save(force_insert=True)


def test_an_overdue_text_says_so_at_the_desk() -> None:
    revision = Revision(state="approved", publish_at=NOON, review_due_on=date(2027, 11, 22), article=Article())
    assert "复审逾期" in presenters.stage(revision, NOON.replace(year=2027, month=12))


# --- what each kind needs


def test_an_explanation_card_needs_a_code(people: People) -> None:
    revision = draft(people.editor)
    revision.article.kind = Kind.EXPLANATION
    with acting_as("owner"):
        assert requirements.missing_for_review(revision) == ["说明的项目（至少一个编码）"]
        Explains.objects.create(article=revision.article, system="loinc", code="718-7")
        assert requirements.missing_for_review(revision) == []


def test_a_question_is_asked_of_its_kinds_alone(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "_questions", {})
    revision = draft(people.editor)
    revision.article.kind = Kind.VIDEO
    assert requirements.missing_for_review(revision) == ["视频或音频文件", "文字稿"]
    requirements.register([Kind.VIDEO], lambda wording: ["字幕"])
    assert requirements.missing_for_review(revision) == ["字幕"]
    revision.article.kind = Kind.ARTICLE
    assert requirements.missing_for_review(revision) == []
