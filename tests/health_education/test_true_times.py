"""Who said something and when is the database's word, against an editor or reviewer with SQL."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from health_education import actions
from health_education.models import Article, Review, Revision
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education.test_review import in_check, in_review
from tests.health_education.test_uses import LONG_AGO, stored
from tests.health_education.test_workflow import remark
from tests.people import People
from tests.sessions import session_of

SignedIn = Callable[[Account], Client]


def test_a_reviews_name_and_time_are_the_databases(people: People, signed_in: SignedIn) -> None:
    forged = Review(revision=in_review(people.editor), reviewer_id=people.reviewer.pk, verdict="approved")
    forged.reviewer_name, forged.reviewed_at = "院长", LONG_AGO
    with session_of(signed_in(people.reviewer)):
        forged.save(force_insert=True)
    assert (stored(forged).reviewer_name, stored(forged).reviewed_at > LONG_AGO) == ("医学审核", True)


def test_a_remarks_name_and_time_are_the_databases(people: People, signed_in: SignedIn) -> None:
    forged = remark(in_check(people.editor), people.reviewer)
    forged.account_name, forged.at = "院长", LONG_AGO
    with session_of(signed_in(people.reviewer)):
        forged.save(force_insert=True)
    assert (stored(forged).account_name, stored(forged).at > LONG_AGO) == ("医学审核", True)


def approved(people: People, signed_in: SignedIn) -> Revision:
    revision = in_review(people.editor)
    with session_of(signed_in(people.reviewer)):
        actions.review(revision=revision, reviewer=people.reviewer, verdict="approved", comment="", now=NOON)
    return revision


def test_nothing_is_published_back_in_time(people: People, signed_in: SignedIn) -> None:
    revision = approved(people, signed_in)
    with session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(publish_at=LONG_AGO, review_due_on=date(2020, 1, 1))
    assert stored(revision).publish_at > LONG_AGO


@pytest.mark.parametrize("moved", [LONG_AGO, NOON.replace(year=2999), None])
def test_what_was_published_keeps_its_time(people: People, signed_in: SignedIn, moved: datetime | None) -> None:
    revision = factories.article(at=LONG_AGO + timedelta(days=1))
    with pytest.raises(IntegrityError, match="keeps its time"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(publish_at=moved)


def test_a_review_is_not_put_off_for_longer_than_a_term(people: People, signed_in: SignedIn) -> None:
    revision = approved(people, signed_in)
    with pytest.raises(IntegrityError, match="due in time"), session_of(signed_in(people.editor)):
        Revision.objects.filter(pk=revision.pk).update(publish_at=NOON, review_due_on=date(2099, 1, 1))


def test_a_withdrawal_is_not_dated_back(people: People, signed_in: SignedIn) -> None:
    article = factories.article().article
    with session_of(signed_in(people.editor)):
        Article.objects.filter(pk=article.pk).update(withdrawn_at=LONG_AGO, withdrawn_because="过时")
    assert stored(article).withdrawn_at > LONG_AGO
