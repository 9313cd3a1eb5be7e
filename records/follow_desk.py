"""Results out of range as whoever contacts people sees them: one at a time, each look and each deed written down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import connections
from django.db.models import Count, Q

from foundation.fields import Sealed, opened
from foundation.rowsecurity import asked, database
from records.models import FollowThrough
from residents.models import Account, Resident
from residents.openings import Origin

State = FollowThrough.State
Answer = Literal["done", "late"]


@dataclass(frozen=True)
class Person:
    """What is needed for one call: whom, by which numbers, about which results."""

    name: str
    phones: Sequence[str]
    items: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Figures:
    """How many matters of one facility are open, late, and how far they are; nobody's name."""

    facility: str
    open: int
    late: int
    waiting: int
    contacted: int
    booked: int


def read(case: FollowThrough, origin: Origin) -> Person | None:
    """One open matter with whom it is about, one line in the log; None for whoever may not call, or once it ended."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.read_follow_through(%s, %s, %s)", [case.pk, origin.address, origin.reference])
        row = cursor.fetchone()
    if row is None:
        return None
    resident, name, noted, account, verified, items = row
    numbers = [_phone(Account, account, verified), _phone(Resident, resident, noted)]
    told = json.loads(items) if isinstance(items, str) else items
    return Person(name, list(dict.fromkeys(number for number in numbers if number)), told)


def settle(case: FollowThrough, deed: str, why: str, seen: int, origin: Origin) -> Answer | None:
    """Write down what was done, having seen `seen` steps; None for whoever may not."""
    values = [case.pk, deed, why, seen, origin.address, origin.reference]
    answer: Answer | None = asked("SELECT app.settle_follow_through(%s, %s, %s, %s, %s, %s)", values)
    return answer


def figures(today: date) -> list[Figures]:
    """The open matters of each facility that this account works at, in numbers."""
    counted = FollowThrough.objects.filter(ended_at=None).values("facility__name").order_by("facility__name")
    rows = counted.annotate(
        open=Count("pk"),
        late=Count("pk", filter=Q(due_on__lt=today, state=State.WAITING)),
        waiting=Count("pk", filter=Q(state=State.WAITING)),
        contacted=Count("pk", filter=Q(state=State.CONTACTED)),
        booked=Count("pk", filter=Q(state=State.BOOKED)),
    )
    names = ("facility__name", "open", "late", "waiting", "contacted", "booked")
    return [Figures(*row) for row in rows.values_list(*names)]


def _phone(model: type[Account] | type[Resident], key: object, sealed: bytes | None) -> str:
    """A number as it was sealed for its row; nothing where there is none, or the county has lost the key to it."""
    if key is None or sealed is None:
        return ""
    holder = model.from_db(None, ["id", "phone"], [key, Sealed(bytes(sealed))])
    return opened(holder, "phone") or ""
