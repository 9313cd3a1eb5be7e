"""Who is looking, and the one line each look leaves in the access log."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foundation import prepared
from foundation.middleware import reference_of
from residents.acting import acting_of
from residents.models import AccessEvent, Account
from residents.models.access import Capacity


@dataclass(frozen=True)
class Viewer:
    """An account looking at one person: usually its own. Rooms filter by `resident_id`; row-level security agrees.

    `capacity` is one of `residents.models.access.Capacity`; `opening_id` and `facility_id` are those of a staff
    member's opening.
    """

    account_id: UUID
    name: str
    resident_id: UUID
    address: str | None
    reference: str
    capacity: str = Capacity.SELF
    opening_id: UUID | None = None
    facility_id: UUID | None = None

    @property
    def is_self(self) -> bool:
        """Whether somebody looks at what is their own."""
        return self.capacity == Capacity.SELF


def viewer_of(request: HttpRequest) -> Viewer:
    """The viewer of a person's page: whoever the session acts for, else oneself.

    Raises PermissionDenied for a staff account that has nobody opened.
    """
    acting = acting_of(request)
    if acting is None:
        return own_viewer_of(request)
    return _viewer(request, acting.resident_id, acting.capacity, acting.opening_id, acting.facility_id)


def own_viewer_of(request: HttpRequest) -> Viewer:
    """Oneself, whomever the session acts for: for one's consents, delegations and account.

    Raises PermissionDenied for an account that is no resident's.
    """
    account = request.user
    if not isinstance(account, Account) or account.resident_id is None:
        raise PermissionDenied(_("这个页面只对居民本人开放。"))
    return _viewer(request, account.resident_id, Capacity.SELF)


def clerk_of(request: HttpRequest, *, about: UUID, facility_id: UUID | None) -> Viewer:
    """The signed-in member of staff at work on papers about a person whom nobody has opened."""
    return _viewer(request, about, Capacity.STAFF, facility_id=facility_id)


def _viewer(
    request: HttpRequest,
    resident_id: UUID,
    capacity: str,
    opening_id: UUID | None = None,
    facility_id: UUID | None = None,
) -> Viewer:
    account = request.user
    assert isinstance(account, Account)
    return Viewer(
        account_id=account.pk,
        name=account.name,
        resident_id=resident_id,
        address=address_of(request),
        reference=reference_of(request),
        capacity=capacity,
        opening_id=opening_id,
        facility_id=facility_id,
    )


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: the client's address, seen through as many proxies as TRUSTED_PROXY_COUNT says."""
    address: str = get_adapter().get_client_ip(request)
    return address


def record_event(
    *,
    viewer: Viewer,
    action: str,
    now: datetime,
    subject: Model | None = None,
    facility_id: UUID | None = None,
    purpose: str = "",
) -> None:
    """Write who did what about whom, in the reader's own transaction (the house, section 7, point 8).

    `action` is `room.deed`, e.g. `records.read_report`; never names a value, a diagnosis or a document number.
    `facility_id` is the facility the thing belongs to; an act of staff is written where they stand instead.
    """
    event = AccessEvent(
        at=now,
        actor_id=viewer.account_id,
        actor_name=viewer.name,
        resident_id=viewer.resident_id,
        facility_id=viewer.facility_id or facility_id,
        action=action,
        subject_kind=subject._meta.label_lower if subject is not None else "",
        subject_id=str(getattr(subject, "id", "")) if subject is not None else "",
        purpose=purpose,
        capacity=viewer.capacity,
        opening_id=viewer.opening_id,
        address=viewer.address,
        reference=viewer.reference,
    )
    prepared.insert(event)


def record_staff_event(
    *,
    account: Account,
    action: str,
    now: datetime,
    subject: Model | type[Model],
    resident_id: UUID | None = None,
    facility_id: UUID | None = None,
    purpose: str = "",
    address: str | None = None,
    reference: str = "",
) -> None:
    """Write what a staff member did to a row, or that they read a list (`subject` is then the model).

    The database takes the event only from the account's own session. `purpose` may name fields, never values.
    """
    AccessEvent.objects.create(
        at=now,
        actor_id=account.pk,
        actor_name=account.name,
        resident_id=resident_id,
        facility_id=facility_id,
        action=action,
        subject_kind=subject._meta.label_lower,
        subject_id=str(getattr(subject, "id", "")) if isinstance(subject, Model) else "",
        purpose=purpose,
        capacity=Capacity.STAFF,
        address=address,
        reference=reference,
    )
