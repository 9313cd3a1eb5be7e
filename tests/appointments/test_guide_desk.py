"""The guide's desk: an editor writes, somebody else reviews, an old version is copied or withdrawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from appointments.models import GuideQuestion, GuideSign, GuideSymptom, GuideVersion
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account
from tests import factories
from tests.appointments.guide_scenes import version
from tests.appointments.scenes import TODAY
from tests.factories import NOON
from tests.people import People

SignedIn = Callable[[Account], Client]
LIST = "/staff/appointments/guideversion/"


@pytest.fixture
def editor(people: People, signed_in: SignedIn) -> Client:
    return signed_in(people.editor)


@pytest.fixture
def reviewer(people: People, signed_in: SignedIn) -> Client:
    return signed_in(people.reviewer)


@pytest.fixture
def draft(people: People) -> GuideVersion:
    return version(people, reviewed=False)


def fresh(of: GuideVersion) -> GuideVersion:
    with acting_as("owner"):
        return GuideVersion.objects.get(pk=of.pk)


def act(client: Client, deed: str, of: GuideVersion, **fields: Any) -> Any:
    return client.post(
        reverse("admin:appointments_guideversion_changelist"),
        {"action": deed, "_selected_action": of.pk, **fields},
        follow=True,
    )


def review(client: Client, of: GuideVersion, **fields: Any) -> Any:
    seen = fresh(of).changed_at.isoformat()
    said = {"confirmed": "1", "valid_from": TODAY.isoformat(), "seen": seen, "read": "on", **fields}
    return act(client, "review", of, **said)


def test_an_editor_writes_a_version_and_is_named(editor: Client, people: People) -> None:
    nothing = {"signs-TOTAL_FORMS": "0", "signs-INITIAL_FORMS": "0"}
    editor.post(reverse("admin:appointments_guideversion_add"), {"note": "第一版", "source": "县医院", **nothing})
    with acting_as("owner"):
        written = GuideVersion.objects.get()
    assert (written.number, written.editors, written.author_name) == (1, [people.editor.pk], "宣教编辑")


def test_the_reviewer_reads_all_rules_before_the_deed(reviewer: Client, draft: GuideVersion) -> None:
    text = act(reviewer, "review", draft).content.decode()
    assert [one for one in ("胸口压得慌还出冷汗", "头疼", "突然像炸开", "头摔过") if one not in text] == []


def test_a_reviewer_puts_a_version_in_force(reviewer: Client, draft: GuideVersion) -> None:
    review(reviewer, draft)
    assert GuideVersion.objects.in_force(NOON) == draft and fresh(draft).reviewer_name == "医学审核"


def test_nothing_is_reviewed_unread(reviewer: Client, draft: GuideVersion) -> None:
    review(reviewer, draft, read="")
    assert fresh(draft).reviewed_at is None


def test_what_was_changed_after_it_was_read_is_read_again(reviewer: Client, draft: GuideVersion) -> None:
    answer = review(reviewer, draft, seen=(NOON - timedelta(hours=1)).isoformat())
    assert "有人改过" in answer.content.decode() and fresh(draft).reviewed_at is None


def test_an_editor_cannot_review(editor: Client, draft: GuideVersion) -> None:
    review(editor, draft)
    assert fresh(draft).reviewed_at is None


def test_a_reviewer_who_also_wrote_is_refused_in_words(reviewer: Client, people: People, draft: GuideVersion) -> None:
    with acting_as("owner"):
        GuideVersion.objects.filter(pk=draft.pk).update(editors=[people.editor.pk, people.reviewer.pk])
    assert "不能自己审核" in review(reviewer, draft).content.decode()


def test_the_database_refuses_a_review_by_somebody_who_is_no_reviewer(editor: Client, draft: GuideVersion) -> None:
    signed = {"reviewed_at": NOON, "reviewed_by": draft.pk, "reviewer_name": "x", "valid_from": TODAY}
    with pytest.raises(DatabaseError, match="only a medical reviewer reviews"), seeing(editor.session[TOKEN]):
        with transaction.atomic():
            GuideVersion.objects.filter(pk=draft.pk).update(**signed)


def test_whoever_writes_a_rule_becomes_an_editor(people: People, draft: GuideVersion, signed_in: SignedIn) -> None:
    second = factories.staff("bianji2", "第二编辑", people.county, "editor")
    with seeing(signed_in(second).session[TOKEN]), transaction.atomic():
        GuideSign.objects.filter(version=draft).update(advice="坐下")
    assert fresh(draft).editors == [people.editor.pk, second.pk]


def test_a_draft_is_seen_by_nobody_else(lan: Client, draft: GuideVersion) -> None:
    with seeing(lan.session[TOKEN]), transaction.atomic():
        seen = [row.objects.exists() for row in (GuideVersion, GuideSign, GuideSymptom, GuideQuestion)]
    assert seen == [False] * 4


def test_a_copy_has_the_rules_in_use_and_is_a_draft_of_its_own(editor: Client, people: People) -> None:
    old = version(people)
    act(editor, "copy", old)
    with acting_as("owner"):
        made = GuideVersion.objects.exclude(pk=old.pk).get()
        counts = made.signs.count(), made.symptoms.count(), GuideQuestion.objects.filter(symptom__version=made).count()
    assert (made.number, made.reviewed_at, counts) == (2, None, (2, 1, 2))


def test_a_withdrawn_version_is_out_of_force_at_once(editor: Client, people: People) -> None:
    old = version(people)
    act(editor, "withdraw", old)
    assert GuideVersion.objects.in_force(NOON) is None and fresh(old).reviewed_at is not None


def test_a_reviewed_complaint_is_only_read(editor: Client, people: People) -> None:
    version(people)
    address = reverse("admin:appointments_guidesymptom_change", args=[GuideSymptom.objects.get().pk])
    assert 'name="_save"' not in editor.get(address).content.decode()


def test_a_complaint_of_a_draft_is_changed_with_its_questions(editor: Client, draft: GuideVersion) -> None:
    with acting_as("owner"):
        pain = GuideSymptom.objects.get()
    page = editor.get(reverse("admin:appointments_guidesymptom_change", args=[pain.pk]))
    assert 'name="_save"' in page.content.decode() and "突然像炸开" in page.content.decode()


def test_a_rule_without_its_place_is_refused(draft: GuideVersion) -> None:
    with pytest.raises(DatabaseError, match="guide_symptom_has_its_place"):
        factories.made(GuideSymptom(version=draft, part="head", name="头晕", outcome="department"))


def test_reception_has_no_page_of_it(people: People, signed_in: SignedIn) -> None:
    assert signed_in(people.zhangqiantai).get(LIST).status_code == 403
