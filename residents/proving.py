"""Showing once more who one is, before something that an open page on somebody's desk must not be enough for.

    @needs_recent_proof()
    def close_account(request): ...

A proof is a password, a code by SMS, a one-time password or a passkey, shown at sign-in or since, not long ago.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from foundation import clock
from foundation.dated import setting
from residents.acting import PROOF_MINUTES
from residents.sessions import proofs_of

View = TypeVar("View", bound=Callable[..., Any])


def needs_recent_proof(minutes: int | None = None) -> Callable[[View], View]:
    """Let a view run only within `minutes` of the session's last proof (default: the dated setting, 5 minutes).

    Otherwise the visitor proves it first and comes back to the page; what was posted is asked for again.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not proved_recently(request, clock.now(), minutes):
                return to_proof(request)
            answer: HttpResponseBase = view(request, *args, **kwargs)
            return answer

        return cast(View, inner)

    return guard


def proved_recently(request: HttpRequest, now: datetime, minutes: int | None = None) -> bool:
    """Whether the session showed who holds it within the last `minutes`."""
    proved_at = proofs_of(dict(request.session.items()))["proved_at"]
    allowed = timedelta(minutes=setting(PROOF_MINUTES, now) if minutes is None else minutes)
    return proved_at is not None and now - proved_at < allowed


def to_proof(request: HttpRequest) -> HttpResponseBase:
    """To the first way of proving that this account has, and from there back; raises PermissionDenied without any."""
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    if not ways:
        raise PermissionDenied(_("您的账号没有密码，也没有登记手机，不能在网上再次确认。请带证件到就近的窗口办理。"))
    messages.info(request, _("为保护您的信息，请再确认一次是您本人。确认后继续办理。"))
    return redirect(f"{ways[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
