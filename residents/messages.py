"""How every room tells people something. The port, the outbox and the channels behind it are nobody else's business.

`notify` puts a line into a person's inbox; what leaves by SMS or WeChat, to the person and to whoever helps them, is
worked out by the worker's sweep. `send_code` puts a code into the outbox.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import router, transaction

from foundation.crypto import seal
from foundation.keys import uuid7
from residents import tasks
from residents.message_limits import KNOWN, staff_mail
from residents.models import Account, Channel, Delivery, Notice
from residents.phones import phone_index
from residents.spreading import key_of

CODES: dict[str, str] = {
    "sign_in": Delivery.Template.SIGN_IN_CODE,
    "registration": Delivery.Template.REGISTRATION_CODE,
    "phone_change": Delivery.Template.PHONE_CODE,
    "proof": Delivery.Template.PROOF_CODE,
    "helper": Delivery.Template.HELPER_CODE,
}
AT_THE_DOOR = frozenset(
    {
        Notice.Kind.NEW_DEVICE,
        Notice.Kind.PHONE_CHANGED,
        Notice.Kind.PASSWORD_CHANGED,
        Notice.Kind.ACCOUNT_OPENED,
        Notice.Kind.REGISTRATION_ATTEMPT,
    }
)


def notify(*, resident_id: UUID | None, kind: str, now: datetime, subject_id: UUID | None = None) -> None:
    """Tell a person that something is there, never what it says.

    Once for each (person, kind, subject), however often it is called; without a subject each call is news. Needs the
    right to see the person's identity, except for what happens at the door (`AT_THE_DOOR`), which is written over the
    sign-in connection and commits at once. There, and only there, `resident_id` may be None: nobody is told, and a row
    is written all the same, so that an unknown person costs what a known one does.
    """
    if kind in AT_THE_DOOR:
        _notify_at_the_door(resident_id, kind, subject_id or uuid7(), now)
        return
    if resident_id is None:
        raise ValueError("only a notice of the door may be about nobody")
    if subject_id and Notice.objects.filter(resident_id=resident_id, kind=kind, subject_id=subject_id).exists():
        return
    _write_notice(resident_id, kind, subject_id or uuid7(), now, router.db_for_write(Notice))


def notify_all(about: Sequence[tuple[UUID, UUID]], *, kind: str, now: datetime) -> None:
    """Like `notify` for many persons at once: of each a subject, once for each (person, kind, subject)."""
    alias = router.db_for_write(Notice)
    notices = [Notice(resident_id=who, kind=kind, subject_id=what, created_at=now) for who, what in about]
    if notices:
        Notice.objects.using(alias).bulk_create(notices, ignore_conflicts=True)
        transaction.on_commit(tasks.wake, using=alias, robust=True)


def notify_again(about: Sequence[tuple[UUID, UUID]], *, kind: str, now: datetime) -> None:
    """Like `notify_all`, where what had been said may have been taken back meanwhile: what was read is new again."""
    said = Notice.objects.filter(kind=kind, subject_id__in=[what for _who, what in about], read_at__isnull=False)
    said.update(read_at=None, created_at=now)
    notify_all(about, kind=kind, now=now)


def tell_staff(template: str, *, key: str, now: datetime) -> None:
    """Put a letter to the staff's address into the outbox, once for each key; nothing where there is no address."""
    address = staff_mail(now)
    if address:
        letter = Delivery(
            template=template,
            channel=Channel.EMAIL,
            recipient=address,
            parameters="{}",
            key=f"{template}:{key}",
            due_at=now,
        )
        alias = router.db_for_write(Delivery)
        Delivery.objects.using(alias).bulk_create([letter], ignore_conflicts=True)
        transaction.on_commit(tasks.wake, using=alias, robust=True)


def send_code(
    *, purpose: str, phone: str | None, code: str, now: datetime, voice: bool = False, known: bool = False
) -> None:
    """Put a code into the outbox, to be sent or, with `voice`, spoken within seconds.

    `purpose` is a key of `CODES`. Without a phone the same row is written, withheld, at the same cost. `known`: asked
    for inside a session or on a device that was here before, so that what strangers made leave is not counted.
    """
    key = uuid7()
    delivery = Delivery(
        id=key,
        template=CODES[purpose],
        channel=Channel.VOICE if voice else Channel.SMS,
        recipient=phone,
        parameters=json.dumps({"code": code}),
        key=f"{KNOWN if known else ''}{purpose}:{key}",
        status=Delivery.Status.WAITING if phone else Delivery.Status.WITHHELD,
        due_at=now,
    )
    _put_in(delivery)


def tell_former_phone(*, phone: str, kind: str, subject_id: UUID, now: datetime) -> None:
    """Tell the number an account had until now, which the inbox's own message no longer reaches.

    For `phone_changed` and `account_opened`: if it was a thief, this is where the owner hears of it.
    """
    key = f"former:{kind}:{subject_id}"
    _put_in(Delivery(template=kind, recipient=phone, parameters="{}", key=key, due_at=now))


def tell_noted_phone(*, resident_id: UUID, phone: str, kind: str, subject_id: UUID, now: datetime) -> None:
    """Tell the number a facility noted at once, in place of the sweep's own message about the same notice.

    The sweep would write to the account's number, which may be a thief's by the time a worker comes round.
    """
    key = key_of(kind, resident_id, subject_id, Channel.SMS, resident_id)
    _put_in(Delivery(template=kind, recipient=phone, parameters="{}", key=key, due_at=now))


def _notify_at_the_door(resident_id: UUID | None, kind: str, subject_id: UUID, now: datetime) -> None:
    if resident_id is not None:
        _write_notice(resident_id, kind, subject_id, now, router.db_for_write(Account))
        return
    nobody = Delivery.Status.WITHHELD
    _put_in(Delivery(template=kind, parameters="{}", key=f"{kind}:{subject_id}", status=nobody, due_at=now))


def _write_notice(resident_id: UUID, kind: str, subject_id: UUID, now: datetime, alias: str) -> None:
    notice = Notice(resident_id=resident_id, kind=kind, subject_id=subject_id, created_at=now)
    Notice.objects.using(alias).bulk_create([notice], ignore_conflicts=True)
    transaction.on_commit(tasks.wake, using=alias, robust=True)


def _put_in(delivery: Delivery) -> None:
    """Write a message over the sign-in connection, which commits at once; the web login has no outbox."""
    if delivery.recipient is None:  # sealing and indexing take their time for nobody, too
        seal(b"0" * 11, Delivery._meta.db_table.encode())
        phone_index("0" * 11)
    alias = router.db_for_write(Account)
    delivery.save(using=alias, force_insert=True)
    transaction.on_commit(tasks.wake, using=alias, robust=True)
