"""How long a session may stay idle, by kind, and where the portal's self-service machines and shared lines are."""

import ipaddress
from datetime import datetime, timedelta

from django.conf import settings

from foundation.dated import register, setting
from residents.models import AccountSession

Kind = AccountSession.Kind

RESIDENT_MINUTES = register("sessions.resident_idle_minutes", 30, "居民多少分钟没有操作自动退出")
STAFF_MINUTES = register("sessions.staff_idle_minutes", 20, "工作人员多少分钟没有操作自动退出")
KIOSK_SECONDS = register("sessions.kiosk_idle_seconds", 60, "自助机多少秒没有操作自动退出")
KIOSKS = register("sessions.kiosk_addresses", [], "自助机的网络地址（每项一个地址或网段，如 10.2.3.0/24）")
SHARED = register("sessions.shared_addresses", [], "多人共用的网络出口地址（医院、卫生院，每项一个地址或网段）")

OFTEN = timedelta(minutes=1)  # a session's end is moved at most this often, so that a page costs no write


def idle_time(kind: str, now: datetime) -> timedelta:
    """How long a session of this kind lives without a request."""
    if kind == Kind.KIOSK:
        return timedelta(seconds=setting(KIOSK_SECONDS, now))
    return timedelta(minutes=setting(STAFF_MINUTES if kind == Kind.STAFF else RESIDENT_MINUTES, now))


def longest() -> timedelta:
    """How long any session lives from sign-in, whatever is done in between."""
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def is_kiosk(address: str | None, now: datetime) -> bool:
    """Whether a request comes from a self-service machine."""
    return _is_among(address, setting(KIOSKS, now))


def is_shared(address: str | None, now: datetime) -> bool:
    """Whether many people come from this address: a self-service machine, or the line of a hospital."""
    return _is_among(address, [*setting(KIOSKS, now), *setting(SHARED, now)])


def slid(session: AccountSession, now: datetime) -> AccountSession:
    """The session seen now: its end moved, never past twelve hours from sign-in. Not saved."""
    signed_in = session.signed_in_at or now
    session.last_seen_at = now
    session.expires_at = min(now + idle_time(session.kind, now), signed_in + longest())
    return session


def is_due(session: AccountSession, now: datetime) -> bool:
    """Whether the session was last seen so long ago that its end is worth moving."""
    if session.account_id is None or session.last_seen_at is None:
        return False
    return now - session.last_seen_at >= min(OFTEN, (session.expires_at - session.last_seen_at) / 4)


def _is_among(address: str | None, networks: list[str]) -> bool:
    try:
        place = ipaddress.ip_address(address or "")
        return any(place in ipaddress.ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False
