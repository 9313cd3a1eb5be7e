"""What a booking, a sold-out answer and a department's fortnight cost in statements, on the path that a browser takes.

Counted are all statements of the request beyond what every signed-in page pays. Processor time is in `make bench`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Booking
from foundation.rowsecurity import acting_as
from residents.models import Account
from tests.appointments.scenes import TODAY, Clinic, clinic, crowd, live, rule
from tests.budget import statements
from tests.people import People

SignedIn = Callable[[Account], Client]
# Session and account on the sign-in connection; the token of each transaction; one event where something was done.
DOOR, TOKEN, EVENT = 2, 1, 1


def texts(client: Client, slot: Any, key: Any = None) -> tuple[Any, list[str]]:
    """The answer to a form of the confirm page, and the statements that it took."""
    address = reverse("appointments:confirm", args=[slot.pk])
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["signin"]) as signin:
        answer = client.post(address, {"form_key": key or uuid4()})
    # A transaction sets its token below the layer that counts.
    begun = sum(query["sql"] == "BEGIN" for query in web.captured_queries)
    return answer, [*["token"] * begun, *statements(web), *statements(signin)]


def warm(morning: Clinic, signed_in: SignedIn) -> None:
    """Somebody books and somebody is refused, so that the county's settings are in this process's memory."""
    one, other = (signed_in(account) for account in crowd(2))
    for client in (one, other):
        texts(client, morning.slots[0])


def test_a_booking_takes_seven_statements_beyond_the_frame(people: People, signed_in: SignedIn) -> None:
    morning = clinic(people.township, places=1)
    warm(morning, signed_in)
    answer, asked = texts(signed_in(crowd(1)[0]), morning.slots[1])
    assert (answer.status_code, len(live(morning.slots[1]))) == (302, 1)
    assert len(asked) - DOOR - TOKEN - EVENT <= 7, asked


def test_a_sold_out_answer_takes_three_and_writes_nothing(people: People, signed_in: SignedIn) -> None:
    rule(people.township, window_days=9)
    morning = clinic(people.township, places=1)
    clinic(people.township, TODAY + timedelta(days=2), of=morning.department)
    warm(morning, signed_in)
    client = signed_in(crowd(1)[0])
    texts(client, morning.slots[0])
    answer, asked = texts(client, morning.slots[0])
    assert "刚刚约满" in answer.content.decode() and answer.content.decode().count('name="form_key"') == 3
    assert len(asked) - DOOR - TOKEN <= 3, asked
    assert [text for text in asked if not text.startswith(("SELECT", "token", "\nSELECT"))] == []


def test_a_sold_out_answer_never_waits_for_whoever_has_the_slot(people: People, signed_in: SignedIn) -> None:
    """Somebody holds the row of the slot and never lets go; the answer comes all the same."""
    morning = clinic(people.township, places=1)
    warm(morning, signed_in)
    client = signed_in(crowd(1)[0])
    with acting_as("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM appointments_slot WHERE id = %s FOR UPDATE", [morning.slots[0].pk])
        answer, _asked = texts(client, morning.slots[0])
        cursor.execute("ROLLBACK")
    assert "刚刚约满" in answer.content.decode()


def test_a_form_that_has_its_booking_is_not_told_that_all_is_gone(people: People, lan: Client) -> None:
    slot, key = clinic(people.township, places=1).slots[0], uuid4()
    first, _asked = texts(lan, slot, key)
    again, _asked = texts(lan, slot, key)
    mine = live(slot)[0]
    assert first.headers["Location"] == again.headers["Location"] == reverse("appointments:booking", args=[mine.pk])
    other, _asked = texts(lan, slot)
    assert other.status_code == 200 and other.context["booking_id"] == mine.pk
    with acting_as("owner"):
        assert Booking.objects.count() == 1


def test_a_departments_fortnight_takes_four_statements(people: People, client: Client) -> None:
    rule(people.township, window_days=14)
    department = clinic(people.township).department
    for day in range(2, 15):
        clinic(people.township, TODAY + timedelta(days=day), of=department)
    address = reverse("appointments:practitioners", args=[department.pk])
    client.get(address)
    with CaptureQueriesContext(connections["default"]) as web:
        assert client.get(address).status_code == 200
    assert len(statements(web)) <= 4, statements(web)
