"""At the door with one's phone: how often a code may be guessed, and that whoever read one has time to sign in.

The code is read in an instant and signing in takes minutes, so what was proved stays with this browser for a while: a
link that was passed on proves nothing in another browser once the code has changed.
"""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from foundation.crypto import blind_index
from foundation.dated import register, setting
from health_education.activities import codes
from health_education.models import Activity
from residents.models import Account

GRACE = register("activities.code_grace_minutes", 15, "扫到签到码以后，多少分钟内登录、点“签到”还算数")
TRIES = register("activities.code_tries", 10, "一个账号10分钟内最多可以输错几次签到码")
ADDRESS_TRIES = register("activities.code_tries_per_address", 100, "没登录时，一个网络地址10分钟内可以输错几次签到码")
STRETCH = 600
KEPT = "here"  # in the session: {"activity": ..., "code": ..., "until": ...}


class TooManyTries(Exception):
    """So many wrong codes came from here that no further one is looked at for some minutes."""


def read_code(request: HttpRequest, typed: str, now: datetime) -> Activity | None:
    """The activity whose code was read just now, remembered for this browser; None for a wrong one.

    Raises TooManyTries. Counted before it is looked at, so that no two tries at once see the same count; a right one
    is taken off again.
    """
    key, most = _counter(request, now)
    cache.add(key, 0, 2 * STRETCH)
    if cache.incr(key) > most:
        raise TooManyTries
    if found := codes.going_on(typed, now):
        cache.decr(key)
        until = now + timedelta(minutes=setting(GRACE, now))
        request.session[KEPT] = {"activity": str(found.pk), "code": codes.tidy(typed), "until": until.timestamp()}
    return found


def read_before(request: HttpRequest, typed: str, now: datetime) -> Activity | None:
    """The activity whose code this browser read a while ago, by that code, while the activity lasts."""
    kept = request.session.get(KEPT)
    if not kept or kept["until"] <= now.timestamp() or kept["code"] != codes.tidy(typed):
        return None
    found = Activity.objects.shown().filter(pk=UUID(kept["activity"])).first()
    return found if found and codes.is_on(found, now) else None


def _counter(request: HttpRequest, now: datetime) -> tuple[str, int]:
    """Where wrong codes are counted, and how many are taken: by account, or by address while nobody is signed in."""
    if isinstance(request.user, Account):
        who, most = str(request.user.pk), int(setting(TRIES, now))
    else:
        who, most = str(get_adapter(request).get_client_ip(request)), int(setting(ADDRESS_TRIES, now))
    mark = blind_index("activities.code", who).hex()
    return f"health_education:here:{mark}:{int(now.timestamp()) // STRETCH}", most
