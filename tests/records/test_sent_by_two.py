"""One report that two facilities send: listed once, each sender's own version a tap away."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from records.exchange.models import Source
from tests import factories
from tests.exchange.sending import deliver, observation, patient, report
from tests.people import People
from tests.records import rows
from tests.records.corrections import current, ids, text


@pytest.fixture
def twice(people: People) -> list[Source]:
    """The county's own feed, and the township's, which hands the county's reports on."""
    return [factories.source(people.county), factories.source(people.township)]


def of_county(**fields: Any) -> list[dict[str, Any]]:
    where: dict[str, Any] = {"performer": [{"type": "Organization", "display": "县人民医院"}]}
    flagged: dict[str, Any] = {"interpretation": [{"coding": [{"code": "H"}]}]}
    return [patient(), observation(**where, **flagged), report(**where, **fields)]


def test_both_senders_stand_on_the_page_each_a_tap_away(twice: list[Source], hers: Client) -> None:
    for source in twice:
        deliver(source, *of_county())
    (listed,), (folded,) = ids(folded_into=None), ids(folded_into__isnull=False)
    page = rows.read(hers, "report", listed)
    assert "县人民医院、河东镇卫生院都发来了这份报告" in text(page).replace(" ", "")
    assert reverse("records:report", args=[folded]) in page
    other = rows.read(hers, "report", folded)
    assert "列表里只列一份" in other and reverse("records:report", args=[listed]) in other and "5.60" in other


def test_lists_counts_and_the_filter_of_flagged_ones_hold_one(twice: list[Source], hers: Client) -> None:
    for source in twice:
        deliver(source, *of_county())
    for query in ({}, {"abnormal": "on"}):
        page = rows.read(hers, "reports", **query)
        listed = re.findall(r'href="/records/reports/[0-9a-f-]{36}/"', page)
        assert len(listed) == 1 and "共 1 份" in page


def test_a_report_from_one_sender_says_nothing_of_others(feed: Source, hers: Client) -> None:
    deliver(feed, *of_county())
    assert "都发来了" not in rows.read(hers, "report", current())
