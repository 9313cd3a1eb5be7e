"""Who of the staff may come in, and the line their look leaves."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from facilities.querysets import workplace
from foundation import clock
from foundation.middleware import reference_of
from residents.access import address_of, record_staff_event
from residents.models import Account


def need(request: HttpRequest, permission: str) -> Account:
    """The staff account of this request; raises PermissionDenied when none of its roles allows `permission`."""
    account = request.user
    if not isinstance(account, Account) or not account.has_perm(permission):
        raise PermissionDenied
    return account


def record(
    request: HttpRequest, action: str, subject: Model | type[Model], facility_id: UUID | None = None, purpose: str = ""
) -> None:
    """One event about a row or a whole list, at `facility_id` or where its reader works."""
    account = request.user
    assert isinstance(account, Account)
    record_staff_event(
        account=account,
        action=action,
        now=clock.now(),
        subject=subject,
        facility_id=facility_id or workplace(account.pk),
        purpose=purpose,
        address=address_of(request),
        reference=reference_of(request),
    )
