"""A line of the log holds no address that opens something."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

PLACES = ["health_link", "health_link_file", "taken_once", "shared_link", "verify"]


@pytest.fixture
def line() -> Callable[[logging.LogRecord], str]:
    """What the settings make of one record."""
    told: dict[str, Any] = settings.LOGGING
    known = {name: dict(one) for name, one in told["filters"].items()}
    filters = [import_string(known[name].pop("()"))(**known[name]) for name in told["handlers"]["console"]["filters"]]
    form = logging.Formatter(told["formatters"]["line"]["format"], style="{")

    def written(record: logging.LogRecord) -> str:
        assert all(one.filter(record) for one in filters)
        return form.format(record)

    return written


@pytest.mark.parametrize("place", PLACES)
def test_a_refusal_keeps_its_address_without_the_secret(
    place: str, db: None, caplog: pytest.LogCaptureFixture, line: Callable[[logging.LogRecord], str]
) -> None:
    address = reverse(f"records:{place}", args=["sEcReT-" + "x" * 36])
    Client().delete(address)
    lines = [line(record) for record in caplog.records]
    assert any(address.split("sEcReT")[0] in one for one in lines) and "sEcReT" not in "".join(lines)


def test_another_address_is_kept_as_it_is(line: Callable[[logging.LogRecord], str]) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", ("/records/reports/",), None)
    assert line(record).endswith("Not Found: /records/reports/")
