"""Who may write what into the access log: nothing under another's name, nothing about a person one may not see."""

from collections.abc import Callable

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from residents.models import AccessEvent, Account, Resident
from tests.people import People

SignedIn = Callable[[Account], Client]


def write(client: Client | None, actor: Account | None, about: Resident) -> None:
    """An event under `actor`'s name, written with this browser's session."""
    token = client.session.get(TOKEN) if client else None
    with seeing(token), transaction.atomic():
        AccessEvent.objects.create(
            at=timezone.now(),
            actor_id=actor.pk if actor else None,
            actor_name="院长",
            resident_id=about.pk,
            action="records.read_report",
        )


def test_one_writes_about_oneself(people: People, signed_in: SignedIn) -> None:
    write(signed_in(people.helanfang_account), people.helanfang_account, people.helanfang)


def test_a_stranger_writes_nothing_about_her(people: People, signed_in: SignedIn) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(signed_in(people.wangjianguo_account), people.wangjianguo_account, people.helanfang)


def test_nobody_writes_under_anothers_name(people: People, signed_in: SignedIn) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(signed_in(people.helanfang_account), people.chenyisheng, people.helanfang)


def test_without_a_session_nothing_is_written(people: People) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(None, None, people.helanfang)
