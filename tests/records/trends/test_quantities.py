"""Units are converted by rule or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.exchange import units
from records.trends import quantities
from records.trends.quantities import QUANTITIES, comparable, converted, of, rounded

# Code, value and unit, the same in another unit. HbA1c: the pairs that NGSP prints; the others: common tables.
KNOWN = [
    ("14771-0", "5.6", "mmol/L", "101", "mg/dL"),
    ("14749-6", "126", "mg/dL", "6.99", "mmol/L"),
    ("14682-9", "88.4", "umol/L", "1.00", "mg/dL"),
    ("2093-3", "200", "mg/dL", "5.17", "mmol/L"),
    ("14927-8", "1.70", "mmol/L", "151", "mg/dL"),
    ("22748-8", "3.40", "mmol/L", "131", "mg/dL"),
    ("14933-6", "420", "umol/L", "7.06", "mg/dL"),
    ("14631-6", "17.1", "umol/L", "1.00", "mg/dL"),
    ("2000-8", "2.50", "mmol/L", "10.0", "mg/dL"),
    ("59261-8", "53", "mmol/mol", "7.00", "%"),
    ("4548-4", "6.50", "%", "47.5", "mmol/mol"),
    ("718-7", "13.5", "g/dL", "135", "g/L"),
    ("6690-2", "7.20", "10*3/uL", "7.20", "10*9/L"),
    ("2823-3", "4.10", "meq/L", "4.10", "mmol/L"),
    ("1742-6", "35.0", "U/L", "35.0", "[IU]/L"),
    ("3016-3", "2.10", "u[IU]/mL", "2.10", "mU/L"),
    ("8480-6", "120", "mm[Hg]", "16.0", "kPa"),
]


@pytest.mark.parametrize(("code", "value", "given_in", "expected", "wanted"), KNOWN)
def test_a_value_is_converted_as_tables_print_it(
    code: str, value: str, given_in: str, expected: str, wanted: str
) -> None:
    found = converted(Decimal(value), given_in, wanted, of(code))
    assert found is not None and rounded(found, Decimal(value)) == Decimal(expected)


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("22664-7", "mmol/L", "mg/dL"),  # urea: no rule
        ("14937-7", "mmol/L", "mg/dL"),  # urea nitrogen: of which moles?
        ("14749-6", "mmol/L", "%"),
        ("10501-5", "ng/mL", "U/L"),
        ("4548-4", "%", "g/L"),
        ("14749-6", "mmol/L", "furlong"),
    ],
)
def test_without_a_rule_nothing_is_converted(code: str, one: str, other: str) -> None:
    assert converted(Decimal(5), one, other, of(code)) is None
    assert comparable(of(code), one) != comparable(of(code), other)


@given(
    value=st.decimals("0.01", "5000", places=2),
    quantity=st.sampled_from([one for one in QUANTITIES if one.bridge]),
)
def test_there_and_back_is_where_it_began(value: Decimal, quantity: quantities.Quantity) -> None:
    assert quantity.bridge
    there = converted(value, quantity.bridge.given, quantity.bridge.wanted, quantity)
    assert there is not None
    back = converted(there, quantity.bridge.wanted, quantity.bridge.given, quantity)
    assert back is not None and abs(back - value) < Decimal("1e-12")


def test_every_unit_of_a_rule_is_one_that_the_portal_knows() -> None:
    assert set(quantities._SIZES) <= set(units.PRINTED)


def test_no_code_is_in_two_quantities() -> None:
    codes = [code for one in QUANTITIES for code in one.codes]
    assert len(codes) == len(set(codes))


def test_a_converted_value_is_no_more_exact_than_the_printed_one() -> None:
    assert str(rounded(Decimal("6.99292937"), Decimal("126"))) == "6.99"
    assert str(rounded(Decimal("100.901"), Decimal("5.6"))) == "101"
    assert str(rounded(Decimal("1234.56"), Decimal("5.6"))) == "1235"
