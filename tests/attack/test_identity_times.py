"""How long an answer takes does not tell whether somebody is known: many tries, in turn, compared by their ranks.

Two samples count as different when the ranks say so beyond chance (Mann-Whitney) and the medians differ by more than a
listener on the network could ever blame on the network. A test below shows that a real difference would be seen.
"""

import math
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from statistics import median
from time import perf_counter

import pytest

from tests.factories import id_number
from tests.people import People
from tests.residents.door import KNOWN
from tests.residents.identity_answers import PHONE_CHANGE, QUESTIONS, Question

TRIES = 30
CHANCE = 1e-4
NOTICED = 0.10
_sequence = count(101)


def nobody() -> str:
    """A number that nobody had until now: registering with one makes it known."""
    return id_number(sequence=next(_sequence))


def seconds(question: Question, typed: str) -> float:
    client = question.prepare(typed)
    started = perf_counter()
    question.send(client, typed)
    return perf_counter() - started


def in_turn(
    one: Callable[[], float], other: Callable[[], float], tries: int = TRIES
) -> tuple[list[float], list[float]]:
    """Both samples, taken in turn, so that whatever else the machine does falls on both alike."""
    first, second = [], []
    for turn in range(TRIES):
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


def told_apart(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether somebody who measures could tell the samples apart."""
    ratio = median(one) / median(other)
    return likelihood(one, other) < CHANCE and abs(math.log(ratio)) > math.log(1 + NOTICED)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_known_and_unknown_numbers_take_as_long(people: People, question: Question) -> None:
    seconds(question, KNOWN)
    seconds(question, nobody())
    known, unknown = in_turn(lambda: seconds(question, KNOWN), lambda: seconds(question, nobody()))
    assert not told_apart(known, unknown), (median(known), median(unknown))


def test_phones_that_somebody_has_take_as_long(people: People) -> None:
    seconds(PHONE_CHANGE, "19955555555")
    taken, free = in_turn(lambda: seconds(PHONE_CHANGE, "19900000002"), lambda: seconds(PHONE_CHANGE, "19955555555"))
    assert not told_apart(taken, free), (median(taken), median(free))


@pytest.mark.parametrize(("slower", "seen"), [(1.2, True), (1.0, False)])
def test_a_difference_of_a_fifth_would_be_seen(slower: float, seen: bool) -> None:
    chance = Random(7)
    one, other = in_turn(lambda: chance.gauss(0.03 * slower, 0.003), lambda: chance.gauss(0.03, 0.003))
    assert told_apart(one, other) is seen
