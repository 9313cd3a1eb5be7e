"""From the inbox to the outbox: for each notice nobody was told of yet, whom to tell by which channel.

Whoever writes a notice (an action, or a function of the database) writes nothing else. The sweep takes untold notices
in batches, locked, and notes in the same transaction that they were told, so two sweeps never tell twice and one that
dies tells again.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, router, transaction

from foundation.crypto import CannotOpen, digest
from foundation.fields import Sealed
from foundation.rowsecurity import database
from residents import messages_port as port
from residents.authorities.binding import openids_of
from residents.message_limits import stale_after
from residents.message_texts import CHOSEN
from residents.models import Account, Binding, Channel, Consent, Delivery, MessageChoice, Notice, Resident
from residents.models.consent import Purpose

A_BATCH = 100
FAMILY = Delivery.Template.FAMILY_NOTICE


@dataclass
class Audience:
    """What is known about the persons of a batch and their helpers, asked once for all of them."""

    living: set[UUID]
    delegates: dict[UUID, list[UUID]]
    phones: dict[UUID, str] = field(default_factory=dict, repr=False)
    openids: dict[UUID, str] = field(default_factory=dict, repr=False)
    agreed: set[UUID] = field(default_factory=set)
    refused: set[tuple[UUID, str, str]] = field(default_factory=set)
    instead: dict[UUID, UUID] = field(default_factory=dict)

    def wants(self, person: UUID, template: str, channel: str) -> bool:
        """Whether a person is told by this channel: what was agreed to and not refused, or what keeps them safe."""
        if template not in CHOSEN:
            return True
        return person in self.agreed and (person, template, channel) not in self.refused


def spread(now: datetime) -> int:
    """Put the messages for the oldest untold notices into the outbox; returns how many notices those were."""
    with transaction.atomic(using=router.db_for_write(Notice)):
        notices = list(Notice.objects.untold().select_for_update(skip_locked=True)[:A_BATCH])
        if notices:
            fresh = now - stale_after(now)
            told = [notice for notice in notices if notice.created_at > fresh or notice.kind not in CHOSEN]
            audience = _audience({notice.resident_id for notice in told})
            audience.instead = dict(_ask("SELECT notice, delegate FROM app.told_through(%s)", [row.pk for row in told]))
            rows = [row for notice in told for row in _messages(notice, audience, now)]
            Delivery.objects.bulk_create(rows, ignore_conflicts=True)
            Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(told_at=now)
    return len(notices)


def ask(notice: Notice, parameters: dict[str, str], now: datetime, template: str = "") -> str:
    """Put a question that is answered by SMS into the outbox, in place of the sweep's own message about the notice.

    `template`: the text, where it is another one than the notice's kind has. Returns the number it goes to; nothing
    where the person is not asked by SMS. To be called in the transaction that writes the notice.
    """
    audience = _audience({notice.resident_id})
    if notice.resident_id not in audience.living:
        return ""
    for row in _to(notice.resident_id, notice, notice.kind, audience, now):
        if row.channel == Channel.SMS:
            row.parameters = json.dumps(parameters, ensure_ascii=False)
            row.template = template or notice.kind
            Delivery.objects.bulk_create([row], ignore_conflicts=True)
            return row.recipient or ""
    return ""


def number_of(person: UUID) -> str:
    """Where an SMS to a person would go: the account's verified number, else the noted one; nothing without any."""
    return _audience({person}).phones.get(person, "")


def _messages(notice: Notice, audience: Audience, now: datetime) -> Iterator[Delivery]:
    """One message for the person on each channel they want, one for each helper who asked to be told."""
    if notice.resident_id not in audience.living:
        return
    helpers = audience.delegates.get(notice.resident_id, [])
    chosen = audience.instead.get(notice.pk)
    # Who helps no longer, or cannot be reached, is no reason to tell nobody: then the person is told.
    told = list(_to(chosen, notice, FAMILY, audience, now)) if chosen in helpers else []
    yield from told or _to(notice.resident_id, notice, notice.kind, audience, now)
    rung = audience.phones.get(chosen if chosen and told else notice.resident_id)
    for helper in helpers:
        if helper != chosen and (rung is None or audience.phones.get(helper) != rung):  # a shared phone rings once
            yield from _to(helper, notice, FAMILY, audience, now)


def _to(person: UUID, notice: Notice, template: str, audience: Audience, now: datetime) -> Iterator[Delivery]:
    for channel, addresses in ((Channel.SMS, audience.phones), (Channel.WECHAT, audience.openids)):
        address = addresses.get(person)
        if address and audience.wants(person, template, channel):
            yield Delivery(
                template=template,
                channel=channel,
                recipient=address,
                resident_id=person,
                parameters="{}",
                key=key_of(notice.kind, notice.resident_id, notice.subject_id or notice.pk, channel, person),
                due_at=now,
            )


def key_of(kind: str, about: UUID, subject: UUID, channel: str, told: UUID) -> str:
    """By which a message about a notice leaves once, whoever puts it into the outbox first."""
    return digest(f"{kind}:{about}:{subject}:{channel}:{told}").hex()


def _audience(persons: set[UUID]) -> Audience:
    delegates: dict[UUID, list[UUID]] = defaultdict(list)
    for person, helper in _ask("SELECT resident_id, delegate_id FROM app.message_delegates(%s)", persons):
        delegates[person].append(helper)
    everybody = persons.union(*delegates.values())
    people = {row.pk: row for row in Resident.objects.filter(pk__in=everybody, deceased_on=None).only("phone")}
    accounts = _ask("SELECT resident_id, account_id, phone FROM app.message_addresses(%s)", everybody)
    audience = Audience(living=set(people), delegates=delegates)
    audience.phones = _phones(people, accounts) if port.sms().available else {}
    audience.openids = _openids(accounts) if port.wechat().available else {}
    audience.agreed = set(
        Consent.objects.live()
        .filter(resident_id__in=everybody, purpose=Purpose.MESSAGES)
        .values_list("resident_id", flat=True)
    )
    refused = MessageChoice.objects.refused().filter(resident_id__in=everybody)
    audience.refused = set(refused.values_list("resident_id", "template", "channel"))
    return audience


def _phones(people: dict[UUID, Resident], accounts: list[tuple[UUID, UUID, bytes | None]]) -> dict[UUID, str]:
    """The verified number of the account, else the one a facility noted; nothing for one that cannot be opened."""
    found: dict[UUID, str] = {}
    for person, resident in people.items():
        if number := _opened(resident):
            found[person] = number
    for person, account, sealed in accounts:
        if sealed is not None and person in people:
            holder = Account.from_db(None, ["id", "phone"], [account, Sealed(bytes(sealed))])
            found[person] = _opened(holder) or found.get(person, "")
    return found


def _openids(accounts: list[tuple[UUID, UUID, bytes | None]]) -> dict[UUID, str]:
    """Who bound the county's official account."""
    holders = {account: person for person, account, _phone in accounts}
    opened = {holders[binding.account_id]: _subject(binding) for binding in openids_of(holders)}
    return {person: openid for person, openid in opened.items() if openid}


def _opened(holder: Resident | Account) -> str:
    try:
        return holder.phone or ""
    except CannotOpen:
        return ""


def _subject(binding: Binding) -> str:
    try:
        return binding.subject
    except CannotOpen:
        return ""


def _ask(statement: str, persons: Iterable[UUID]) -> list[Any]:
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, [list(persons)])
        return list(cursor.fetchall())
