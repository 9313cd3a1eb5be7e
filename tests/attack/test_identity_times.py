"""How long an answer takes does not tell whether somebody is known: many tries, in turn, compared by their ranks.

A small sample says what is suspect, by its ranks (Mann-Whitney). A second, larger one decides: the ranks say so beyond
chance, in the same direction, and the faster halves differ by more than a listener on the network could ever blame on
the network. Whatever else the machine does comes and goes, a difference stays. One statement more or less is too short
to be heard on a busy machine, so statements are counted with every try. Tests below show that real differences would
be seen.
"""

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from tests.factories import id_number
from tests.people import People
from tests.residents.door import KNOWN
from tests.residents.identity_answers import PHONE_CHANGE, QUESTIONS, Question

TRIES, ONCE_MORE = 30, 90
SUSPECT, CHANCE = 0.05, 1e-4
NOTICED = 0.10
_sequence = count(101)
Take = Callable[[], float]


@dataclass
class Asked:
    """One question about one sort of number, asked again and again; how many statements each try took."""

    question: Question
    typed: Callable[[], str]
    statements: list[int] = field(default_factory=list)

    def __call__(self) -> float:
        """Ask once; the seconds until the answer."""
        number = self.typed()
        client = self.question.prepare(number)
        with counting() as counted, resting():
            started = perf_counter()
            self.question.send(client, number)
            taken = perf_counter() - started
        self.statements.append(len(counted))
        return taken


@contextmanager
def counting() -> Iterator[list[str]]:
    """The connections on which statements were run, one for each."""
    counted: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        counted.append(context["connection"].alias)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in ("default", "signin"):
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield counted


@contextmanager
def resting() -> Iterator[None]:
    """Without Python's own pauses to tidy its memory."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def nobody() -> str:
    """A number that nobody had until now: registering with one makes it known."""
    return id_number(sequence=next(_sequence))


def in_turn(one: Take, other: Take, tries: int = TRIES) -> tuple[list[float], list[float]]:
    """Both samples, taken in turn, so that whatever else the machine does falls on both alike."""
    first, second = [], []
    for turn in range(tries):
        pair = (one, first), (other, second)
        for take, into in pair if turn % 2 else reversed(pair):
            into.append(take())
    return first, second


def likelihood(one: Sequence[float], other: Sequence[float]) -> float:
    """How likely ranks as uneven as these are by chance (Mann-Whitney's U, normal approximation, two-sided)."""
    above = sum((a > b) + 0.5 * (a == b) for a in one for b in other)
    n, m = len(one), len(other)
    spread = math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(above - n * m / 2) / spread / math.sqrt(2))


def typical(sample: Sequence[float]) -> float:
    """The median of the faster half: other work on the machine only ever makes an answer slower."""
    return median(sorted(sample)[: (len(sample) + 1) // 2])


def told_apart(one: Take, other: Take) -> bool:
    """Whether somebody who measures, and measures once more to be sure, could tell the two apart."""
    first, second = in_turn(one, other)
    if likelihood(first, second) > SUSPECT:
        return False
    before, (first, second) = typical(first) - typical(second), in_turn(one, other, ONCE_MORE)
    apart = math.log(typical(first) / typical(second))
    return likelihood(first, second) < CHANCE and abs(apart) > math.log(1 + NOTICED) and apart * before > 0


def differs(one: Asked, other: Asked) -> str:
    """How two questions can be told apart; empty when they cannot."""
    one(), other()  # whatever is loaded once per process
    one.statements.clear(), other.statements.clear()
    if told_apart(one, other):
        return "time"
    # The middle of many: now and then a try finds a setting to be read anew.
    return "statements" if median(one.statements) != median(other.statements) else ""


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_known_and_unknown_numbers_take_as_long(people: People, question: Question) -> None:
    assert differs(Asked(question, lambda: KNOWN), Asked(question, nobody)) == ""


def test_phones_that_somebody_has_take_as_long(people: People) -> None:
    taken, free = (Asked(PHONE_CHANGE, partial(str, phone)) for phone in ("19900000002", "19955555555"))
    assert differs(taken, free) == ""


# --- what would be seen ----------------------------------------------------------------------------------------------
def with_more(question: Question, more: Callable[[], None]) -> Question:
    """The question, with something more done for its answer."""

    def send(client: Client, typed: str) -> HttpResponse:
        more()
        return question.send(client, typed)

    return replace(question, send=send)


def one_statement() -> None:
    with connections["signin"].cursor() as cursor:
        cursor.execute("SELECT 1")


def one_slow_hash() -> None:
    until = perf_counter() + 0.02
    while perf_counter() < until:
        pass


@pytest.mark.parametrize(("more", "seen"), [(one_statement, "statements"), (one_slow_hash, "time")])
def test_what_is_done_for_known_numbers_alone_would_be_seen(
    people: People, more: Callable[[], None], seen: str
) -> None:
    password = QUESTIONS[0]
    assert differs(Asked(with_more(password, more), lambda: KNOWN), Asked(password, nobody)) == seen


@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "busy"])
@pytest.mark.parametrize(("slower", "seen"), [(1.2, True), (1.0, False)])
def test_a_difference_of_a_fifth_would_be_seen(slower: float, seen: bool, busy: bool) -> None:
    """Also when every third try is held up by something else for up to three times as long."""
    chance = Random(7)

    def take(seconds: float) -> float:
        held_up = chance.random() * 3 * seconds if busy and chance.random() < 1 / 3 else 0.0
        return chance.gauss(seconds, 0.002) + held_up

    assert told_apart(lambda: take(0.03 * slower), lambda: take(0.03)) is seen
