"""Changing the phone of one's own account."""

from datetime import datetime

from django.http import HttpRequest

from foundation.keys import uuid7
from residents import actions
from residents.messages import notify, tell_former_phone
from residents.models import Account, Notice


def change_phone(*, account: Account, phone: str, request: HttpRequest, address: str, now: datetime) -> None:
    """Give the account a proved number. The inbox and the former number hear of it; other sign-ins end."""
    change, own = uuid7(), Account.objects.get(pk=account.pk)
    former = own.phone
    own.phone, own.phone_verified_at = phone, now
    own.save(update_fields=["phone", "phone_index", "phone_verified_at"])
    actions.end_other_sessions(account=own, keep=request.session.session_key)
    actions.record_own_deed(account=own, action="residents.changed_phone", request=request, address=address, now=now)
    notify(resident_id=own.resident_id, kind=Notice.Kind.PHONE_CHANGED, subject_id=change, now=now)
    if former and former != phone:
        tell_former_phone(phone=former, kind=Notice.Kind.PHONE_CHANGED, subject_id=change, now=now)
