"""The property test of who may read what, over many more and longer sequences than `make test` has time for."""

import pytest
from django.db import connections
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.residents.test_delegation_machine import PROFILE, Family, clock_put_back

__all__ = ["clock_put_back"]
AT_LENGTH = settings(PROFILE, max_examples=40, stateful_step_count=50, derandomize=False, phases=tuple(Phase))


def test_nobody_ever_reads_what_no_live_grant_allows_at_length(clock_put_back: None) -> None:
    run_state_machine_as_test(Family, settings=AT_LENGTH)


def test_the_machine_finds_a_planted_hole(clock_put_back: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('app.residents_for(text)'::regprocedure)")
        sound = cursor.fetchone()[0]
        holed = sound.replace("d.ended_at IS NULL AND", "")
        assert holed != sound
        cursor.execute(holed)
    try:
        with pytest.raises(AssertionError):
            run_state_machine_as_test(Family, settings=settings(PROFILE, max_examples=40, phases=[Phase.generate]))
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(sound)
