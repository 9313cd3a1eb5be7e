"""Attacks on files to take along: two presses at once, guessed and stale links, functions asked past their door."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as, seeing
from records.models import Parcel, ParcelLink
from residents.models import AccessEvent
from tests.people import People
from tests.records import booklets
from tests.records.booklet.test_links import FILE, linked


@pytest.fixture
def hers(people: People, signed_in: Any) -> Client:
    client: Client = signed_in(people.helanfang_account)
    return client


@pytest.fixture
def parcel(people: People) -> Parcel:
    return booklets.made(people, FILE)


def test_two_presses_at_once_hand_out_one_file(hers: Client, parcel: Parcel) -> None:
    address = linked(hers, parcel)

    def press(_turn: int) -> int:
        try:
            return int(Client().post(address).status_code)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(press, range(8)))
    with acting_as("owner"):
        used = AccessEvent.objects.filter(action="records.used_link").count()
    assert (answers, used) == ([200] + [410] * 7, 1)


def test_two_links_made_at_once_leave_one_that_opens(people: People, hers: Client, parcel: Parcel) -> None:
    first, second = linked(hers, parcel), linked(hers, parcel)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (410, 200)
    with acting_as("owner"):
        assert ParcelLink.objects.filter(used_at=None, revoked_at=None).count() == 1


def test_a_link_without_a_session_opens_nothing(people: People, parcel: Parcel) -> None:
    booklets.link(people, parcel, token="lonely")
    with acting_as("owner"):
        ParcelLink.objects.update(session_hash=None)
    assert Client().post(reverse("records:taken_once", args=["lonely"])).status_code == 410


def test_a_link_that_is_guessed_too_often_is_not_answered(db: None) -> None:
    answers = [Client().get(reverse("records:taken_once", args=[f"guess{n}"])).status_code for n in range(31)]
    assert answers[:30] == [404] * 30 and answers[30] == 429


def test_nobody_links_to_a_strangers_file_past_the_page(people: People, signed_in: Any, parcel: Parcel) -> None:
    stranger = signed_in(people.wangjianguo_account)
    now = timezone.now()
    row = ParcelLink(
        resident=people.helanfang,
        parcel=parcel,
        account_id=people.wangjianguo_account.pk,
        token_hash=b"x" * 32,
        made_at=now,
        expires_at=now + timedelta(minutes=5),
    )
    with (
        seeing(stranger.session["row_security_token"]),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        row.save(force_insert=True)


def test_a_file_moved_into_another_does_not_open(people: People, hers: Client, parcel: Parcel) -> None:
    other = booklets.made(people, b"%PDF-1.7 other")
    with acting_as("owner"):
        mine, theirs = parcel.pieces.get(), other.pieces.get()
        type(mine).objects.filter(pk=mine.pk).update(content=theirs.content)
    hers.raise_request_exception = False
    assert hers.get(reverse("records:booklet_pdf", args=[parcel.pk])).status_code == 500
