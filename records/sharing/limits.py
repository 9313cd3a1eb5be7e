"""How often shares may be tried: by one address, and by all together. Each share counts its own wrong PINs."""

from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest

from foundation.crypto import blind_index
from foundation.dated import register, setting
from residents.access import address_of

MINUTE, HOUR = 60, 3600
PER_MINUTE = register("records.share_tries_per_minute", 12, "每个网络地址每分钟可试几次互认凭证")
PER_HOUR = register("records.share_tries_per_hour", 120, "每个网络地址每小时可试几次互认凭证")
WRONG_PER_MINUTE = register("records.share_wrong_per_minute", 300, "全部网络地址合计每分钟最多输错几次互认凭证")


def may_try(request: HttpRequest, now: datetime) -> bool:
    """Count one try of this address; False once it, or everybody together, has tried too often."""
    address = blind_index("share.address", address_of(request)).hex()
    in_the_minute = _count(f"records:share:{address}", MINUTE, now)
    in_the_hour = _count(f"records:share:{address}", HOUR, now)
    wrong = int(cache.get(_key("records:share:wrong", MINUTE, now), 0))
    alone = in_the_minute <= setting(PER_MINUTE, now) and in_the_hour <= setting(PER_HOUR, now)
    return bool(alone and wrong < setting(WRONG_PER_MINUTE, now))


def note_wrong(now: datetime) -> None:
    """Count a number that does not exist, or a wrong PIN, whoever typed it."""
    _count("records:share:wrong", MINUTE, now)


def _key(name: str, seconds: int, now: datetime) -> str:
    return f"{name}:{seconds}:{int(now.timestamp()) // seconds}"


def _count(name: str, seconds: int, now: datetime) -> int:
    key = _key(name, seconds, now)
    cache.add(key, 0, 2 * seconds)
    return int(cache.incr(key))
