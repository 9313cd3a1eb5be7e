"""What `manage.py check --deploy` says about settings that only the county can know."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

PROXY = Warning(
    "HTTPS 已打开，TRUSTED_PROXY_COUNT 却没有说前面有几层反向代理。有反向代理而不写，门户就把所有来访都看成同一个地址："
    "一个人反复试错，全县的人都会被要求等一等。",
    hint="请把 TRUSTED_PROXY_COUNT 设为反向代理的层数（通常是 1）；确实没有反向代理时，写 TRUSTED_PROXY_COUNT=none。",
    id="portal.W001",
)


@register(Tags.security, deploy=True)
def proxies_are_counted(**options: Any) -> list[CheckMessage]:
    """One address for everybody would let anybody lock everybody out (residents/lockout.py)."""
    said = settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0 or settings.NO_PROXY
    return [PROXY] if settings.HTTPS and not said else []
