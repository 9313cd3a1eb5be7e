"""The golden data set taken in through the real exchange, and the lines that it leaves."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from foundation.rowsecurity import acting_as
from portal.testdb import wipe
from records.exchange.models import Source
from records.exchange.retrying import sweep
from records.models import Observation, Release
from records.presenters.range_pictures import plain
from records.trends.reading import COLUMNS
from records.trends.results import Result
from records.trends.series import Trend, trend
from tests import factories
from tests.exchange.sending import deliver
from tests.factories import NOON

LATER = NOON + timedelta(minutes=5)


def taken_in(arrivals: Sequence[tuple[str, Any]], cuts: Sequence[int] = ()) -> dict[str, Source]:
    """An empty database in which these have arrived in this order, a run ended at each cut; the feeds by code."""
    wipe()
    county, town = factories.facility("COUNTY", "县人民医院", "county"), factories.facility("TOWN", "镇卫生院")
    feeds = {"county": factories.source(county, "county"), "town": factories.source(town, "town")}
    for start, end in zip([0, *cuts], [*cuts, len(arrivals)], strict=True):
        for code, some in groupby(arrivals[start:end], lambda one: one[0]):
            deliver(feeds[code], *(content for _, content in some))
    with acting_as("worker"):
        for _turn in range(2):
            sweep(LATER)
    return feeds


def results() -> list[Result]:
    """What a resident may read, copies of other feeds included, as `records.trends.reading` asks for it."""
    with acting_as("owner"):
        rows = Observation.objects.current().ordinary().filter(withdrawn_at=None, release=Release.RELEASED)
        return [Result(*row) for row in rows.values_list(*COLUMNS)]


def line_of(code: str) -> Trend:
    """The line of the newest listed result with this code."""
    known = results()
    mine = [row for row in known if row.code == code and not row.folded_into and row.value_number is not None]
    focus = max((row for row in mine if row.occurred_at), key=lambda row: str(row.occurred_at))
    alike = [row for row in known if row.code in focus.quantity.codes or row.name == focus.name]
    return trend(focus.id, alike)


def told(found: Trend) -> dict[str, Any]:
    """A line without our own keys."""
    with acting_as("owner"):
        feeds = dict(Source.objects.values_list("pk", "code"))
    return {
        "unit": found.focus.unit,
        "points": [
            (
                f"{timezone.localtime(point.at):%m-%d}",
                plain(point.value),
                _printed(point.result),
                sorted(feeds[one] for one in point.result.senders),
            )
            for point in found.points
        ],
        "apart": [(str(one.reason), one.detail, sorted(_printed(row) for row in one.results)) for one in found.apart],
    }


def _printed(row: Result) -> str:
    return f"{row.value_text} {row.unit}".strip()
