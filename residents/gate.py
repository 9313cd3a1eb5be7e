"""What a staff account has to do before the first page of the staff site."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from residents import second_factors
from residents.models import Account


def detour(request: HttpRequest, wanted: str) -> str | None:
    """Where a signed-in staff member must go before `wanted`; None when nothing stands in the way.

    First a new password where the present one was given out by somebody else, then a second factor, set up or shown.
    """
    account = request.user
    assert isinstance(account, Account)
    name = _name(request, account)
    return f"{reverse(name)}?{urlencode({REDIRECT_FIELD_NAME: wanted})}" if name else None


def _name(request: HttpRequest, account: Account) -> str:
    if account.must_change_password:
        return "account_change_password"
    if second_factors.proved_with_one(request):
        return ""
    kinds = second_factors.types_of(account)
    if second_factors.Type.TOTP in kinds:
        return "mfa_reauthenticate"
    return "mfa_reauthenticate_webauthn" if second_factors.Type.WEBAUTHN in kinds else "mfa_index"


def needs_shown_factor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let staff who have a second factor change anything about it only in a session that showed it.

    A session from before the factor was set up knows the password alone, and would add one of its own beside it.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = request.user
        has_one = isinstance(account, Account) and account.is_staff and second_factors.has_second_factor(account)
        first = detour(request, request.get_full_path()) if has_one else None
        return redirect(first) if first else view(request, *args, **kwargs)

    return inner
