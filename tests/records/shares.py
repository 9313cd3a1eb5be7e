"""Shares for tests: written as the owner, with secrets that the test knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from records.models import Report, SharedReport, ShareLink, ShareOpening
from records.sharing import secrets
from records.sharing.secrets import Secrets
from residents.models import Account, Resident
from tests.factories import made

KEY = UUID("01900000-0000-7000-8000-0000000000aa")


def opens(by: Account, key: UUID = KEY) -> Secrets:
    """What opens the share that `share` makes."""
    return secrets.secrets_of(key, by.pk)


def share(
    of: Resident, by: Account, reports: Sequence[Report], key: UUID = KEY, at: datetime | None = None, **fields: Any
) -> ShareLink:
    """A share made now, good for a day."""
    at, known = at or timezone.now(), opens(by, key)
    link = ShareLink(
        resident=of,
        kind="recognition",
        code_hash=bytes(secrets.code_index(known.code)),
        link_hash=bytes(secrets.link_index(known.link)),
        form_hash=secrets.form_hash(key),
        created_by=by.pk,
        **{"created_at": at, "expires_at": at + timedelta(days=1), "attempts": 5} | fields,
    )
    link.pin_hash = bytes(secrets.pin_index(link.pk, known.pin))
    made(link)
    with acting_as("owner"):
        for number, report in enumerate(reports, 1):
            SharedReport.objects.create(resident=of, share=link, report=report, number=number)
    return link


def opening(of: ShareLink, token: str = "token") -> ShareOpening:
    """A browser that has opened a share."""
    now = timezone.now()
    until = now + timedelta(minutes=20)
    row = ShareOpening(resident_id=of.resident_id, share=of, token_hash=digest(token), opened_at=now, closes_at=until)
    return made(row)


def typed(client: Client, known: Secrets, reader: str = "", **other: str) -> Any:
    """What a doctor types, and the answer."""
    return client.post(reverse("records:shared"), {"code": known.code, "pin": known.pin, "reader": reader} | other)


def read(client: Client) -> str:
    """The page that an opened share shows."""
    response = client.get(reverse("records:shared_open"))
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def wrong(pin: str) -> str:
    """Another PIN."""
    return f"{(int(pin) + 1) % 10**6:06d}"


def new_key() -> str:
    """The key of a fresh form."""
    return str(uuid4())


def changed(row: Any, **fields: Any) -> None:
    """A row as its owner changes it."""
    with acting_as("owner"):
        type(row).objects.filter(id=row.id).update(**fields)
