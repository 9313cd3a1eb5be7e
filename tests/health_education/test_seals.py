"""A verdict is about what its page showed: not about what was put in its place while the page lay open."""

from collections.abc import Callable

import pytest
from django.test import Client

from foundation.rowsecurity import acting_as
from health_education.forms import ArticleForm
from health_education.media.mentions import named_in
from health_education.models import Medium, Revision
from health_education.seals import seal
from residents.models import Account
from tests.health_education import files
from tests.health_education.test_review import in_check, in_review
from tests.health_education.test_staff import change, take
from tests.health_education.test_workflow import of_the_heart
from tests.people import People

SignedIn = Callable[[Account], Client]


def seal_of(revision: Revision) -> str:
    with acting_as("owner"):
        return seal(Revision.objects.get(pk=revision.pk))


def rewritten(revision: Revision) -> None:
    with acting_as("owner"):
        Revision.objects.filter(pk=revision.pk).update(body="先放糖。")


def captioned(revision: Revision) -> None:
    with acting_as("owner"):
        Medium.objects.update(alt="两勺盐")


@pytest.mark.parametrize("meanwhile", [rewritten, captioned, of_the_heart])
def test_a_reviewer_does_not_approve_what_changed_under_the_open_page(
    people: People, signed_in: SignedIn, meanwhile: Callable[[Revision], object]
) -> None:
    revision, client = in_review(people.editor, body="![一勺盐](medium:1)"), signed_in(people.reviewer)
    files.image_of(revision.article)
    seen = seal_of(revision)
    assert f'name="seen" value="{seen}"' in client.get(change(revision)).content.decode()
    meanwhile(revision)
    assert "请再看一遍" in take(client, revision, "approve", seen=seen)
    assert "已通过审核" in take(client, revision, "approve", seen=seal_of(revision)) or meanwhile is of_the_heart


def test_an_editor_does_not_pass_what_changed_under_the_open_page(people: People, signed_in: SignedIn) -> None:
    revision = in_check(people.editor)
    seen = seal_of(revision)
    rewritten(revision)
    assert "请再看一遍" in take(signed_in(people.reviewer), revision, "pass", seen=seen)


def test_who_judges_a_text_is_not_changed_while_it_is_judged(people: People) -> None:
    revision = of_the_heart(in_review(people.editor))
    with acting_as("owner"):
        article = revision.article
        typed = {"slug": article.slug, "kind": article.kind, "topic": article.topic_id, "audience": article.audience}
        form = ArticleForm({**typed, "speciality": "general", "language": article.language}, instance=article)
        assert list(form.errors) == ["speciality"]


@pytest.mark.parametrize("written", ["medium:03", "medium:３", "medium:0"])
def test_a_file_is_named_in_the_one_way_that_the_database_reads_too(written: str) -> None:
    assert named_in(f"![]({written})") == []
