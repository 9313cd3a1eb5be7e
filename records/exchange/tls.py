"""Encrypted connections to facilities: whom we trust, what we show of ourselves, and what went wrong, in words."""

import os
import ssl
from collections.abc import Iterator

from records.exchange.credentials import Secrets
from records.exchange.problems import PullFailed

UNUSABLE = "保存的客户端证书或 CA 证书不能使用。请在数据来源的“凭证”里重新填写。"
# What OpenSSL says of the other side's certificate (X509_V_ERR_…).
EXPIRED, NOT_YET, OTHER_NAME, OTHER_ADDRESS = 10, 9, 62, 64
# What the other side says of ours, as OpenSSL names the alert.
OURS = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "UNSUPPORTED_CERTIFICATE",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_UNKNOWN",
    "ALERT_UNKNOWN_CA",
    "ACCESS_DENIED",
    "HANDSHAKE_FAILURE",
)


def context(secrets: Secrets) -> ssl.SSLContext:
    """Trust in the facility's own CA where it gave one, else in those of the system; raises PullFailed."""
    try:
        made = ssl.create_default_context(cadata=secrets.authority or None)
        if secrets.certificate:
            _show(made, secrets.certificate)
    except (ssl.SSLError, ValueError):
        raise PullFailed(UNUSABLE) from None
    return made


def _show(made: ssl.SSLContext, certificate: str) -> None:
    """Load our certificate and its key, which OpenSSL reads from files only: this one is never on a disk."""
    place = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(place, certificate.encode())
        made.load_cert_chain(f"/proc/self/fd/{place}", password=_none)
    finally:
        os.close(place)


def _none() -> str:
    """No password: without this OpenSSL would ask at the terminal for a locked key's."""
    return ""


def in_words(error: BaseException, host: str) -> str:
    """What went wrong where encryption was the cause of an error, else nothing."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"机构接口 {host} 的证书不可信：{_theirs(cause)}"
        if isinstance(cause, ssl.SSLError):
            return f"机构接口 {host}：{_spoken(cause)}"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _theirs(trouble: ssl.SSLCertVerificationError) -> str:
    if trouble.verify_code == EXPIRED:
        return "证书已过期。请机构更换证书。"
    if trouble.verify_code == NOT_YET:
        return "证书还没有生效。请核对两边的时钟。"
    if trouble.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        return "证书上的主机名与接口地址不同。请把接口地址改成证书上的名称，或请机构更换证书。"
    return "不是系统信任的机构签发的，也不是“凭证”里保存的 CA 签发的。请向机构索取 CA 证书，填在“凭证”里。"


def _spoken(trouble: ssl.SSLError) -> str:
    reason = trouble.reason or ""
    if any(word in reason for word in OURS):
        return "对方不接受门户的客户端证书，或要求出示客户端证书。请核对“凭证”里的客户端证书是否由机构签发、是否过期。"
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason or "PACKET_LENGTH" in reason:
        return "这个端口没有使用加密（TLS）。请核对地址应是 http:// 还是 https://，以及端口。"
    return "不能建立加密连接。请机构检查证书和支持的 TLS 版本（1.2 以上）。"
