"""How long programs may go on and how often they may ask: the dated settings, and the counters behind them."""

from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest

from foundation.crypto import blind_index
from foundation.dated import register, setting
from residents.access import address_of
from residents.lockout import line_of

# Read by the database (residents, migration 0027), which keeps each within bounds.
register("programs.access_minutes", 30, "应用的访问令牌多少分钟后过期（1到60）")
register("programs.code_seconds", 60, "应用的授权码多少秒内有效（5到60，只能用一次）")
CONNECTION_DAYS = register(
    "programs.connection_days", 180, "居民授权应用继续读取，最长多少天（1到366），到期要重新授权"
)
register("programs.refresh_days", 60, "应用多少天没有续期，授权就不能再用（1到366）")

TOKENS = register("programs.tokens_per_minute", 60, "同一网络地址每分钟可换取、续期、注销应用令牌的次数")
REFUSED = register("programs.refused_per_minute", 60, "同一网络地址每分钟可用无效令牌访问 /fhir/ 的次数")
READS = register("programs.reads_per_minute", 240, "同一个访问令牌每分钟可读取 /fhir/ 的次数")
MINUTE = 60


def may(rule: str, who: str, now: datetime) -> bool:
    """Count one deed of `who` under a dated setting; False once there were too many within the minute."""
    key = _key(rule, who, now)
    cache.add(key, 0, 2 * MINUTE)
    return bool(cache.incr(key) <= setting(rule, now))


def may_still(rule: str, who: str, now: datetime) -> bool:
    """Whether `who` has not done too much of it within the minute; counts nothing."""
    return bool(cache.get(_key(rule, who, now), 0) < setting(rule, now))


def line(request: HttpRequest) -> str:
    """What counts as one address."""
    return line_of(address_of(request))


def _key(rule: str, who: str, now: datetime) -> str:
    return f"{rule}:{blind_index(rule, who).hex()}:{int(now.timestamp()) // MINUTE}"
