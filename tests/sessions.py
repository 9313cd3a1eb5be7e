"""The database as one browser's session sees it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.test import Client

from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing


@contextmanager
def session_of(client: Client) -> Iterator[None]:
    """A transaction as the web login sees it for this browser's session."""
    with seeing(client.session.get(TOKEN)), transaction.atomic():
        yield
