"""What the staff's pages about people share: who may come in, from where, and how a person is opened."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from facilities.roles import TREATING
from foundation.middleware import reference_of
from residents.access import address_of
from residents.acting import act_for
from residents.models import Account, Opening
from residents.openings import Origin, places_of


def need(request: HttpRequest, permission: str) -> Account:
    """The staff account of this request; raises PermissionDenied when none of its roles allows `permission`."""
    account = request.user
    if not isinstance(account, Account) or not account.has_perm(permission):
        raise PermissionDenied
    return account


def workplaces(*roles: str) -> list[UUID]:
    """Where the account works in one of `roles`; raises PermissionDenied when nowhere."""
    places = places_of(*roles)
    if not places:
        raise PermissionDenied
    return places


def origin_of(request: HttpRequest) -> Origin:
    """Where this request comes from."""
    return Origin(address_of(request), reference_of(request))


def enter(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """Act for the person just opened, and go to the page that the opening is for."""
    opening = Opening.objects.get(pk=opening_id)
    act_for(request, opening.resident_id, opening.pk)
    if opening.kind == Opening.Kind.ASSISTED:
        return redirect("staff:assisting")
    reads = Opening.Kind.CARE if places_of(*TREATING, "public_health") else ""
    return redirect("records:home" if opening.kind in {reads, Opening.Kind.EMERGENCY} else "appointments:bookings")
