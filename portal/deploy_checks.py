"""What `manage.py check --deploy` says about settings that only the county can know."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from foundation import clock

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


SELF_SIGNED = Warning(
    "SIGNING_KEY 是本机自签的证书：打印件上的电子签名只能证明文件没有被改动，不具法律效力，阅读软件会提示签名人未知。",
    hint="请向依法设立的电子认证机构申请证书（P-256），按 docs/operations.md“签名密钥”一节换上。",
    id="portal.W002",
)
ENDING = Warning(
    "SIGNING_KEY 的证书已经过期，或在30天内过期：过期后签的文件，阅读软件会报告签名无效。",
    hint="请换上新证书，并把旧证书加进 SIGNING_FORMER（docs/operations.md“签名密钥”）。",
    id="portal.W003",
)


@register(Tags.security, deploy=True)
def prints_are_signed_by_somebody_known(**options: Any) -> list[CheckMessage]:
    """A county signs with a certificate that others can look up, and one that is still good next month."""
    pair = settings.SIGNING_KEY
    soon = clock.now() + timedelta(days=30)
    ending = not pair.certificate.not_valid_before_utc <= soon <= pair.certificate.not_valid_after_utc
    return [*([SELF_SIGNED] if pair.is_self_signed else []), *([ENDING] if ending else [])]
