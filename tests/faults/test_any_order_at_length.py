"""tests/exchange/test_any_order.py with many more orders."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.test_any_order import PHASES, SLOW, same_as_usual


@settings(max_examples=25, phases=PHASES, suppress_health_check=SLOW)
@given(data=st.data())
def test_any_order_repetition_and_cutting_leaves_the_same_record(db: None, data: st.DataObject) -> None:
    same_as_usual(data)
