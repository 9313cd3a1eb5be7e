"""From sending the browser out to its return: kept in its session, for minutes, for one use.

The state ties the answer to this browser (no signing in somebody else), the nonce ties the token to this round trip,
the verifier ties the code to whoever asked for it (RFC 9700).
"""

import secrets
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from foundation.crypto import digest
from foundation.dated import register, setting
from residents.authorities.port import Failed, Flow

MINUTES = register("identity.authority_minutes", 10, "到身份认证平台或微信认证，多少分钟内要回来")
FRESH_MINUTES = register("identity.authority_fresh_minutes", 5, "在身份认证平台上认证本人之后，多少分钟内算是刚刚认证")
SECONDS = register("identity.authority_seconds", 8, "等待身份认证平台或微信应答的最长秒数（一次认证合计）")

FLOWS = "authority_flows"  # in the session: state -> what was kept
AT_ONCE = 5


def open_flow(request: HttpRequest, authority: str, next_path: str, now: datetime, *, again: bool = False) -> Flow:
    """Keep what the return will be compared with; the oldest of several open round trips is forgotten."""
    flow = Flow(
        authority=authority,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        account=str(request.user.pk) if request.user.is_authenticated else "",
        next=next_path,
        again=again,
    )
    kept = [*_kept(request).items()][-(AT_ONCE - 1) :]
    request.session[FLOWS] = dict(kept) | {flow.state: vars(flow) | {"at": now.timestamp()}}
    return flow


def take_flow(request: HttpRequest, authority: str, now: datetime) -> Flow:
    """What was kept for the state the browser brings; raises Failed for another's, an old or a used one."""
    state = request.GET.get("state", "")
    flows = _kept(request)
    kept = flows.pop(state, None)
    request.session[FLOWS] = flows
    if kept is None or kept.get("authority") != authority:
        raise Failed("a state this browser was not given")
    if not 0 <= now.timestamp() - kept.pop("at") < setting(MINUTES, now) * 60:
        raise Failed("a state too old")
    # The session is written at the end of the request: two returns at once would both find it there.
    if not cache.add(f"authority.state.{digest(state).hex()}", True, setting(MINUTES, now) * 60):
        raise Failed("a state used before")
    return Flow(**kept)


def _kept(request: HttpRequest) -> dict[str, dict[str, Any]]:
    found = request.session.get(FLOWS)
    return dict(found) if isinstance(found, dict) else {}
