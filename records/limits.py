"""How often one address may ask about printed copies. Counted in the cache, off the request's transaction."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from foundation.crypto import blind_index
from foundation.dated import register, setting

MINUTE = 60
VERIFY_PER_MINUTE = register("records.verify_per_minute", 30, "每个网络地址每分钟可核验报告的次数")


def may_verify(request: HttpRequest, now: datetime) -> bool:
    """Count one question of this address; False once it has asked too often within the minute."""
    address = blind_index("verify.address", get_adapter(request).get_client_ip(request)).hex()
    key = f"records:verify:{address}:{int(now.timestamp()) // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    return bool(cache.incr(key) <= setting(VERIFY_PER_MINUTE, now))
