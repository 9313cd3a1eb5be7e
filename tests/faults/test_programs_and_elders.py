"""A thousand programs against a hundred elders for one morning: the programs are faster, the elders' places stay.

Everybody books as the page does (limits, then the deed) with a session of their own, over real connections, many at
once. Each program has an address of its own, so that nothing but the quota stands between them and the places.
`make test` has the same statement by statement, one after the other (tests/appointments/test_limits.py).
"""

import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connections, transaction

from appointments import actions, limits, refusals
from appointments.models import Booking, Slot
from foundation.crypto import digest
from foundation.rowsecurity import acting_as, seeing
from residents.access import Viewer
from residents.models import Account, AccountSession, Resident, Verification
from tests.appointments.scenes import Clinic, clinic, fresh
from tests.factories import NOON
from tests.people import People

PROGRAMS, ELDERS = 1000, 100
TIMES, PLACES, KEPT = 4, 25, 10
HANDS, SLOW_HANDS = 12, 4


@dataclass(frozen=True)
class Person:
    """Somebody at a screen of their own."""

    token: str
    viewer: Viewer


def people_of(count: int, year: int, name: str) -> list[Person]:
    """People with a proved account each, who have just signed in."""
    residents = [Resident(name=f"{name}{n}", birth_date=date(year, 1, 1), sex="2") for n in range(count)]
    accounts = [Account(resident=one, name=one.name, password="!") for one in residents]
    long_ago = NOON - timedelta(days=400)
    tokens = [secrets.token_urlsafe(32) for _ in accounts]
    with acting_as("owner"), transaction.atomic(using="owner"):
        Resident.objects.bulk_create(residents)
        Account.objects.bulk_create(accounts)
        Verification.objects.bulk_create(
            Verification(account=one, level=3, method="counter", verified_at=long_ago) for one in accounts
        )
        AccountSession.objects.bulk_create(map(session, accounts, tokens))
    return [Person(token, viewer(account, n)) for n, (account, token) in enumerate(zip(accounts, tokens, strict=True))]


def session(account: Account, token: str) -> AccountSession:
    dates = {"expires_at": NOON + timedelta(hours=1), "signed_in_at": NOON, "last_seen_at": NOON, "proved_at": NOON}
    hashes = {"key_hash": secrets.token_bytes(32), "token_hash": digest(token)}
    return AccountSession(account=account, data=b"", **hashes, **dates)


def viewer(account: Account, n: int) -> Viewer:
    return Viewer(account.pk, account.name, account.resident_id, f"198.51.{100 + n // 250}.{n % 250}", "TEST")


def tries(person: Person, slots: list[Slot]) -> str:
    """What comes of trying these times one after the other, each with a look at what is left, as the page has it."""
    answer = ""
    for slot in slots:
        with seeing(person.token):
            limits.count_try(person.viewer, NOON)
            now_left = Slot.objects.with_everything().get(pk=slot.pk)
            try:
                actions.book(slot=now_left, viewer=person.viewer, form_key=uuid4(), now=NOON)
            except refusals.Refusal as refusal:
                answer = type(refusal).__name__
            else:
                return "booked"
    return answer


class Crowd:
    """People who try with so many hands at once; `half` is set when half of them have their answer."""

    def __init__(self, people: list[Person], times: Callable[[], list[Slot]]) -> None:
        self.times, self.size, self.half = times, len(people), Event()
        self.answers: SimpleQueue[str] = SimpleQueue()
        self.waiting: SimpleQueue[Person] = SimpleQueue()
        for person in people:
            self.waiting.put(person)

    def hand(self, _number: int) -> None:
        try:
            while True:
                self.answers.put(tries(self.waiting.get_nowait(), self.times()))
                if self.answers.qsize() >= self.size // 2:
                    self.half.set()
        except Empty:
            connections.close_all()

    def told(self) -> Counter[str]:
        return Counter(self.answers.get_nowait() for _ in range(self.answers.qsize()))


@contextmanager
def at_it(crowd: Crowd, hands: int) -> Iterator[None]:
    """While the crowd tries, and until all of it has."""
    with ThreadPoolExecutor(hands) as pool:
        working = [pool.submit(crowd.hand, number) for number in range(hands)]
        yield
        for each in working:
            each.result()


def expert(people: People, kept: int) -> Clinic:
    morning = clinic(people.county, places=PLACES, count=TIMES)
    with acting_as("owner"):
        slots = Slot.objects.filter(session=morning.session)
        slots.update(reserved_elder=kept, reserves_end_at=NOON + timedelta(hours=5))
    return morning


def raced(morning: Clinic) -> tuple[Counter[str], Counter[str]]:
    """What the programs and the elders were told; the elders find the button when half the programs are through."""
    dice = random.Random(7)
    fast = Crowd(people_of(PROGRAMS, 1990, "程序"), lambda: dice.sample(morning.slots, 2))
    slow = Crowd(people_of(ELDERS, 1950, "老人"), lambda: morning.slots)
    with at_it(fast, HANDS):
        assert fast.half.wait(120)
        assert fast.waiting.qsize() > PROGRAMS // 4, "the programs are still at it while the elders try"
        with at_it(slow, SLOW_HANDS):
            pass
    return fast.told(), slow.told()


@pytest.fixture(autouse=True)
def noon(at: Callable[[datetime], Any]) -> Iterator[None]:
    cache.clear()
    with at(NOON):
        yield


def booked(channel: str) -> list[Any]:
    with acting_as("owner"):
        return list(Booking.objects.filter(channel=channel).values_list("resident__birth_date__year", flat=True))


def test_a_thousand_programs_leave_a_hundred_elders_their_places(people: People) -> None:
    morning = expert(people, KEPT)
    fast, slow = raced(morning)
    general, kept = TIMES * (PLACES - KEPT), TIMES * KEPT
    assert fast == {"booked": general, "SlotFull": PROGRAMS - general}
    assert slow == {"booked": kept, "SlotFull": ELDERS - kept}
    assert (booked("web"), booked("elder")) == ([1990] * general, [1950] * kept)
    assert [(slot.taken, slot.used_elder) for slot in map(fresh, morning.slots)] == [(PLACES, KEPT)] * TIMES


def test_without_a_quota_the_same_programs_leave_them_nothing(people: People) -> None:
    """So the programs above are fast enough to prove something."""
    fast, slow = raced(expert(people, 0))
    assert (fast["booked"], dict(slow)) == (TIMES * PLACES, {"SlotFull": ELDERS})
