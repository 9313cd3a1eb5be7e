"""Questions that are answered by SMS: whom one telephone was asked about, and who wants no more of them.

Rooms use them through `residents.messages`; what a reply means is the business of whoever asked.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from foundation.keys import uuid7
from residents import spreading
from residents.models import Channel, Delivery, MessageChoice, Notice, Resident
from residents.phones import phone_index

LEFT = (Delivery.Status.WAITING, Delivery.Status.SENT, Delivery.Status.DELIVERED)


def ask(
    *,
    resident_id: UUID,
    kind: str,
    subject_id: UUID,
    parameters: dict[str, str],
    now: datetime,
    template: str = "",
) -> bool:
    """Put a question into the outbox; the notice in the inbox is the caller's. Returns whether a telephone will ring.

    `template`: the text, where it is another one than the notice's kind has.

    By the same rules as every SMS: to the person's own number or the noted one, only where the person agreed to
    messages and did not refuse this kind.
    """
    notice = Notice(resident_id=resident_id, kind=kind, subject_id=subject_id, created_at=now)
    return bool(spreading.ask(notice, parameters, now, template))


def is_living(person: UUID) -> bool:
    """Whether there is anybody to ask."""
    return Resident.objects.filter(pk=person, deceased_on=None).exists()


def asked_on(index: bytes, template: str, since: datetime) -> list[UUID]:
    """About whom one number was asked since an instant, the newest first."""
    asked = Delivery.objects.filter(recipient_index=index, template=template, channel=Channel.SMS, status__in=LEFT)
    asked = asked.filter(Q(sent_at__gte=since) | Q(sent_at=None, created_at__gte=since)).order_by("-created_at")
    return list(dict.fromkeys(person for person in asked.values_list("resident_id", flat=True) if person))


def asked_on_the_phone_of(person: UUID, template: str, since: datetime) -> list[UUID]:
    """About whom the number that a message to this person would ring was asked."""
    number = spreading.number_of(person)
    return asked_on(phone_index(number), template, since) if number else []


def key_of(kind: str, person: UUID, subject_id: UUID) -> str:
    """By which the SMS of a question to this person is found in the outbox."""
    return spreading.key_of(kind, person, subject_id, Channel.SMS, person)


def sent_to(index: bytes, templates: Iterable[str]) -> QuerySet[Delivery]:
    """The SMS of these kinds that went, or are about to go, to one number."""
    return Delivery.objects.filter(recipient_index=index, template__in=templates, channel=Channel.SMS, status__in=LEFT)


def number_index(person: UUID) -> bytes:
    """By which the number that a message to this person rings is found; empty without one."""
    number = spreading.number_of(person)
    return phone_index(number) if number else b""


def stop_asking(people: Iterable[UUID], template: str, now: datetime) -> None:
    """No SMS of this kind to these persons any more; the inbox still has it, and they may change it there."""
    rows = [
        MessageChoice(id=uuid7(), resident_id=one, template=template, channel=Channel.SMS, wanted=False, changed_at=now)
        for one in people
    ]
    MessageChoice.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["resident", "template", "channel"],
        update_fields=["wanted", "changed_at"],
    )
