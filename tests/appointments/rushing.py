"""A rush over real HTTP: browsers with real sessions and forms at the project's own web server, all in the same moment.

Each asker opens the page of a time first, as people do who wait for the hour, and presses the button with the others.
Whoever is told that it is full takes the first time that the page offers instead. Where no answer comes, or the server
says that it is in trouble, the same form is sent again until there is one.
"""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from threading import Barrier, Event, Lock, Thread
from typing import Any
from uuid import UUID

import httpx
import psutil
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility
from foundation.models import DatedSetting
from portal.launcher import web_server
from residents.models import Account
from tests import factories
from tests.appointments.scenes import rule
from tests.faults.breaking import ask, number, program, until
from tests.portal.test_launcher import free_port

CLIENTS, PLACES, TIMES = 32, 30, 60
PATIENCE = 60.0
FULL, BUSY = "这个时间刚刚约满", "现在预约的人很多"
TITLE = re.compile(r"<h1[^>]*>\s*(.*?)\s*</h1>", re.S)
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
KEY = re.compile(r'name="form_key" value="([^"]+)"')
OFFER = re.compile(r'<form method="post" class="card" action="([^"]+)".*?name="form_key" value="([^"]+)"', re.S)
BOOKED = re.compile(r"/appointments/bookings/([0-9a-f-]{36})/$")
WHOM = re.compile(r'name="whom" value="([^"]*)"')


_mornings = count(1)


