"""Who may have a booklet made and fetched, and what never stands in one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.models import Allergy, Encounter, Parcel, Report
from residents.models import Account, Consent
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import booklets, rows
from tests.records.sharing.test_sharing import opening_of

SignIn = Callable[[Account], Client]
ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}
HIDDEN = [{"sensitivity": 5}, {"release": "withheld"}, {"release": "pending"}, {"release": "recalled"}]


def test_a_stranger_finds_nothing_at_any_of_its_addresses(people: People, hers: Client, signed_in: SignIn) -> None:
    parcel = booklets.made(people)
    stranger = signed_in(people.wangjianguo_account)
    for name, args in (("booklet_state", []), ("booklet_pdf", []), ("taken_pages", []), ("taken_page", [1])):
        assert stranger.get(reverse(f"records:{name}", args=[parcel.pk, *args])).status_code == 404
    assert stranger.post(reverse("records:taken_link", args=[parcel.pk])).status_code == 404


@pytest.mark.parametrize("fields", HIDDEN, ids=lambda fields: "-".join(map(str, *fields.items())))
def test_what_may_not_be_read_here_is_not_printed(
    people: People, hers: Client, feed: Any, fields: dict[str, Any]
) -> None:
    rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲", **fields)
    rows.statement(Encounter, people.helanfang, feed, reason="胸闷乙", **fields)
    rows.panel(people.helanfang, feed, NOON, ITEM | {"name": "血小板丙"} | fields, title="血常规丁")
    text = booklets.text(booklets.taken(hers))
    assert "血常规甲" not in text and "胸闷乙" not in text and "血小板丙" not in text


def test_it_says_how_many_reports_were_kept_back_and_why(people: People, hers: Client, feed: Any) -> None:
    rows.panel(people.helanfang, feed, NOON, ITEM, release="withheld")
    rows.withdrawn(rows.panel(people.helanfang, feed, NOON, ITEM))
    text = booklets.text(booklets.taken(hers, "results"))
    assert "1份报告由检查机构保留" in text and "1份报告已由机构撤回" in text


def test_a_withdrawn_report_of_a_booklet_ends_the_booklet(people: People, hers: Client, feed: Any) -> None:
    report = rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲")
    parcel = booklets.asked(hers)
    booklets.work(parcel)
    assert booklets.fetched(hers, parcel)
    rows.withdrawn(report)
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code == 302
    assert "有内容更正或收回了" in hers.get(reverse("records:booklet_state", args=[parcel.pk])).content.decode()
    assert hers.get(reverse("records:taken_page", args=[parcel.pk, 1])).status_code == 404


@pytest.mark.parametrize("change", [{"release": "recalled"}, {"superseded_at": NOON}, {"sensitivity": 5}])
def test_whatever_is_corrected_or_hidden_since_ends_it(
    people: People, hers: Client, feed: Any, change: dict[str, Any]
) -> None:
    row = rows.statement(Allergy, people.helanfang, feed)
    parcel = booklets.asked(hers, "allergies")
    booklets.work(parcel)
    with acting_as("owner"):
        Allergy.objects.filter(pk=row.pk).update(**change)
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code == 302


def test_consent_that_was_withdrawn_closes_what_was_made(people: People, hers: Client) -> None:
    parcel = booklets.asked(hers, "results")
    booklets.work(parcel)
    with acting_as("owner"):
        consents = Consent.objects.filter(resident=people.helanfang, purpose="results", withdrawn_at=None)
        consents.update(withdrawn_at=timezone.now(), withdrawn_by=people.helanfang_account.pk)
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code == 404


def acting_for(client: Client, people: People) -> Client:
    session = client.session
    session["acting"] = {"resident": str(people.helanfang.pk), "opening": None}
    session.save()
    return client


def test_a_delegate_has_made_what_they_were_let_see_and_no_more(people: People, signed_in: SignIn, feed: Any) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "results")
    rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲")
    hers = acting_for(signed_in(people.hexiaoyu_account), people)
    form = {"period": "all", "sections": ["allergies"], "form_key": str(uuid4())}
    assert hers.post(reverse("records:booklet"), form).status_code == 200  # not among the choices
    text = booklets.text(booklets.taken(hers, "results"))
    assert "血常规甲" in text and "代办人贺小雨" in text


def test_a_delegates_booklet_ends_with_the_delegation(people: People, signed_in: SignIn) -> None:
    tie = factories.delegation(people.helanfang, people.hexiaoyu, "results")
    hers = acting_for(signed_in(people.hexiaoyu_account), people)
    parcel = booklets.asked(hers, "results")
    booklets.work(parcel)
    with acting_as("owner"):
        type(tie).objects.filter(pk=tie.pk).update(ended_at=timezone.now())
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code in {302, 404}


def test_a_delegates_booklet_is_not_fetched_by_the_person(people: People, hers: Client, signed_in: SignIn) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "results")
    parcel = booklets.asked(acting_for(signed_in(people.hexiaoyu_account), people), "results")
    booklets.work(parcel)
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code == 404


def test_the_database_lets_no_opening_of_staff_have_one_made(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.licunyi)
    factories.made(opening_of(people, client))
    now = timezone.now()
    row = Parcel(
        resident=people.helanfang,
        account_id=people.licunyi.pk,
        kind="record",
        with_records=True,
        with_results=True,
        state="waiting",
        form_hash=b"x" * 32,
        asked_at=now,
        expires_at=now + timedelta(hours=1),
    )
    with (
        seeing(client.session[TOKEN]),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        row.save(force_insert=True)
    assert Report.objects.count() == 0


def test_the_worker_is_told_nothing_and_reads_no_record(
    people: People, hers: Client, feed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲")
    parcel = booklets.asked(hers)
    with acting_as("owner"):
        Report.objects.update(title="后来的名称")  # the worker sets what was read when it was asked for
    booklets.work(parcel)
    with acting_as("owner"):
        Report.objects.update(title="血常规甲")
    assert "后来的名称" not in booklets.text(booklets.fetched(hers, parcel))
