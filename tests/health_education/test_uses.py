"""What a reviewed text is used for changes with a reviewer's word only: the database's, against an editor with SQL."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from health_education import actions, frames
from health_education.cards import cards_for
from health_education.models import Article, Explains, FrameChange, Remark, Review, Revision
from health_education.worklist import worklist
from portal.desk_waits import in_the_works
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education.test_review import draft, in_check, in_review
from tests.health_education.test_staff import NEW_ARTICLE, change, take
from tests.health_education.test_workflow import HEART, judges_hearts, of_the_heart, remark
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]
HB, URIC = ("loinc", "718-7"), ("loinc", "3084-1")
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+08:00")
OTHER_USES = {
    "kind": "policy",
    "audience": ["pregnant"],
    "tags": ["pregnancy"],
    "speciality": HEART,
    "language": "en",
}


def card(**fields: Any) -> Revision:
    """A published card that a reviewer has seen beside one code."""
    revision = factories.article("血红蛋白", **fields)
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(kind="explanation")
        Explains.objects.create(article=revision.article, system=HB[0], code=HB[1], confirmed_at=NOON, from_number=1)
    revision.article.refresh_from_db()
    return revision


def add(revision: Revision, signed_in: SignedIn, by: Account, code: tuple[str, str] = URIC) -> Explains:
    """A code added the way an editor with an SQL session would, with everything made up that can be."""
    made_up = {"confirmed_at": NOON, "confirmed_by": revision.pk, "confirmed_by_name": "审核", "from_number": 1}
    added = Explains(article=revision.article, system=code[0], code=code[1], since=LONG_AGO, **made_up)
    with session_of(signed_in(by)):
        added.save(force_insert=True)
    with acting_as("owner"):
        return Explains.objects.get(pk=added.pk)


def shown() -> set[tuple[str, str]]:
    with transaction.atomic():
        return set(cards_for([HB, URIC], NOON + timedelta(days=30)))


def stored(thing: Any) -> Any:
    with acting_as("owner"):
        return type(thing).objects.get(pk=thing.pk)


def confirm(code: Explains, signed_in: SignedIn, by: Account) -> None:
    with session_of(signed_in(by)):
        Explains.objects.filter(pk=code.pk).update(confirmed_at=NOON)


# --- codes beside results


def test_a_code_that_an_editor_adds_explains_nobodys_result(people: People, signed_in: SignedIn) -> None:
    added = add(card(), signed_in, people.editor)
    assert (shown(), added.since > LONG_AGO, added.added_by) == ({HB}, True, people.editor.pk)


def test_a_reviewer_lets_a_code_stand_beside_results(people: People, signed_in: SignedIn) -> None:
    added = add(card(), signed_in, people.editor)
    confirm(added, signed_in, people.reviewer)
    assert (shown(), stored(added).confirmed_by_name) == ({HB, URIC}, "医学审核")


@pytest.mark.parametrize("reviews_too", [False, True])
def test_an_editor_confirms_no_code_of_their_own(people: People, signed_in: SignedIn, reviews_too: bool) -> None:
    added = add(card(), signed_in, people.editor)
    if reviews_too:
        factories.membership(people.editor, people.bureau, "reviewer")
    with pytest.raises(IntegrityError, match="confirms what a text is for"):
        confirm(added, signed_in, people.editor)


def test_an_author_confirms_no_code_of_their_own_card(people: People, signed_in: SignedIn) -> None:
    mine = factories.article("我写的")
    with acting_as("owner"):
        mine = Revision.objects.create(**_second(mine, people.reviewer))
    factories.made(Review(revision=mine, reviewer_id=mine.pk, reviewer_name="审", verdict="approved", reviewed_at=NOON))
    with acting_as("owner"):
        Revision.objects.filter(pk=mine.pk).update(state="approved", publish_at=NOON, review_due_on=date(2027, 1, 1))
    added = add(mine, signed_in, people.editor)
    with pytest.raises(IntegrityError, match="somebody else confirms"):
        confirm(added, signed_in, people.reviewer)


def _second(first: Revision, by: Account) -> dict[str, Any]:
    words = {name: getattr(first, name) for name in ("article", "title", "summary", "body", "source", "author_name")}
    return {**words, "number": 2, "author_id": by.pk, "state": "review"}


def test_a_code_is_confirmed_by_the_speciality(people: People, signed_in: SignedIn) -> None:
    added = add(of_the_heart(card()), signed_in, people.editor)
    with pytest.raises(IntegrityError, match="of its speciality"):
        confirm(added, signed_in, people.reviewer)
    judges_hearts(people.reviewer)
    confirm(added, signed_in, people.reviewer)
    assert URIC in shown()


@pytest.mark.parametrize("made_up", [{"code": "1-1"}, {"since": LONG_AGO}, {"from_number": 1}, {"added_by": None}])
def test_nothing_else_of_a_code_is_rewritten(people: People, signed_in: SignedIn, made_up: dict[str, Any]) -> None:
    added = add(card(), signed_in, people.editor)
    with pytest.raises(DatabaseError, match="permission denied"), session_of(signed_in(people.editor)):
        Explains.objects.filter(pk=added.pk).update(**made_up)


def test_a_code_ends_at_once_and_for_good(people: People, signed_in: SignedIn) -> None:
    revision = card()
    with session_of(signed_in(people.editor)):
        frames.set_codes(article=revision.article, codes=[], by=people.editor, now=NOON)
    assert shown() == set()
    with pytest.raises(IntegrityError, match="stays so"), session_of(signed_in(people.editor)):
        Explains.objects.update(ended_at=None)


def test_the_codes_of_a_draft_are_reviewed_with_it(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    added = add(revision, signed_in, people.editor)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)
    assert stored(added).from_number == 1


def test_a_review_confirms_no_code_that_the_reviewer_added(people: People, signed_in: SignedIn) -> None:
    factories.membership(people.reviewer, people.bureau, "editor")
    revision = in_review(people.editor)
    added = add(revision, signed_in, people.reviewer)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)
    assert stored(added).confirmed_at is None


def test_a_code_of_the_next_version_waits_until_that_is_published(people: People, signed_in: SignedIn) -> None:
    first = card()
    with acting_as("owner"):
        second = Revision.objects.create(**_second(first, people.editor))
    added = add(second, signed_in, people.editor)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=second, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)
    assert (stored(added).from_number, shown()) == (2, {HB})


def test_a_code_of_a_draft_is_not_confirmed_before_its_words(people: People, signed_in: SignedIn) -> None:
    added = add(draft(people.editor), signed_in, people.editor)
    with pytest.raises(IntegrityError, match="wait for its review"):
        confirm(added, signed_in, people.reviewer)


# --- the use of a text


@pytest.mark.parametrize("name", OTHER_USES)
def test_the_database_keeps_the_use_of_a_published_text(people: People, signed_in: SignedIn, name: str) -> None:
    article = factories.article().article
    with pytest.raises(IntegrityError, match="reviewer's word"), session_of(signed_in(people.editor)):
        Article.objects.filter(pk=article.pk).update(**{name: OTHER_USES[name]})


@pytest.mark.parametrize("begin", [in_check, in_review])
def test_the_database_keeps_the_use_of_a_text_that_is_judged(
    people: People, signed_in: SignedIn, begin: Callable[[Account], Revision]
) -> None:
    article = of_the_heart(begin(people.editor)).article
    with pytest.raises(IntegrityError, match="reviewer's word"), session_of(signed_in(people.editor)):
        Article.objects.filter(pk=article.pk).update(speciality="general")


def test_a_check_holds_for_the_use_that_was_read(people: People, signed_in: SignedIn) -> None:
    revision = of_the_heart(in_check(people.editor))
    factories.made(remark(revision, people.reviewer))
    with session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="draft")
        Article.objects.filter(pk=revision.article_id).update(speciality="general")
        Revision.objects.filter(pk=revision.pk).update(state="check")
    with pytest.raises(IntegrityError, match="follows an editorial check"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="review")


def test_an_approval_is_for_the_use_that_was_reviewed(people: People, signed_in: SignedIn) -> None:
    revision = in_review(people.editor)
    verdict = {"reviewer_id": people.reviewer.pk, "reviewer_name": "x", "verdict": "approved", "reviewed_at": NOON}
    factories.made(Review(revision=revision, **verdict))
    with acting_as("owner"):
        Article.objects.filter(pk=revision.article_id).update(audience=["pregnant"])
    with pytest.raises(IntegrityError, match="use that was reviewed"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(state="approved")


def test_a_step_waits_for_whoever_changes_the_use_at_that_moment(people: People, signed_in: SignedIn) -> None:
    revision, reviewer = in_review(people.editor), signed_in(people.reviewer)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as other:
        other.execute(
            "UPDATE health_education_article SET audience = '{pregnant}' WHERE id = %s", [revision.article_id]
        )
        with pytest.raises(OperationalError, match="lock timeout"), session_of(reviewer):
            connection.cursor().execute("SET LOCAL lock_timeout = '200ms'")
            actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)


def wished(revision: Revision, signed_in: SignedIn, by: Account, **other: Any) -> FrameChange:
    with session_of(signed_in(by)):
        wanted = frames.frame(revision.article) | (other or {"audience": ["pregnant"]})
        assert frames.wish(article=revision.article, wanted=wanted, by=by, now=NOON) == frames.WAITS
        change = frames.open_change(revision.article)
        assert change is not None
        return change


def decided(asked: FrameChange, signed_in: SignedIn, by: Account, confirmed: bool = True) -> None:
    with session_of(signed_in(by)):
        frames.decide(change=asked, by=by, confirmed=confirmed, words="写给别的人的", now=NOON)


def test_another_use_holds_once_a_reviewer_has_confirmed_it(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    asked = wished(revision, signed_in, people.editor)
    assert stored(revision.article).audience == ["everyone"]
    decided(asked, signed_in, people.reviewer)
    assert stored(revision.article).audience == ["pregnant"]


def test_a_use_that_is_declined_never_holds(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    decided(wished(revision, signed_in, people.editor), signed_in, people.reviewer, confirmed=False)
    with acting_as("owner"):
        assert (Article.objects.get(pk=revision.article_id).audience, Remark.objects.get().text) == (
            ["everyone"],
            "写给别的人的",
        )


@pytest.mark.parametrize("reviews_too", [False, True])
def test_nobody_confirms_their_own_wish(people: People, signed_in: SignedIn, reviews_too: bool) -> None:
    asked = wished(factories.article(), signed_in, people.editor)
    if reviews_too:
        factories.membership(people.editor, people.bureau, "reviewer")
    with pytest.raises(IntegrityError, match="confirms what a text is for"), session_of(signed_in(people.editor)):
        FrameChange.objects.filter(pk=asked.pk).update(verdict="confirmed")


def test_a_wish_is_confirmed_by_the_speciality_that_the_text_has(people: People, signed_in: SignedIn) -> None:
    revision = of_the_heart(factories.article())
    asked = wished(revision, signed_in, people.editor, speciality="general")
    with pytest.raises(actions.Refused, match="心血管内科"):
        decided(asked, signed_in, people.reviewer)


@pytest.mark.parametrize("made_up", [{"audience": ["everyone"]}, {"decided_at": NOON}, {"proposed_by": None}])
def test_a_wish_is_not_rewritten(people: People, signed_in: SignedIn, made_up: dict[str, Any]) -> None:
    asked = wished(factories.article(), signed_in, people.editor)
    with pytest.raises(DatabaseError, match="permission denied"), session_of(signed_in(people.reviewer)):
        FrameChange.objects.filter(pk=asked.pk).update(**made_up)


def test_a_confirmation_is_not_brought_along(people: People, signed_in: SignedIn) -> None:
    article = factories.article().article
    forged = FrameChange(article=article, **{**frames.frame(article), "audience": ["pregnant"]}, verdict="confirmed")
    forged.proposed_by, forged.proposed_by_name, forged.proposed_at = people.editor.pk, "x", LONG_AGO
    forged.decided_by, forged.decided_by_name, forged.decided_at = people.reviewer.pk, "x", LONG_AGO
    with session_of(signed_in(people.editor)):
        forged.save(force_insert=True)
    kept = stored(forged)
    assert (kept.verdict, kept.decided_at, kept.proposed_at > LONG_AGO) == ("", None, True)


def test_to_wish_what_is_takes_the_wish_back(people: People, signed_in: SignedIn) -> None:
    revision = factories.article()
    asked = wished(revision, signed_in, people.editor)
    with session_of(signed_in(people.editor)):
        frames.wish(article=revision.article, wanted=frames.frame(stored(revision.article)), by=people.editor, now=NOON)
    assert stored(asked).verdict == "taken_back"


# --- at the desk


def test_an_editors_change_of_a_live_text_waits_and_a_reviewer_confirms_it(people: People, signed_in: SignedIn) -> None:
    revision, reviewer = card(), signed_in(people.reviewer)
    form = {name: value for name, value in NEW_ARTICLE.items() if not name.startswith("revisions")}
    form |= {"slug": revision.article.slug, "topic": str(revision.article.topic_id), "kind": "explanation"}
    form |= {"codes": "loinc:718-7 loinc:3084-1", "revisions-TOTAL_FORMS": "0", "revisions-INITIAL_FORMS": "0"}
    address = reverse("admin:health_education_article_change", args=[revision.article_id])
    said = signed_in(people.editor).post(address, form, follow=True).content.decode()
    assert ("要等审核人确认才生效" in said, stored(revision.article).audience) == (True, ["everyone"])
    assert "确认改动" in reviewer.get(change(revision)).content.decode()
    take(reviewer, revision, "confirm-use")
    take(reviewer, revision, "confirm-codes")
    assert (stored(revision.article).audience, shown()) == (["elders", "everyone"], {HB, URIC})


def test_a_reviewer_does_not_confirm_what_changed_under_the_open_page(people: People, signed_in: SignedIn) -> None:
    revision, reviewer = card(), signed_in(people.reviewer)
    add(revision, signed_in, people.editor)
    page = reviewer.get(change(revision)).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    add(revision, signed_in, people.editor, ("loinc", "2345-7"))
    assert "请再看一遍" in take(reviewer, revision, "confirm-codes", seen=seen)
    assert shown() == {HB}


def test_codes_and_uses_wait_in_the_reviewers_worklist(people: People, signed_in: SignedIn) -> None:
    coded, used = card(), factories.article("写给谁")
    add(coded, signed_in, people.editor)
    wished(used, signed_in, people.editor)
    with session_of(signed_in(people.reviewer)):
        lists = {str(one.title): one.revisions for one in worklist(people.reviewer, NOON + timedelta(days=30))}
    assert {one.title for one in lists["用途或编码等我确认"]} == {"血红蛋白", "写给谁"}


@pytest.mark.parametrize("step", ["confirm-use", "confirm-codes", "decline-use", "decline-codes"])
def test_an_editor_is_forbidden_the_reviewers_steps(people: People, signed_in: SignedIn, step: str) -> None:
    revision = card()
    url = reverse("admin:health_education_revision_step", args=[revision.pk, step])
    assert signed_in(people.editor).post(url, {"comment": "x"}).status_code == 403


def test_the_desk_counts_the_uses_that_wait(people: People, signed_in: SignedIn) -> None:
    coded, used = card(), factories.article("写给谁")
    client, now = signed_in(people.reviewer), NOON + timedelta(days=30)
    with session_of(client):
        before = Revision.objects.filter(in_the_works(now)).count()
    add(coded, signed_in, people.editor)
    wished(used, signed_in, people.editor)
    with session_of(client):
        assert (before, Revision.objects.filter(in_the_works(now)).count()) == (0, 2)
