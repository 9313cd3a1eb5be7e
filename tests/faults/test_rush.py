"""The hour when an expert's numbers are released, over real HTTP: exact, also when a worker or the database dies.

RUSH_RUNS runs (20) of 32 browsers: forty people for one time of thirty places, and ninety-six for a doctor's morning of
sixty times of thirty places, two thirds of them for the first time. Every fourth taps twice. Whoever gets no answer, or
is told of trouble, sends the same form again.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from residents.models import Account
from tests.appointments import rushing
from tests.appointments.rushing import FULL, PLACES, TIMES, Asker, Figures, Rush
from tests.faults.breaking import say
from tests.faults.server import Server, own_server
from tests.people import People, cast

RUNS = int(os.environ.get("RUSH_RUNS", "20"))
HOT, SPREAD = 40, 96
SignedIn = Callable[[Account], Client]
People_ = list[tuple[Account, dict[str, str]]]


@pytest.fixture
def own(db: None) -> Iterator[Server]:
    with own_server() as started:
        yield started


def crowd_at(people: People, signed_in: SignedIn) -> People_:
    rushing.prepared(people.county)
    return rushing.entered(signed_in, HOT + SPREAD)


def hot(people: People, crowd: People_, day: int) -> list[Asker]:
    return rushing.askers_of(crowd[:HOT], rushing.morning(people.county, day, 1))


def spread(people: People, crowd: People_, day: int) -> list[Asker]:
    return rushing.askers_of(crowd[HOT:], rushing.morning(people.county, day, TIMES))


def exact(askers: list[Asker], places: int, troubles: bool = False) -> Figures:
    """Every promise a row and every row a promise, as many as places or people, and refused only for being full."""
    found = rushing.figures(askers)
    assert (found.booked, found.lost, found.doubled) == (min(places, len(askers)), 0, 0), str(found)
    assert (rushing.uneven(askers), rushing.free(askers)) == (0, places - found.booked), str(found)
    assert set(found.refused) <= {FULL} and (troubles or found.troubles == 0), str(found)
    return found


def test_every_place_is_given_once_and_nobody_is_sent_away_while_there_is_one(
    people: People, signed_in: SignedIn, capsys: pytest.CaptureFixture[Any]
) -> None:
    crowd, seconds = crowd_at(people, signed_in), 0.0
    with rushing.site() as site:
        for day in range(1, RUNS + 1):
            one, many = hot(people, crowd, day), spread(people, crowd, day)
            seconds += Rush(site).run(one) + Rush(site).run(many)
            figures = exact(one, PLACES), exact(many, TIMES * PLACES)
            say(capsys, f"run {day}: one time: {figures[0]}\n    a morning: {figures[1]}")
    say(capsys, f"{RUNS} runs, {seconds:.1f} seconds of rush, nothing lost or doubled")


def test_a_worker_killed_in_the_middle_loses_nothing(
    people: People, signed_in: SignedIn, capsys: pytest.CaptureFixture[Any]
) -> None:
    crowd = crowd_at(people, signed_in)
    for day, (make, places) in enumerate(((hot, PLACES), (spread, TIMES * PLACES)), start=1):
        with rushing.site() as site:
            before, askers = set(site.workers()), make(people, crowd, day)
            recovered = broken(site, askers, site.kill_a_worker)
            assert set(site.workers()) != before
            say(capsys, f"a worker killed: {exact(askers, places, troubles=True)}; recovered in {recovered:.2f} s")


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_the_database_restarted_in_the_middle_loses_nothing(
    own: Server, how: str, signed_in: SignedIn, capsys: pytest.CaptureFixture[Any]
) -> None:
    people = cast()
    crowd = crowd_at(people, signed_in)
    with rushing.site() as site:
        for day, (make, places) in enumerate(((hot, PLACES), (spread, TIMES * PLACES)), start=1):
            askers = make(people, crowd, day)
            recovered = broken(site, askers, lambda: own.restart(how))
            found = exact(askers, places, troubles=True)
            say(capsys, f"PostgreSQL restarted ({how}): {found}; recovered in {recovered:.2f} s")


def broken(site: rushing.Site, askers: list[Asker], breaking: Callable[[], None]) -> float:
    """A rush in whose middle something breaks; the longest pause in answers from then on."""
    rush, moments = Rush(site), list[float]()

    def midway() -> None:
        moments.append(time.monotonic())
        breaking()

    rush.run(askers, midway)
    connections.close_all()  # this process's own may be among what was cut
    return rush.longest_pause(moments[0])
