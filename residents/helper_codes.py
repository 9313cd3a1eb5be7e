"""A one-time helper code sent to the person's own phone, asked for at the desk by somebody whose phone shows no pages.

The person reads it out to the helper. Staff never learn whether there is such a person or a phone: the same sentence
and the same statements for everybody; the request is in the person's access log.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connections, transaction

from foundation.crypto import digest
from foundation.dated import register, setting
from foundation.rowsecurity import database
from residents import lockout, messages
from residents.documents import Document
from residents.models import Account
from residents.openings import Origin
from residents.presence import SPOKEN_MINUTES, hash_of, new_spoken_code
from residents.registration.limits import DORMANT_DAYS
from residents.registration.sealing import opened_from
from residents.registration.signing_up import every

PER_PERSON = register(
    "access.helper_codes_per_number",
    [[1, 1], [3, 60], [5, 1440]],
    "同一机构为同一证件号码发送帮办码的上限（每项为：次数、分钟）",
)
PER_HELPER = register(
    "access.helper_codes_per_helper",
    [[20, 60], [60, 1440]],
    "同一工作人员请系统发送帮办码的上限（每项为：次数、分钟）",
)
TO_PHONE = (
    "SELECT login, sealed_phone FROM app.spoken_to_phone"
    "(%s, %s::bytea[], %s, %s::bytea, %s::timestamptz, %s::timestamptz, %s::inet, %s)"
)


def send(*, document: Document, facility_id: UUID, helper: UUID, by_voice: bool, now: datetime, origin: Origin) -> None:
    """Send a code to the proved phone of the document's person, where it is theirs alone; else to nobody.

    Raises lockout.Locked when there were too many for the number here, or by this helper.
    """
    # For each facility: one desk's tries are not another's, and are fewer than what a number may be sent in all.
    number = digest(f"{facility_id} {document.kind.value} {bytes(document.index).hex()}").hex()
    lockout.Ticket([lockout.Counter(number, PER_PERSON), lockout.Counter(str(helper), PER_HELPER)], now).take()
    code = new_spoken_code()
    phone = _phone_for(document, facility_id, code, now, origin)
    messages.send_code(purpose="helper", phone=phone, code=code, now=now, voice=by_voice, known=True)


def _phone_for(document: Document, facility_id: UUID, code: str, now: datetime, origin: Origin) -> str | None:
    """The phone that the code goes to, the code being kept; None where there is none to trust."""
    values: list[Any] = [
        document.kind.value,
        every(document.index),
        facility_id,
        hash_of(code),
        now + timedelta(minutes=setting(SPOKEN_MINUTES, now)),
        now - timedelta(days=int(setting(DORMANT_DAYS, now))),
        origin.address,
        origin.reference,
    ]
    try:
        with transaction.atomic(using=database()), connections[database()].cursor() as cursor:
            cursor.execute(TO_PHONE, values)
            found = cursor.fetchone()
    except IntegrityError:  # a code that is in use, which has never happened: nothing is sent, and one asks again
        return None
    return opened_from(Account, "phone", found[0], bytes(found[1])) if found else None
