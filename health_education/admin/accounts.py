"""Whose deed it is."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from residents.models import Account


def account_of(request: HttpRequest) -> Account:
    """The signed-in account; raises PermissionDenied for anybody else."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user
