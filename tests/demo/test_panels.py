"""Laboratory items: codes, intervals by sex and age, and flags."""

from datetime import date
from decimal import Decimal

import pytest

from portal.demo import people
from portal.demo.analytes import spans
from portal.demo.measurements import flag_for
from portal.demo.panels import PANELS


def test_every_loinc_code_has_its_check_digit():
    codes = [item.loinc for panel in PANELS.values() for item in (panel, *panel.analytes) if item.loinc]
    for code in codes:
        body, _, check = code.partition("-")
        doubled = sum(
            sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(reversed(body))
        )
        assert (10 - doubled % 10) % 10 == int(check), code


@pytest.mark.parametrize(
    ("number", "interval", "flag"),
    [
        ("3.50", "3.50-5.30", "N"),
        ("3.49", "3.50-5.30", "L"),
        ("5.31", "3.50-5.30", "H"),
        ("6.20", "3.50-5.30", "HH"),
        ("2.80", "3.50-5.30", "LL"),
        ("5.20", "-5.20", "H"),
        ("5.19", "-5.20", "N"),
    ],
)
def test_a_flag_follows_the_printed_interval(number: str, interval: str, flag: str):
    assert flag_for(Decimal(number), spans(interval)[0], ("2.80", "6.20")) == flag


def test_a_child_is_measured_against_the_childrens_interval():
    child = people.resident("lin_zihan")
    haemoglobin = next(item for item in PANELS["BLOOD"].analytes if item.code == "HGB")
    span = haemoglobin.span_for(child, child.age_on(date(2026, 3, 3)))
    assert span is not None
    assert (span.low, span.high) == ("118", "156")
