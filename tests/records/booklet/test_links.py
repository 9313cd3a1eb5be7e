"""“用浏览器打开”: a link that hands one file to another browser, once, within minutes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as, seeing
from records.models import Parcel, ParcelLink, Report
from residents.models import AccessEvent, Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import booklets, rows
from tests.records.booklet.test_rights import ITEM, acting_for

SignIn = Callable[[Account], Client]
FILE = b"%PDF-1.7 hers"


@pytest.fixture
def parcel(people: People) -> Parcel:
    return booklets.made(people, FILE)


@pytest.fixture
def elsewhere() -> Client:
    """A browser where nobody is signed in."""
    return Client()


def linked(client: Client, parcel: Parcel) -> str:
    """The address of a fresh link, as the page shows it."""
    response = client.post(reverse("records:taken_link", args=[parcel.pk]))
    assert response.status_code == 200 and response["Cache-Control"] == "no-store"
    return "/records/taken/" + response.content.decode().split("/records/taken/")[1].split("<")[0]


def test_a_link_hands_the_file_out_once(hers: Client, parcel: Parcel, elsewhere: Client) -> None:
    address = linked(hers, parcel)
    answer = elsewhere.post(address)
    assert answer.content == FILE and answer["Content-Disposition"].startswith("attachment; filename=")
    again = elsewhere.post(address)
    assert again.status_code == 410 and b"%PDF" not in again.content


def test_looking_at_a_link_burns_nothing(hers: Client, parcel: Parcel, elsewhere: Client) -> None:
    address = linked(hers, parcel)
    for _preview in range(3):
        page = elsewhere.get(address)
        assert page.status_code == 200 and "保存文件" in page.content.decode()
    assert elsewhere.head(address).status_code == 200 and elsewhere.post(address).content == FILE


def test_the_page_before_says_nothing_of_whose_it_is(hers: Client, parcel: Parcel, elsewhere: Client) -> None:
    page = elsewhere.get(linked(hers, parcel)).content.decode()
    assert "贺兰芳" not in page and str(parcel.pk) not in page


def test_making_and_using_one_are_written_down(people: People, hers: Client, parcel: Parcel, elsewhere: Client) -> None:
    elsewhere.post(linked(hers, parcel))
    with acting_as("owner"):
        made, used = AccessEvent.objects.order_by("at", "id")
    assert (made.action, used.action) == ("records.made_link", "records.used_link")
    assert used.actor_id is None and used.resident_id == people.helanfang.pk and used.address


def test_an_unknown_link_says_so_and_how_to_get_another(elsewhere: Client, db: None) -> None:
    for answer in (elsewhere.get("/records/taken/nothing/"), elsewhere.post("/records/taken/nothing/")):
        assert answer.status_code == 404 and "用浏览器打开" in answer.content.decode()


@pytest.mark.parametrize("change", ["late", "newer", "signed_out", "emptied", "withdrawn_row"])
def test_a_link_that_is_over_says_so_and_how_to_get_another(
    people: People, hers: Client, feed: Any, elsewhere: Client, change: str
) -> None:
    report = rows.panel(people.helanfang, feed, NOON, ITEM)
    of = booklets.made(people, FILE, entries=[report.pk])
    address = linked(hers, of)
    {
        "late": lambda: changed(expires_at=timezone.now() - timedelta(seconds=1)),
        "newer": lambda: linked(hers, of),
        "signed_out": hers.logout,
        "emptied": lambda: changed_parcel(of, expires_at=timezone.now() - timedelta(seconds=1)),
        "withdrawn_row": lambda: rows.withdrawn(report),
    }[change]()
    for answer in (elsewhere.get(address), elsewhere.post(address)):
        assert answer.status_code == 410 and "再点一次“用浏览器打开”" in answer.content.decode()


def changed(**fields: Any) -> None:
    with acting_as("owner"):
        ParcelLink.objects.update(**fields)


def changed_parcel(parcel: Parcel, **fields: Any) -> None:
    with acting_as("owner"):
        Parcel.objects.filter(pk=parcel.pk).update(**fields)


def test_a_link_lasts_five_minutes(hers: Client, parcel: Parcel) -> None:
    linked(hers, parcel)
    with acting_as("owner"):
        link = ParcelLink.objects.get()
    assert timedelta(minutes=4, seconds=50) < link.expires_at - link.made_at <= timedelta(minutes=5, seconds=5)


def test_a_link_ends_with_the_delegation_of_whoever_made_it(
    people: People, signed_in: SignIn, elsewhere: Client
) -> None:
    tie = factories.delegation(people.helanfang, people.hexiaoyu, "results")
    daughter = acting_for(signed_in(people.hexiaoyu_account), people)
    of = booklets.asked(daughter, "results")
    booklets.work(of)
    address = linked(daughter, of)
    assert elsewhere.get(address).status_code == 200
    with acting_as("owner"):
        type(tie).objects.filter(pk=tie.pk).update(ended_at=timezone.now())
    assert elsewhere.post(address).status_code == 410


def test_a_report_is_handed_on_in_the_same_way(people: People, hers: Client, feed: Any, elsewhere: Client) -> None:
    report: Report = rows.panel(people.helanfang, feed, NOON, ITEM, title="血常规甲")
    rows.read(hers, "report_pages", report.pk)
    with acting_as("owner"):
        of = Parcel.objects.get(kind="report")
    answer = elsewhere.post(linked(hers, of))
    assert "血常规甲" in booklets.text(answer.content) and "report-" in answer["Content-Disposition"]


def test_only_the_hash_of_a_link_is_kept(hers: Client, parcel: Parcel) -> None:
    token = linked(hers, parcel).rstrip("/").split("/")[-1]
    with acting_as("owner"):
        link = ParcelLink.objects.get()
    assert token.encode() not in bytes(link.token_hash) and len(bytes(link.token_hash)) == 32


def test_the_pieces_are_given_only_in_the_transaction_that_used_the_link(hers: Client, parcel: Parcel) -> None:
    token = linked(hers, parcel).rstrip("/").split("/")[-1]
    Client().post(reverse("records:taken_once", args=[token]))
    with seeing(token), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM app.taken_pieces()")
        assert cursor.fetchone() == (0,)
