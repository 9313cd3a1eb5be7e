"""Dated settings: the row in force answers, the default until there is one."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from foundation import dated
from foundation.models import DatedSetting
from tests import factories
from tests.factories import NOON

KEY = dated.register("tests.window_days", 7, "测试用的天数")


@pytest.fixture(autouse=True)
def fresh(db: None) -> None:
    dated.forget(KEY)


def row(value: Any, days: int) -> None:
    factories.made(DatedSetting(key=KEY, value=value, valid_from=NOON + timedelta(days=days)))


def test_without_a_row_the_default_holds() -> None:
    assert dated.setting(KEY, NOON) == 7


def test_the_newest_row_in_force_answers() -> None:
    row(10, -5)
    row(12, -1)
    row(99, +1)
    assert dated.setting(KEY, NOON) == 12


def test_an_earlier_moment_gets_the_earlier_value() -> None:
    row(10, -5)
    row(12, -1)
    assert dated.setting(KEY, NOON - timedelta(days=3)) == 10


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(KeyError):
        dated.setting("tests.no_such_setting", NOON)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(ValidationError, match="类型不对"):
        dated.REGISTRY[KEY].check("seven")
