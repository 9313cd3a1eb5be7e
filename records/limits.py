"""How often one address may ask about printed copies. Counted in the cache, off the request's transaction."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from foundation.crypto import blind_index
from foundation.dated import register, setting

MINUTE = 60
VERIFY_PER_MINUTE = register("records.verify_per_minute", 30, "每个网络地址每分钟可核验报告的次数")
FILES_PER_MINUTE = register("records.verify_files_per_minute", 10, "每个网络地址每分钟可用文件核验报告的次数")
FILE_MEGABYTES = register("records.verify_file_megabytes", 50, "核验时文件最大多少兆（nginx 的上限要更大）")
MEGABYTE = 1024 * 1024


def may_verify(request: HttpRequest, now: datetime) -> bool:
    """Count one question of this address; False once it has asked too often within the minute."""
    return _counted("verify", request, now) <= int(setting(VERIFY_PER_MINUTE, now))


def may_verify_file(request: HttpRequest, now: datetime) -> bool:
    """The same for a file, which is more to read than a code."""
    return _counted("verify_file", request, now) <= int(setting(FILES_PER_MINUTE, now))


def most_bytes(now: datetime) -> int:
    """How large a file may be that is to be checked."""
    return int(setting(FILE_MEGABYTES, now)) * MEGABYTE


def _counted(what: str, request: HttpRequest, now: datetime) -> int:
    address = blind_index("verify.address", get_adapter(request).get_client_ip(request)).hex()
    key = f"records:{what}:{address}:{int(now.timestamp()) // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    return int(cache.incr(key))
