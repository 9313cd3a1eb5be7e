"""A report that is handed out at the facility may be contested by what its person sees of it, and by nothing else."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.models import Dispute, Report
from tests import factories
from tests.people import People
from tests.records.test_disputing import SignIn, contest, disputes, manager_of
from tests.sessions import session_of

SECRET = "庚项病理"


@pytest.fixture
def kept(people: People) -> Report:
    return factories.report(people.helanfang, factories.source(people.county), title=SECRET, release="withheld")


def test_it_is_contested_without_its_title(people: People, kept: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    assert reverse("records:dispute", args=["report", kept.pk]) in shown(client.get(f"/records/reports/{kept.pk}/"))
    contest(client, kept, words="我没有在这里检查过")
    (dispute,) = disputes()
    assert (dispute.title, dispute.facility_id) == ("在机构领取的一份报告", kept.facility_id)


def test_no_page_on_the_way_says_what_it_is(people: People, kept: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    pages = [client.get(reverse("records:dispute", args=["report", kept.pk]))]
    contest(client, kept)
    pages += [client.get(reverse("records:disputes")), client.get(f"/records/reports/{kept.pk}/")]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all(SECRET not in shown(page) for page in pages)


def test_the_database_writes_no_title_of_it_into_a_dispute(people: People, kept: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    contest(client, kept)
    with acting_as("owner"):
        copy = Dispute.objects.get()
        Dispute.objects.filter(pk=copy.pk).update(
            verdict="kept", answer="无误", answered_by=manager_of(people.county).pk, answered_at=copy.asked_at
        )
    copy.pk, copy.title, copy._state.adding = kept.pk, SECRET, True
    with session_of(client):
        copy.save(force_insert=True)
    assert {dispute.title for dispute in disputes()} == {"在机构领取的一份报告"}


@pytest.mark.parametrize("hidden", [{"release": "recalled"}, {"sensitivity": 5}])
def test_what_is_in_no_list_is_still_contested_by_nobody(
    people: People, signed_in: SignIn, hidden: dict[str, Any]
) -> None:
    row = factories.report(people.helanfang, factories.source(people.county), **hidden)
    assert contest(signed_in(people.helanfang_account), row).status_code == 404


def test_a_stranger_contests_none(people: People, kept: Report, signed_in: SignIn) -> None:
    assert contest(signed_in(people.wangjianguo_account), kept).status_code == 404


def test_other_kinds_are_contested_only_where_they_can_be_read(people: People, kept: Report, signed_in: SignIn) -> None:
    item = factories.observation(people.helanfang, factories.source(people.county), release="withheld")
    forged = Dispute(resident=people.helanfang, category="records", kind="observation", subject_id=item.id, title="x")
    forged.asked_at = forged.due_at = item.received_at
    with (
        pytest.raises(DatabaseError, match="can be read|null value|row-level"),
        session_of(signed_in(people.helanfang_account)),
    ):
        forged.save(force_insert=True)


def shown(answer: Any) -> str:
    return str(answer.content.decode())
