"""What the tests of corrected, moved and repeated reports ask again and again."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from records.models import Report
from tests.exchange.sending import at_utc, versioned


def at(hour: int, *resources: dict[str, Any]) -> list[dict[str, Any]]:
    """These resources as their sender had them at that hour."""
    return [versioned(resource, updated=at_utc(hour)) for resource in resources]


def ids(**wanted: Any) -> list[Any]:
    """The keys of reports, oldest first."""
    with acting_as("owner"):
        return list(Report.objects.filter(**wanted).order_by("id").values_list("pk", flat=True))


def current() -> Any:
    """The key of the one report there is, in its newest version."""
    (only,) = ids(superseded_at=None)
    return only


def text(page: str) -> str:
    """A page without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def status(client: Client, name: str, *args: Any) -> int:
    """How a page answers."""
    return client.get(reverse(f"records:{name}", args=args)).status_code
