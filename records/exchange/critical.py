"""Critical results, as whoever calls about them sees them: one at a time, each look and each deed written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import connections

from foundation.fields import Sealed, opened
from foundation.rowsecurity import asked, database
from records.exchange.models import CriticalCase
from residents.models import Account, Resident
from residents.openings import Origin

READ = "exchange.read_critical"
Answer = Literal["done", "late"]


@dataclass(frozen=True)
class Caller:
    """What is needed for one call: whom, by which numbers, about what; `home` is where the case can be handed to."""

    name: str
    phones: list[str]
    home: str
    item: str
    value: str
    unit: str
    range_text: str
    flag: str
    measured_at: datetime | None


def read(case: CriticalCase, origin: Origin) -> Caller | None:
    """One open case with whom it is about, one line in the log; None for whoever may not call, or once it ended."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.read_critical(%s, %s, %s)", [case.pk, origin.address, origin.reference])
        row = cursor.fetchone()
    if row is None:
        return None
    resident, name, noted, account, verified, home, item, value, unit, span, flag, measured_at = row
    numbers = [_phone(Account, account, verified), _phone(Resident, resident, noted)]
    return Caller(
        name=name,
        phones=list(dict.fromkeys(number for number in numbers if number)),
        home=home or "",
        item=item,
        value=value,
        unit=unit,
        range_text=span,
        flag=flag,
        measured_at=measured_at,
    )


def settle(case: CriticalCase, deed: str, reached: str, advice: str, seen: int, origin: Origin) -> Answer | None:
    """Write down a call, having seen `seen` of them; "told" opens the result at once. None for whoever may not."""
    values = [case.pk, deed, reached, advice, seen, origin.address, origin.reference]
    answer: Answer | None = asked("SELECT app.settle_critical(%s, %s, %s, %s, %s, %s, %s)", values)
    return answer


def _phone(model: type[Account] | type[Resident], key: object, sealed: bytes | None) -> str:
    """A number as it was sealed for its row; nothing where there is none, or the county has lost the key to it."""
    if key is None or sealed is None:
        return ""
    holder = model.from_db(None, ["id", "phone"], [key, Sealed(bytes(sealed))])
    return opened(holder, "phone") or ""
