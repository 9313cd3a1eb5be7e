"""tests/appointments/test_stateful.py with many more and longer sequences, and what fails made short."""

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.appointments.test_stateful import PROFILE, Booked

LONG = settings(PROFILE, max_examples=60, stateful_step_count=60, phases=tuple(Phase), derandomize=False)


def test_no_order_of_deeds_contradicts_itself(db: None) -> None:
    run_state_machine_as_test(Booked, settings=LONG)
