"""What a report that is kept at the facility holds is not told by another report either."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records import rows

WHITE_CELLS = {"code_system": "http://loinc.org", "code": "6690-2"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [({}, "66.6"), ({"sensitivity": 5, "release": "withheld"}, "55.5"), ({"release": "withheld"}, "55.5")],
)
def test_the_value_before_is_never_one_of_a_report_kept_back(
    people: People, signed_in: Callable[[Account], Client], fields: dict[str, Any], told: str
) -> None:
    lan, feed = people.helanfang, factories.source(people.county)
    for days, value, more in ((60, "55.5", {}), (30, "66.6", fields)):
        at = NOON - timedelta(days=days)
        factories.observation(lan, feed, "白细胞", at, identifier=f"w{days}", value_text=value, **WHITE_CELLS)
        factories.report(lan, feed, "检查", at, item_identifiers=[f"w{days}"], **more)
    factories.observation(lan, feed, "白细胞", NOON, identifier="w0", **WHITE_CELLS)
    newest = factories.report(lan, feed, "血常规", NOON, item_identifiers=["w0"])
    page = rows.read(signed_in(people.helanfang_account), "report", newest.pk)
    assert {value for value in ("55.5", "66.6") if value in page} == {told}
