"""Merges and decisions about identity: two people at once, two workers at once, a worker killed at each step."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.models import IdentityCase, IdentityDecision, PatientMerge, Source, SourcePatient
from records.exchange.retrying import sweep
from records.models import Observation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver
from tests.exchange.test_merging import asked, glucose, lan, merged, settle, shown, swept, two_residents, undo, waiting
from tests.factories import NOON
from tests.faults.breaking import number, process, until
from tests.faults.test_killed_batch import GATE, WAITING, gate
from tests.portal.staffing import Enter

SWEEP = """
import os, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()
from datetime import datetime
from records.exchange.retrying import sweep
sweep(datetime.fromisoformat("{moment}"))
"""
EACH = "FOR EACH ROW EXECUTE FUNCTION"
# Where the killed worker stands while it carries out a decision, from its first row to its commit, and after that.
STEPS = {
    "writing the merge": f"CREATE TRIGGER gate BEFORE INSERT ON exchange_patientmerge {EACH}",
    "moving the number": f"CREATE TRIGGER gate BEFORE INSERT ON exchange_sourcepatient {EACH}",
    "taking rows back": f"CREATE TRIGGER gate BEFORE UPDATE ON records_observation {EACH}",
    "committing": "CREATE CONSTRAINT TRIGGER gate AFTER UPDATE OF carried_out_at ON exchange_identitycase"
    f" DEFERRABLE INITIALLY DEFERRED {EACH}",
    "writing rows again": f"CREATE TRIGGER gate BEFORE INSERT ON records_observation {EACH}",
}


@pytest.fixture
def county(db: None) -> Facility:
    return factories.facility("COUNTY", "县人民医院", "county")


@pytest.fixture
def feed(county: Facility) -> Source:
    return factories.source(county, "county-files")


@pytest.fixture
def clerk(county: Facility, signed_in: Enter) -> Client:
    return signed_in(factories.staff("chuangkou", "窗口小马", county, "reception"))


@pytest.fixture
def manager(county: Facility, signed_in: Enter) -> Client:
    return signed_in(factories.staff("fuzeren", "负责人老周", county, "manager"))


def killed(step: str, minutes: int) -> None:
    """A sweep that is killed where it stands at the gate."""
    moment = (NOON + timedelta(minutes=minutes)).isoformat()
    with gate(STEPS[step]), process("-c", SWEEP.format(moment=moment), login="worker") as run:
        until(lambda: number(WAITING, GATE) or run.poll() is not None, "the worker at the gate")
        run.kill()
        assert run.wait() == -9, "the sweep ended before it was killed"


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each answers when all are done at the same moment, each on a connection of its own."""
    start = threading.Barrier(len(deeds))
    answers: list[Any] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait()
            answers[place] = deed()
        except BaseException as failure:
            answers[place] = failure
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def swept_by(count: int, minutes: int = 5) -> Sequence[Callable[[], Any]]:
    """So many workers' sweeps."""

    def one() -> None:
        with acting_as("worker"):
            sweep(NOON + timedelta(minutes=minutes))

    return [one] * count


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_while_it_merges_leaves_nothing_half_done(step: str, feed: Source, clerk: Client) -> None:
    two_residents(feed)
    settle(clerk, "same")
    killed(step, 5)
    if step not in ("committing", "writing rows again"):  # a commit that has begun may end without its worker
        assert (shown(), rows(PatientMerge)) == ({"o1": "王建国", "n1": "贺兰芳"}, [])
    swept(6)
    swept(8)
    assert (shown(), waiting(), len(rows(PatientMerge))) == ({"o1": "贺兰芳", "n1": "贺兰芳"}, [], 1)
    assert len(rows(Observation, identifier="o1")) == 2  # his, taken back, and hers


@pytest.mark.parametrize("step", list(STEPS)[1:])
def test_a_worker_killed_while_it_takes_a_merge_back_gives_everything_back_once(
    step: str, feed: Source, clerk: Client
) -> None:
    two_residents(feed)
    settle(clerk, "same")
    swept(5)
    settle(clerk, "undone", 1)
    killed(step, 6)
    swept(7)
    swept(9)
    assert (shown(), waiting()) == ({"o1": "王建国", "n1": "贺兰芳"}, ["identity_conflict"])
    assert len(rows(SourcePatient, unlinked_at=None)) == 2


def test_of_two_people_who_decide_at_once_one_comes_late(feed: Source, clerk: Client, manager: Client) -> None:
    two_residents(feed)
    answers = at_once(lambda: settle(clerk, "same"), lambda: settle(manager, "different"))
    assert sorted(map(str, answers)) == ["done", "late"]
    (decision,), (case,) = rows(IdentityDecision), rows(IdentityCase)
    assert decision.verdict == case.state


def test_of_two_people_who_undo_a_merge_at_once_one_comes_late(feed: Source, clerk: Client, manager: Client) -> None:
    deliver(feed, lan(), merged(), glucose("o1"))
    answers = at_once(lambda: undo(clerk), lambda: undo(manager))
    swept()
    assert (sorted(map(str, answers)), shown()) == (["done", "late"], {})


def test_two_workers_carry_out_a_decision_once(feed: Source, clerk: Client) -> None:
    two_residents(feed)
    settle(clerk, "same")
    assert at_once(*swept_by(3)) == [None, None, None]
    swept(8)
    assert (shown(), len(rows(PatientMerge)), len(rows(Observation))) == ({"o1": "贺兰芳", "n1": "贺兰芳"}, 1, 3)


def test_a_decision_that_is_undone_while_it_is_carried_out_ends_undone(feed: Source, clerk: Client) -> None:
    two_residents(feed)
    settle(clerk, "same")
    answers = at_once(*swept_by(2), lambda: settle(clerk, "undone", 1))
    assert answers == [None, None, "done"]
    for minutes in (7, 9):
        swept(minutes)
    assert (shown(), rows(PatientMerge, undone_at=None)) == ({"o1": "王建国", "n1": "贺兰芳"}, [])


def test_results_that_arrive_while_a_merge_is_taken_back_are_nobody_elses(feed: Source, clerk: Client) -> None:
    deliver(feed, lan(), merged(), glucose("o1"))
    (merge,) = rows(PatientMerge)
    assert asked(clerk, "app.undo_merge(%s, '合并错了', NULL, '')", merge.pk) == "done"
    later = [glucose(f"o{place}") for place in range(2, 12)]
    answers = at_once(*swept_by(1), lambda: deliver(feed, *later).outcome)
    for minutes in (7, 9):
        swept(minutes)
    assert (answers, shown(), set(waiting())) == ([None, "succeeded"], {}, {"unknown_subject"})
