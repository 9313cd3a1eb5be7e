"""Own entries as tests write and read them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from records.models import OwnEntry
from residents.models import Account, Resident
from tests.factories import NOON, made


def kept(of: Resident, by: Account, at: datetime = NOON, **fields: Any) -> OwnEntry:
    """An entry as the owner stores it: a blood pressure unless told otherwise."""
    told = {"kind": "pressure", "systolic": 128, "diastolic": 78} if "kind" not in fields else {}
    return made(OwnEntry(**_row(of, by, at, **told | fields)))


def many(of: Resident, by: Account, count: int, **fields: Any) -> None:
    """So many blood pressures, one an hour, the newest at noon."""
    told = {"kind": "pressure", "systolic": 128, "diastolic": 78} | fields
    with acting_as("owner"):
        OwnEntry.objects.bulk_create(
            [OwnEntry(**_row(of, by, NOON - timedelta(hours=n), **told)) for n in range(count)]
        )


def _row(of: Resident, by: Account, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "resident": of,
        "form_key": uuid7(),
        "measured_at": at,
        "entered_at": at,
        "entered_by": by.pk,
        "entered_name": by.name,
    } | fields


def typed(client: Client, kind: str = "pressure", **fields: Any) -> Any:
    """The answer to a form, as a blood pressure unless told otherwise."""
    said = {"systolic": "128", "diastolic": "78"} if kind == "pressure" else {}
    address = reverse("records:own_new", args=[kind])
    return client.post(address, {"form_key": str(uuid4())} | said | fields)


def entries() -> list[OwnEntry]:
    """All there are, in the order of writing."""
    with acting_as("owner"):
        return list(OwnEntry.objects.order_by("entered_at", "id"))


def said_to(answer: Any) -> str:
    """The text of a page that was given back."""
    assert answer.status_code == 200
    return str(answer.content.decode())
