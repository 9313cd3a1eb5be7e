"""Who may write what into the access log: nothing under another's name, nothing about a person one may not see."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import AccessEvent, Account, Opening, Resident
from tests import factories
from tests.people import HELANFANG_NUMBER, People

SignedIn = Callable[[Account], Client]


def write(client: Client | None, actor: Account | None, about: Resident, **facts: Any) -> None:
    """An event under `actor`'s name, written with this browser's session."""
    token = client.session.get(TOKEN) if client else None
    with seeing(token), transaction.atomic():
        AccessEvent.objects.create(
            at=timezone.now(),
            actor_id=actor.pk if actor else None,
            resident_id=about.pk,
            **{"actor_name": actor.name if actor else "", "action": "records.read_report"} | facts,
        )


def open_at_the_counter(desk: Client, number: str) -> UUID:
    """The opening of whoever's document was read."""
    desk.post(reverse("staff:counter"), {"card": number})
    desk.post(reverse("staff:counter_check"))
    with acting_as("owner"):
        return Opening.objects.get().pk


def test_one_writes_about_oneself(people: People, signed_in: SignedIn) -> None:
    write(signed_in(people.helanfang_account), people.helanfang_account, people.helanfang)


def test_a_stranger_writes_nothing_about_her(people: People, signed_in: SignedIn) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(signed_in(people.wangjianguo_account), people.wangjianguo_account, people.helanfang)


def test_nobody_writes_under_anothers_name(people: People, signed_in: SignedIn) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(signed_in(people.helanfang_account), people.chenyisheng, people.helanfang)


def test_nobody_signs_with_another_name(people: People, signed_in: SignedIn) -> None:
    with pytest.raises(ProgrammingError, match="signed_with_ones_own_name"):
        write(signed_in(people.helanfang_account), people.helanfang_account, people.helanfang, actor_name="院长")


def test_nobody_writes_as_a_helper_without_an_opening(people: People, signed_in: SignedIn) -> None:
    with pytest.raises(ProgrammingError, match="of_an_opening_of_ones_own"):
        write(signed_in(people.zhangqiantai), people.zhangqiantai, people.helanfang, capacity="assisted")


def test_what_is_done_in_an_opening_is_written_about_whoever_was_opened(people: People, signed_in: SignedIn) -> None:
    desk = signed_in(people.zhangqiantai)
    opened = open_at_the_counter(desk, HELANFANG_NUMBER)
    other = factories.resident("马秀英", facility=people.township)
    write(desk, people.zhangqiantai, people.helanfang, capacity="counter", opening_id=opened)
    with pytest.raises(ProgrammingError, match="of_an_opening_of_ones_own"):
        write(desk, people.zhangqiantai, other, capacity="counter", opening_id=opened)


def test_without_a_session_nothing_is_written(people: People) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(None, None, people.helanfang)
