"""A share of hers, what opens it, and a doctor's browser."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from records.models import Report, ShareLink
from records.sharing.secrets import Secrets
from tests.people import People
from tests.records import rows, shares

ITEM = {"name": "血红蛋白", "value_text": "98.6", "unit": "g/L", "range_text": "115-150", "flag": "low"}


@pytest.fixture
def report(people: People, feed: Any) -> Report:
    return rows.panel(people.helanfang, feed, timezone.now() - timedelta(days=1), ITEM, title="血常规甲")


@pytest.fixture
def share(people: People, report: Report) -> ShareLink:
    return shares.share(people.helanfang, people.helanfang_account, [report])


@pytest.fixture
def known(people: People, share: ShareLink) -> Secrets:
    return shares.opens(people.helanfang_account)


@pytest.fixture
def doctor() -> Client:
    """A browser at another hospital, nobody signed in."""
    return Client()
