"""What the tests of waiting and stopping stand on: people who wait, sweeps, and what is offered."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.test import Client

from appointments import stopping, turns, waiting
from appointments.models import Hold, Session, WaitlistEntry
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents.models import Account, Notice, Resident
from tests.appointments.scenes import TOMORROW, Clinic, viewer
from tests.factories import NOON


def join(
    client: Client,
    account: Account,
    to: Clinic,
    earliest: date = TOMORROW,
    latest: date = TOMORROW,
    now: datetime = NOON,
    **fields: Any,
) -> WaitlistEntry:
    """Begin to wait with this browser's session, the way the view does."""
    terms = {"only_this_doctor": False, "periods": []} | fields
    with seeing(client.session.get(TOKEN)):
        return waiting.join(
            session=to.session, viewer=viewer(account), earliest=earliest, latest=latest, now=now, **terms
        )


def sweep(now: datetime = NOON) -> int:
    with acting_as("worker"):
        return turns.ask_who_waits(now)


def offers(to: Resident | None = None) -> list[Hold]:
    """The live offers to those who wait, the earliest made first."""
    with acting_as("owner"):
        live = Hold.objects.filter(wait__isnull=False, ended_at=None).select_related("slot", "wait", "resident")
        return list((live.filter(resident=to) if to else live).order_by("made_at", "id"))


def entry(of: WaitlistEntry) -> WaitlistEntry:
    with acting_as("owner"):
        return WaitlistEntry.objects.get(pk=of.pk)


def told(who: Resident, kind: str) -> int:
    with acting_as("owner"):
        return Notice.objects.filter(resident=who, kind=kind).count()


def take(client: Client, account: Account, of: WaitlistEntry, hold: Hold, now: datetime = NOON, key: Any = None) -> Any:
    with seeing(client.session.get(TOKEN)):
        return waiting.take(entry=of, hold_id=hold.pk, viewer=viewer(account), form_key=key or uuid4(), now=now)


def decline(client: Client, account: Account, of: WaitlistEntry, hold: Hold, now: datetime = NOON) -> bool:
    with seeing(client.session.get(TOKEN)):
        return waiting.decline(entry=of, hold_id=hold.pk, viewer=viewer(account), now=now)


def stop(client: Client, session: Session, reason: str = "医生临时有事") -> int:
    with seeing(client.session.get(TOKEN)):
        return stopping.stop(session=session, reason=reason, address="127.0.0.1", reference="TEST")
