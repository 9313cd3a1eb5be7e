"""What the tests of reminders stand on: telephones, sweeps, and what left or came back."""

import json
from datetime import datetime, timedelta

from django.test import Client

from appointments import reminders
from appointments.models import Booking, CallBack, Reminder
from foundation.rowsecurity import acting_as
from residents import answers, replies
from residents.messages_port import Reply
from residents.models import Account, Delivery, MessageChoice, Resident, SmsReply
from tests.appointments.scenes import TOMORROW, book, clinic
from tests.factories import NOON
from tests.people import People

LAN_PHONE, OTHER_PHONE = "19900000001", "19900000099"


def remind(now: datetime = NOON) -> int:
    with acting_as("worker"):
        return reminders.remind(now)


def reply(text: str, phone: str = LAN_PHONE, key: str = "", now: datetime = NOON) -> str:
    """One SMS comes in and is read; returns what it was understood as."""
    with acting_as("owner"):
        key = key or f"m{SmsReply.objects.count()}"
    with acting_as("worker"):
        replies.keep([Reply(key, phone, text)], now)
        answers.read(now)
    with acting_as("owner"):
        return str(SmsReply.objects.get(provider_id=key).meaning)


def texts(phone: str = LAN_PHONE, *, beginning: str = "") -> list[tuple[str, dict[str, str]]]:
    """What is in the outbox for a number, as it was put there."""
    with acting_as("owner"):
        rows = [row for row in Delivery.objects.order_by("id") if row.recipient == phone]
        return [(r.template, json.loads(r.parameters)) for r in rows if r.template.startswith(beginning)]


def state(booking: Booking) -> Booking:
    with acting_as("owner"):
        return Booking.objects.select_related("slot", "session").get(pk=booking.pk)


def reminders_of(booking: Booking) -> list[Reminder]:
    with acting_as("owner"):
        return list(Reminder.objects.filter(booking=booking).order_by("asked_at", "id"))


def calls() -> list[CallBack]:
    with acting_as("owner"):
        return list(CallBack.objects.order_by("asked_at", "id"))


def refused() -> set[tuple[str, str]]:
    with acting_as("owner"):
        return set(MessageChoice.objects.filter(wanted=False).values_list("template", "channel"))


def share_the_phone(of: Resident, account: Account, phone: str = LAN_PHONE) -> None:
    """`of` has no number of their own: a facility noted somebody else's."""
    with acting_as("owner"):
        person = Resident.objects.get(pk=of.pk)
        person.phone = phone or None
        person.save()
        Account.objects.filter(pk=account.pk).update(phone_verified_at=None)


def booked(client: Client, account: Account, people: People, hours_ago: float = 12) -> Booking:
    """A visit tomorrow morning at the township, booked long enough ago to be reminded of."""
    return book(client, account, clinic(people.township, TOMORROW).slot, NOON - timedelta(hours=hours_ago))
