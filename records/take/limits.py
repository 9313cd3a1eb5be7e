"""How often one account may take a record along: each time the whole of it is read."""

from datetime import datetime

from django.core.cache import cache

from foundation.crypto import blind_index
from foundation.dated import register, setting
from residents.access import Viewer

HOUR = 3600
PER_HOUR = register("records.exports_per_hour", 20, "每个账号每小时最多导出档案几次（FHIR文件、健康链接）")


def may_export(viewer: Viewer, now: datetime) -> bool:
    """Count one export of this account; False once it has asked too often within the hour."""
    who = blind_index("export.account", str(viewer.account_id)).hex()
    key = f"records:export:{who}:{int(now.timestamp()) // HOUR}"
    cache.add(key, 0, 2 * HOUR)
    return bool(cache.incr(key) <= setting(PER_HOUR, now))
