"""Kept pages in tests: what the county was set up with is made old, so that pages may be kept."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.db import connections
from django.test import Client

from foundation import clock
from foundation.middleware import reference_of
from foundation.rowsecurity import acting_as
from records.kept import leaves
from residents.models import AccessEvent, Consent, ReadTally, Resident

# What differs between two answers to the same question: secrets of one request, and how long the session lasts yet.
_OF_ONE_REQUEST = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken":"[^"]+"|data-session-seconds="\d+"'
    rb"|<time data-session.*?</time>"
)


def settle() -> None:
    """As if all of the county had been as it is for a day."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE records_countychange SET at = at - interval '1 day'")


def page(client: Client, address: str) -> bytes:
    """A page without what belongs to one request alone."""
    response = client.get(address)
    assert response.status_code == 200
    return _OF_ONE_REQUEST.sub(b"", response.content)


def stands(client: Client, address: str) -> bool:
    """Whether an answer was shown again, whatever its status."""
    leaf = leaves.leaf_of(client.get(address).wsgi_request)
    return leaf is not None and leaf.stands


@dataclass(frozen=True)
class Look:
    """One look at a page: what it said, whether it was shown again, and what it left in the log and in the tally."""

    text: bytes
    stood: bool
    lines: list[tuple[Any, ...]]
    tallies: int


def look(client: Client, address: str) -> Look:
    """Look at a page that opens."""
    response = client.get(address)
    assert response.status_code == 200
    leaf = leaves.leaf_of(response.wsgi_request)
    mine = {"reference": reference_of(response.wsgi_request)}
    columns = ("action", "actor_id", "resident_id", "subject_kind", "subject_id", "facility_id", "capacity", "purpose")
    with acting_as("worker"):
        lines = list(AccessEvent.objects.filter(**mine).values_list(*columns))
        tallies = ReadTally.objects.filter(**mine).count()
    return Look(_OF_ONE_REQUEST.sub(b"", response.content), leaf is not None and leaf.stands, lines, tallies)


def withdraw_consent(of: Resident, purpose: str) -> None:
    """The person takes a consent back."""
    with acting_as("owner"):
        Consent.objects.filter(resident=of, purpose=purpose).update(withdrawn_at=clock.now(), withdrawn_by=of.pk)


def held() -> dict[str, bytes]:
    """What the store of this process holds."""
    cache: Any = caches["pages"]
    return {key: bytes(value) for key, value in cache._cache.items()}


def shuffle() -> None:
    """Put each kept page under the key of another."""
    cache: Any = caches["pages"]
    keys = list(cache._cache)
    values = [cache._cache[key] for key in keys]
    for key, value in zip(keys, values[1:] + values[:1], strict=True):
        cache._cache[key] = value
