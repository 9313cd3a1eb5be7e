"""Deeds of this room: telling people, signing in and out, how the pages look."""

import json
from datetime import datetime
from uuid import UUID

from django.db import router, transaction
from django.http import HttpRequest

from foundation.crypto import digest
from foundation.keys import uuid7
from residents import tasks
from residents.access import Viewer
from residents.messages_port import sms
from residents.models import AccessEvent, Account, AccountSession, Delivery, Notice, Resident


@transaction.atomic
def notify(resident_id: UUID, kind: str, subject_id: UUID, now: datetime) -> None:
    """Tell a person that something is there, never what it says: a line in the inbox and, with a phone, an SMS.

    Once for each (person, kind, subject), however often it is called. Needs the right to see the person: the person's
    own session, or the worker.
    """
    if Notice.objects.filter(resident_id=resident_id, kind=kind, subject_id=subject_id).exists():
        return
    notice = Notice(resident_id=resident_id, kind=kind, subject_id=subject_id, created_at=now)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    person = Resident.objects.filter(pk=resident_id, deceased_on=None).only("phone").first()
    if person is None or not person.phone or not sms().available:
        return
    key = digest(f"{kind}:{resident_id}:{subject_id}").hex()
    delivery = Delivery(template=kind, phone=person.phone, parameters="{}", key=key, due_at=now)
    Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
    transaction.on_commit(tasks.wake, robust=True)


def send_sign_in_code(*, phone: str | None, code: str, now: datetime) -> None:
    """Put a sign-in code into the outbox; without a phone the same row is written, withheld, at the same cost."""
    key = uuid7()
    delivery = Delivery(
        id=key,
        template=Delivery.Template.SIGN_IN_CODE,
        phone=phone,
        parameters=json.dumps({"code": code}),
        key=f"sign_in_code:{key}",
        status=Delivery.Status.WAITING if phone else Delivery.Status.WITHHELD,
        due_at=now,
    )
    # Nobody is signed in yet, so the row goes the way the account was found; that connection commits at once.
    alias = router.db_for_write(Account)
    delivery.save(using=alias, force_insert=True)
    transaction.on_commit(tasks.wake, using=alias, robust=True)


def record_own_deed(*, account: Account, action: str, request: HttpRequest, address: str, now: datetime) -> None:
    """Write into the access log that an account signed in or changed its password.

    Over the sign-in connection: at that moment the session's token does not open the row's own policy yet.
    """
    AccessEvent.objects.using(router.db_for_write(Account)).create(
        at=now,
        actor_id=account.pk,
        actor_name=account.name,
        resident_id=account.resident_id,
        action=action,
        address=address,
        reference=getattr(request, "reference", ""),
    )


def end_other_sessions(*, account: Account, keep: str | None) -> int:
    """End every session of the account but the one whose key is `keep`; their tokens die with them."""
    others = AccountSession.objects.filter(account=account).exclude(pk=digest(keep or ""))
    return others.delete()[0]


def choose_display(*, account: Account, mode: str) -> None:
    """Remember standard or 长辈版 for the account."""
    Account.objects.filter(pk=account.pk).update(display_mode=mode)


def mark_read(*, viewer: Viewer, notice: Notice, now: datetime) -> None:
    """Note when a line of the inbox was first opened."""
    Notice.objects.visible_to(viewer).unread().filter(pk=notice.pk).update(read_at=now)


def mark_all_read(*, viewer: Viewer, now: datetime) -> int:
    """Note that every unread line of the inbox was opened; returns how many."""
    return Notice.objects.visible_to(viewer).unread().update(read_at=now)
