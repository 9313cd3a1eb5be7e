"""A front-end machine for each test, and pulling from it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents, translators
from records.exchange.models import Pull, Source, StoredFile
from records.exchange.pulling import pull
from records.exchange.tables import translate
from tests import factories
from tests.exchange.sqlviews.frontend import COLUMNS, PASSWORD, FrontEnd, front_end
from tests.factories import NOON

VARIABLE = "FACILITY_TOKEN_FRONTEND"
OPTIONS = {
    "view": "检验视图",
    "watermark": "修改时间",
    "key": "行号",
    "tls": "off",
    "columns": {"columns": COLUMNS},
}
Made = Callable[..., Source]


@pytest.fixture
def machine() -> Iterator[FrontEnd]:
    """A front-end machine without results."""
    with front_end() as made:
        yield made


@pytest.fixture
def view(machine: FrontEnd, county: Facility, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Makes the feed that reads the view; keywords change its options."""
    monkeypatch.setitem(translators.TRANSLATORS, StoredFile.Layout.TABLE, translate)
    monkeypatch.setenv(VARIABLE, PASSWORD)

    def make(fields: dict[str, Any] | None = None, **options: Any) -> Source:
        given = {"kind": "sql_view", "address": machine.address, "credential": VARIABLE}
        given |= {"allowed_hosts": [f"127.0.0.1:{machine.port}"], "options": OPTIONS | options}
        return factories.source(county, "county-view", **(given | (fields or {})))

    return make


def pulled(feed: Source, now: datetime = NOON, **options: Any) -> Pull:
    with acting_as("worker"):
        return pull(feed.pk, clock=lambda: now, **options)


def translated(feed: Source) -> Pull:
    with acting_as("worker"):
        return documents.translate(feed.pk, clock=lambda: NOON)
