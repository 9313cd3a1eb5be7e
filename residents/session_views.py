"""登录的设备: where one is signed in, ending sign-ins elsewhere, and staying a little longer."""

from typing import cast

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from foundation import clock
from foundation.middleware import own_transaction
from residents import actions, session_list, sessions
from residents.models import Account
from residents.redirects import is_own_path


@require_safe
@own_transaction
def sign_ins(request: HttpRequest) -> HttpResponse:
    """Where this account is signed in, for residents and staff alike."""
    found = session_list.sign_ins(_account(request), request.session.session_key, clock.now())
    return render(
        request, "residents/sign_ins.html", {"sign_ins": found, "others": [s for s in found if not s.is_this]}
    )


@require_POST
@own_transaction
def end_sign_in(request: HttpRequest) -> HttpResponse:
    """End one sign-in elsewhere."""
    if session_list.end(_account(request), request.POST.get("mark", "")):
        _record(request)
        messages.success(request, _("那台设备已经退出。"))
    return redirect("residents:sign_ins")


@require_POST
@own_transaction
def end_other_sign_ins(request: HttpRequest) -> HttpResponse:
    """End every sign-in but this one."""
    ended = actions.end_other_sessions(account=_account(request), keep=request.session.session_key)
    if ended:
        _record(request)
    said = ngettext("%(count)d 台别的设备已经退出。", "%(count)d 台别的设备已经退出。", ended) % {"count": ended}
    messages.success(request, said if ended else _("没有别的设备登录着。"))
    return redirect("residents:sign_ins")


@require_POST
@own_transaction
def stay(request: HttpRequest) -> HttpResponse:
    """Move the session's end, asked for by the warning before it; tells the seconds that are left."""
    now = clock.now()
    ends_at = sessions.extend(request.session.session_key, now)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"seconds": int((ends_at - now).total_seconds()) if ends_at else 0})
    wanted = request.POST.get("next", "")
    return redirect(wanted if is_own_path(wanted) else "home")


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)  # LoginRequiredMiddleware has seen to it


def _record(request: HttpRequest) -> None:
    get_adapter(request).record(request, _account(request), "residents.ended_other_sign_ins")
