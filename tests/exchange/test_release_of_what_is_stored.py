"""A policy and what is stored already: what it closes, what it gives back, and work that is killed."""

from datetime import timedelta
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from records.exchange import opening, reviewing
from records.exchange.models import ReleasePolicy, Source
from records.models import Observation
from residents.models import Resident
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient, report
from tests.exchange.test_releasing import DAY, fresh_settings, lan, policy, potassium, release_of, swept, told, town
from tests.factories import NOON

__all__ = ["fresh_settings", "lan", "town"]


def test_a_policy_holds_for_what_is_stored_and_says_how_much(lan: Resident, town: Source) -> None:
    deliver(town, patient(), report(), observation(), observation(id="o2", code={"text": "尿糖"}))
    rule = policy("word", "血糖", "withheld")
    swept(NOON)
    assert release_of(Observation) == ["released", "withheld"]
    (after,) = rows(ReleasePolicy, pk=rule.pk)
    assert (after.progress["counts"], after.review_at) == ({"withheld": 1}, NOON + reviewing.ONCE_MORE)


def test_what_a_run_applied_meanwhile_is_found_by_the_second_review(lan: Resident, town: Source) -> None:
    rule = policy("word", "血糖", "withheld", at=NOON + timedelta(minutes=1))
    swept(NOON + timedelta(minutes=1))
    deliver(town, patient(), observation())
    swept(NOON + timedelta(minutes=1) + reviewing.ONCE_MORE)
    (after,) = rows(ReleasePolicy, pk=rule.pk)
    assert (release_of(Observation), after.review_at) == (["withheld"], None)


def test_a_policy_that_ends_gives_back_what_it_closed_and_nothing_else(lan: Resident, town: Source) -> None:
    deliver(town, patient(), observation(), observation(id="o2", code={"text": "HIV 抗体"}), potassium(id="o3"))
    rule = policy("word", "血糖", "special")
    swept(NOON)
    closed = [(row.identifier, row.sensitivity, row.release) for row in rows(Observation)]
    with acting_as("owner"):
        ReleasePolicy.objects.filter(pk=rule.pk).update(ends_at=NOON, review_at=NOON)
    swept(NOON)
    opened = {(row.identifier, row.sensitivity, row.release, row.ruled_by) for row in rows(Observation)}
    assert {row[1] for row in closed} == {5}
    assert opened == {("o1", 4, "released", None), ("o2", 5, "withheld", None), ("o3", 4, "pending", None)}


def test_what_is_recalled_is_left_alone(lan: Resident, town: Source) -> None:
    deliver(town, patient(), observation())
    with acting_as("owner"):
        Observation.objects.update(release="recalled")
    policy("word", "血糖", "withheld")
    swept(NOON)
    assert release_of(Observation) == ["recalled"]


def test_a_review_that_is_killed_goes_on_where_it_was(
    lan: Resident, town: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(town, patient(), *(observation(id=f"o{n}") for n in range(6)))
    monkeypatch.setattr(reviewing, "BATCH", 2)
    policy("word", "血糖", "withheld")
    reviewed, count = reviewing._reviewed, 0

    def killed(*args: Any) -> bool:
        nonlocal count
        count += 1
        if count == 4:
            raise KeyboardInterrupt
        return reviewed(*args)

    monkeypatch.setattr(reviewing, "_reviewed", killed)
    with pytest.raises(KeyboardInterrupt):
        swept(NOON)
    partly = release_of(Observation).count("withheld")
    swept(NOON)
    assert (partly, count, release_of(Observation)) == (2, 8, ["withheld"] * 6)


@pytest.mark.parametrize("step", ["open_due", "announce"])
def test_a_sweep_that_is_killed_while_it_tells_tells_once_in_the_end(
    step: str, lan: Resident, town: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    if step == "open_due":
        policy("category", "laboratory", "pending", hours=24)
    deliver(town, patient(), observation() if step == "open_due" else potassium(), report())
    said = opening.notify_again

    def killed(about: Any, **fields: Any) -> None:
        said(about, **fields)
        if about:
            raise KeyboardInterrupt

    monkeypatch.setattr(opening, "notify_again", killed)
    with pytest.raises(KeyboardInterrupt), acting_as("worker"):
        opening.sweep(DAY)
    between = told()
    monkeypatch.setattr(opening, "notify_again", said)
    swept(DAY)
    swept(DAY)
    assert (between, told()) == ([], ["report_ready"])
