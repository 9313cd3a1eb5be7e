"""Who may judge and publish a text, by the database's own word."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from health_education import actions
from health_education.models import Article, Audience, Review, Revision, Topic
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]


def draft(author: Account, **fields: Any) -> Revision:
    """A finished draft of `author`."""
    topic = factories.made(Topic(slug=f"topic-{uuid7()}"[:60], name="合理膳食"))
    article = factories.made(Article(slug=f"a-{uuid7()}", topic=topic, audience=[Audience.EVERYONE]))
    fields = {
        "title": "少吃盐",
        "summary": "每天不超过5克",
        "body": "先放醋。",
        "source": "国家卫生健康委",
        "author_name": author.name,
        "author_id": author.pk,
    } | fields
    return factories.made(Revision(article=article, number=1, **fields))


def in_review(author: Account, **fields: Any) -> Revision:
    return draft(author, state="review", **fields)


def in_check(author: Account, **fields: Any) -> Revision:
    return draft(author, state="check", **fields)


def colleague(people: People) -> Account:
    """Another editor of the bureau."""
    return factories.staff("bianji2", "第二编辑", people.bureau, "editor")


@pytest.fixture
def both(people: People) -> Account:
    """Someone who writes and reviews."""
    factories.membership(people.editor, people.bureau, "reviewer")
    return people.editor


def test_a_text_goes_from_draft_to_the_residents(people: People, signed_in: SignedIn, at: Any) -> None:
    revision, other = draft(people.editor), colleague(people)
    with session_of(signed_in(people.editor)):
        actions.submit(revision=revision, by=people.editor, now=NOON)
    with session_of(signed_in(other)):
        actions.check(revision=revision, by=other, passed=True, text="", now=NOON)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)
    with at(NOON), session_of(signed_in(people.editor)):
        actions.publish(revision=revision, by=people.editor, now=NOON)
    with transaction.atomic():
        live = Revision.objects.live(NOON).get()
    assert (live.reviewer_name, live.review_due_on.isoformat()) == ("医学审核", "2027-11-22")


def test_each_step_leaves_its_line_in_the_access_log(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor)
    with session_of(signed_in(people.editor)):
        actions.submit(revision=revision, by=people.editor, now=NOON)
    with acting_as("owner"):
        event = AccessEvent.objects.get(action="health_education.submitted")
    assert (event.actor_id, event.facility_id) == (people.editor.pk, people.bureau.pk)


def test_an_unfinished_text_is_refused_with_the_list_of_what_is_missing(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor, source="", author_name=" ")
    with session_of(signed_in(people.editor)), pytest.raises(actions.Refused, match="依据来源、作者"):
        actions.submit(revision=revision, by=people.editor, now=NOON)


def test_publishing_before_review_is_refused(people: People, signed_in: SignedIn) -> None:
    revision = draft(people.editor)
    with session_of(signed_in(people.editor)), pytest.raises(actions.Refused, match="审核人"):
        actions.publish(revision=revision, by=people.editor, now=NOON)


def test_the_author_is_told_why_they_cannot_review_their_own_text(both: Account, signed_in: SignedIn) -> None:
    revision = in_review(both)
    with session_of(signed_in(both)), pytest.raises(actions.Refused, match="作者不能审核自己的文章"):
        actions.review(revision=revision, reviewer=both, verdict="approved", comment="", now=NOON)


def test_the_database_refuses_an_authors_own_review(both: Account, signed_in: SignedIn) -> None:
    revision = in_review(both)
    forged = Review(
        revision=revision,
        author_id=uuid7(),
        reviewer_id=both.pk,
        reviewer_name="别人",
        verdict="approved",
        reviewed_at=NOON,
    )
    with pytest.raises(IntegrityError, match="author_does_not_review_own_text"), session_of(signed_in(both)):
        forged.save(force_insert=True)


def test_the_database_refuses_a_review_in_anothers_name(both: Account, people: People, signed_in: SignedIn) -> None:
    revision = in_review(both)
    forged = Review(
        revision=revision,
        reviewer_id=people.reviewer.pk,
        reviewer_name="医学审核",
        verdict="approved",
        reviewed_at=NOON,
    )
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(both)):
        forged.save(force_insert=True)


def test_the_database_refuses_to_hand_authorship_away(both: Account, people: People, signed_in: SignedIn) -> None:
    revision = in_review(both)
    with pytest.raises(IntegrityError, match="keeps its article, number and author"), session_of(signed_in(both)):
        Revision.objects.filter(pk=revision.pk).update(author_id=people.reviewer.pk)


def test_the_database_refuses_a_draft_in_anothers_name(both: Account, people: People, signed_in: SignedIn) -> None:
    article = draft(both).article
    forged = Revision(article=article, number=2, title="假", author_id=people.reviewer.pk)
    with pytest.raises(DatabaseError, match="row-level security"), session_of(signed_in(both)):
        forged.save(force_insert=True)


def test_the_database_refuses_approval_without_a_review(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    with pytest.raises(IntegrityError, match="approval needs a review"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="approved")


def test_a_verdict_does_not_hold_for_words_changed_after_it(people: People) -> None:
    revision = in_review(people.editor)
    factories.made(
        Review(
            revision=revision,
            reviewer_id=people.reviewer.pk,
            reviewer_name="审核",
            verdict="approved",
            reviewed_at=NOON,
        )
    )
    with pytest.raises(IntegrityError, match="approval needs a review"), acting_as("owner"):
        Revision.objects.filter(pk=revision.pk).update(body="祖传秘方，三天根治。", state="approved")


def test_an_approved_wording_never_changes(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    with pytest.raises(IntegrityError, match="nobody an approved one"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(title="改过的标题")


def test_a_reviewer_does_not_rewrite_what_they_judge(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    with pytest.raises(IntegrityError, match="only its author"), session_of(signed_in(people.reviewer)):
        Revision.objects.filter(pk=revision.pk).update(body="审核人自己写的。")


def test_a_reviewer_name_cannot_be_made_up(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    with session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(reviewer_name="院士")
        assert Revision.objects.get(pk=revision.pk).reviewer_name == "审核"


def test_a_second_verdict_on_the_same_text_is_refused(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="rejected", comment="补来源", now=NOON)
    with session_of(signed_in(people.reviewer)), pytest.raises(actions.Refused, match="可能已有人审核过"):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)


def test_sending_back_needs_a_reason(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    with session_of(signed_in(people.reviewer)), pytest.raises(actions.Refused, match="写明"):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="rejected", comment=" ", now=NOON)


def test_a_new_version_starts_from_the_approved_words(people: People, signed_in: SignedIn) -> None:
    revision = factories.article(title="原来的标题")
    with session_of(signed_in(people.editor)):
        renewed = actions.new_revision(article=revision.article, by=people.editor, now=NOON)
    assert (renewed.number, renewed.title, renewed.author_id) == (2, "原来的标题", people.editor.pk)


def test_only_one_new_version_is_open_at_a_time(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    with session_of(signed_in(people.editor)), pytest.raises(actions.Refused, match="没完成的版本"):
        actions.new_revision(article=revision.article, by=people.editor, now=NOON)
        actions.new_revision(article=revision.article, by=people.editor, now=NOON)


@pytest.mark.parametrize("who", ["helanfang_account", "zhangqiantai", "administrator", "engineer"])
def test_a_draft_is_invisible_to_everyone_but_editors_and_reviewers(
    people: People, signed_in: SignedIn, who: str
) -> None:
    draft(people.editor)
    with session_of(signed_in(getattr(people, who))):
        assert not Revision.objects.exists()


def test_a_signed_out_visitor_sees_no_draft_in_the_database(people: People) -> None:
    draft(people.editor)
    factories.article("发布的")
    with transaction.atomic():
        assert list(Revision.objects.values_list("title", flat=True)) == ["发布的"]


@pytest.mark.parametrize(
    "table",
    ["topic", "article", "revision", "review", "remark", "submitted", "bannedclaim", "reviewerspeciality", "explains"],
)
@pytest.mark.parametrize("deed", ["DELETE FROM health_education_{}", "TRUNCATE health_education_{}"])
def test_nobody_deletes_what_was_published(people: People, signed_in: SignedIn, table: str, deed: str) -> None:
    with pytest.raises(DatabaseError), session_of(signed_in(people.editor)):
        connection.cursor().execute(deed.format(table))