@dataclass
class Site:
    """A running web server."""

    address: str
    process: Any

    def workers(self) -> list[int]:
        """The processes that answer."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one.pid for one in found if "resource_tracker" not in " ".join(one.cmdline())]

    def kill_a_worker(self) -> None:
        os.kill(self.workers()[0], signal.SIGKILL)


@contextmanager
def site(workers: int = 2, threads: int = 4) -> Iterator[Site]:
    """The project's web server in several processes, on the tests' database and on loopback."""
    port = free_port()
    with program(*web_server(port, workers, threads), login="test") as process:
        made = Site(f"http://127.0.0.1:{port}", process)
        # What it says of its troubles must go somewhere, or it would stop at a full pipe.
        Thread(target=process.stdout.read, daemon=True).start()
        until(lambda: _answers(made) and len(made.workers()) >= workers, "the web server")
        yield made


def _answers(made: Site) -> bool:
    try:
        return httpx.get(f"{made.address}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def prepared(at: Facility) -> None:
    """Many days are open, and one account may try in a test as often as in a month."""
    rule(at, since=timezone.localdate() - timedelta(days=30), window_days=90, live_bookings_per_person=99)
    since = timezone.now() - timedelta(days=400)
    for name in ("tries_per_account", "hasty_tries_per_address"):
        factories.made(DatedSetting(key=f"appointments.{name}", value=[[99_999, 1]], valid_from=since))


def morning(at: Facility, day: int, times: int, places: int = PLACES) -> list[UUID]:
    """The times of a new doctor's morning, so many days ahead."""
    date = timezone.localdate() + timedelta(days=day)
    # A department of its own name: whoever finds it full is not led to another of these mornings.
    session = factories.session(factories.practitioner(factories.department(at, f"专科{next(_mornings)}")), date)
    return [factories.slot(session, 7 + n // 12, 5 * (n % 12), places).pk for n in range(times)]


@dataclass
class Asker:
    """Somebody with a browser, and what became of them."""

    account: Account
    cookies: dict[str, str]
    wanted: UUID
    twice: bool = False
    booked: set[str] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)
    form: dict[str, str] = field(default_factory=dict)

    def open(self, browser: httpx.Client) -> None:
        """Look at the page of the time."""
        page = browser.get(_confirm(self.wanted), headers=self._cookies())
        self.cookies = {**self.cookies, **dict(page.cookies)}
        token, key, whom = (pattern.search(page.text) for pattern in (CSRF, KEY, WHOM))
        assert page.status_code == 200 and token and key and whom, page.text[:2000]
        self.form = {"csrfmiddlewaretoken": token[1], "form_key": key[1], "whom": whom[1]}

    def _cookies(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def press(self, browser: httpx.Client) -> None:
        """Press the button, and go on until there is a place or nothing is left; every answer is kept."""
        address: str | None = _confirm(self.wanted)
        end = time.monotonic() + PATIENCE
        while address and time.monotonic() < end:
            address = self._sent(browser, address)

    def _sent(self, browser: httpx.Client, address: str) -> str | None:
        """One answer; where to send the form next, None once it is settled."""
        try:
            answers = self._tap(browser, address)
        except httpx.TransportError:
            return self._later("no answer", address)
        for one in answers:
            if one.status_code == 302 and (made := BOOKED.search(one.headers["Location"])):
                self.booked.add(made[1])
        if self.booked:
            self.answers.append("booked")
            return None
        return self._refused(answers[0], address)

    def _refused(self, page: httpx.Response, address: str) -> str | None:
        title = TITLE.search(page.text)
        words = re.sub(r"<[^>]+>", "", title[1]).strip() if title else str(page.status_code)
        if page.status_code >= 500 or words == BUSY:
            return self._later(words, address)
        if page.status_code != 200:
            words = f"{page.status_code} {page.headers.get('Location', words)}"
        self.answers.append(words)
        offered = OFFER.search(page.text) if words == FULL else None
        if offered is None:
            return None
        self.form["form_key"] = offered[2]
        return offered[1]

    def _later(self, why: str, address: str) -> str:
        self.answers.append(why)
        Event().wait(0.1)
        return address

    def _tap(self, browser: httpx.Client, address: str) -> list[httpx.Response]:
        """The answer; where the button is tapped twice, both answers to the one form."""
        if not self.twice:
            return [browser.post(address, data=self.form, headers=self._cookies())]
        with ThreadPoolExecutor(2) as fingers:
            taps = [fingers.submit(browser.post, address, data=self.form, headers=self._cookies()) for _ in range(2)]
            return [tap.result() for tap in taps]


def _confirm(slot: UUID) -> str:
    return reverse("appointments:confirm", args=[slot])


class Rush:
    """So many browsers at once, each for several people in turn."""

    def __init__(self, of: Site, clients: int = CLIENTS) -> None:
        self.site, self.clients = of, clients
        self.done, self._lock, self.settled_at = 0, Lock(), list[float]()

    def run(self, askers: Sequence[Asker], midway: Callable[[], None] | None = None) -> float:
        """Everybody asks; `midway` happens once a third are settled. Returns how many seconds it all took."""
        start = Barrier(self.clients + 1, timeout=PATIENCE)
        with ThreadPoolExecutor(self.clients) as pool:
            shares = [askers[n :: self.clients] for n in range(self.clients)]
            running = [pool.submit(self._one, share, start) for share in shares]
            start.wait()
            begun = time.monotonic()
            if midway is not None:
                until(lambda: self.done >= len(askers) // 3, "a third of the answers")
                midway()
            for each in running:
                each.result()
        return time.monotonic() - begun

    def _one(self, share: Sequence[Asker], start: Barrier) -> None:
        with httpx.Client(base_url=self.site.address, trust_env=False, timeout=30) as browser:
            for asker in share:
                asker.open(browser)
            start.wait()
            for asker in share:
                asker.press(browser)
                with self._lock:
                    self.done += 1
                    self.settled_at.append(time.monotonic())

    def longest_pause(self, since: float) -> float:
        """The most seconds after a moment in which nobody was settled: how long it took to recover."""
        moments = sorted([since, *(at for at in self.settled_at if at > since)])
        return max((later - one for one, later in pairwise(moments)), default=PATIENCE)


@dataclass
class Figures:
    """What a rush came to."""

    asked: int
    tried: int
    booked: int
    refused: Counter
    lost: int
    doubled: int
    troubles: int

    def __str__(self) -> str:
        said = ", ".join(f"{count} × {why}" for why, count in self.refused.items()) or "nobody"
        return (
            f"{self.asked} people, {self.tried} requests tried, {self.booked} booked, refused: {said};"
            f" sent again {self.troubles}, lost {self.lost}, doubled {self.doubled}"
        )


TROUBLE = re.compile(rf"^(no answer|\d+|{BUSY}|系统.*)$")


def figures(askers: Sequence[Asker]) -> Figures:
    """Answers beside rows: a booking that was promised and is not there is lost; one nobody was told of is doubled."""
    promised = [key for asker in askers for key in asker.booked]
    slots = tuple({asker.wanted for asker in askers})
    rows = {str(key) for (key,) in ask(LIVE, list(slots))}
    said = Counter(answer for asker in askers for answer in asker.answers)
    troubles = sum(count for words, count in said.items() if TROUBLE.match(words))
    refused = Counter(asker.answers[-1] for asker in askers if not asker.booked)
    lost, doubled = set(promised) - rows, (len(promised) - len(set(promised))) + len(rows - set(promised))
    doubled += sum(len(asker.booked) > 1 for asker in askers)
    return Figures(len(askers), said.total(), len(rows), refused, len(lost), doubled, troubles)


# Of the sessions of the slots that were asked for.
OF = """SELECT s.id FROM appointments_slot s
  WHERE s.session_id IN (SELECT session_id FROM appointments_slot WHERE id = ANY (%s))"""
LIVE = f"SELECT id FROM appointments_booking WHERE status <> 'cancelled' AND slot_id IN ({OF})"
UNEVEN = f"""
SELECT count(*) FROM appointments_slot s WHERE s.id IN ({OF}) AND (s.taken > s.capacity OR s.taken <>
  (SELECT count(*) FROM appointments_booking b WHERE b.slot_id = s.id AND b.status <> 'cancelled')
  + (SELECT count(*) FROM appointments_hold h WHERE h.slot_id = s.id AND h.ended_at IS NULL))
"""
FREE = f"SELECT sum(capacity - taken) FROM appointments_slot WHERE id IN ({OF})"
DEEDS = f"SELECT count(*) FROM appointments_deed WHERE kind = 'booked' AND slot_id IN ({OF})"


def uneven(askers: Sequence[Asker]) -> int:
    """Slots whose count is not that of their rows, or beyond what they have."""
    return number(UNEVEN, list({asker.wanted for asker in askers}))


def free(askers: Sequence[Asker]) -> int:
    return number(FREE, list({asker.wanted for asker in askers}))


def entered(enter: Callable[[Account], Client], count: int) -> list[tuple[Account, dict[str, str]]]:
    """People with accounts, and the cookies of their browsers."""
    found = []
    for n in range(count):
        account = factories.account(factories.resident(f"居民{n}"))
        found.append((account, {name: morsel.value for name, morsel in enter(account).cookies.items()}))
    return found


def askers_of(people: Sequence[tuple[Account, dict[str, str]]], slots: Sequence[UUID]) -> list[Asker]:
    """Everybody wants one of the times, most of them the first; every fourth taps twice."""
    wanted = [slots[0] if n % 3 else slots[n % len(slots)] for n in range(len(people))]
    return [
        Asker(account, dict(cookies), want, twice=n % 4 == 0)
        for n, ((account, cookies), want) in enumerate(zip(people, wanted, strict=True))
    ]
