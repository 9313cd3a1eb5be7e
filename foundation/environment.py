"""Reading the environment: settings refuse to guess."""

import base64
import binascii
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from cryptography.x509 import Certificate
from django.core.exceptions import ImproperlyConfigured

from foundation import certificates

FILE = "_FILE"


def is_given(name: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the variable, or the file it may come from, is set."""
    return bool(environment.get(name) or environment.get(name + FILE))


def given(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text of a variable, or of the file named by `<name>_FILE`; empty where neither is set.

    Raises ImproperlyConfigured where both are set, or the file cannot be read, is empty, or is open to all users.
    """
    value, path = environment.get(name, ""), environment.get(name + FILE, "")
    if value and path:
        raise ImproperlyConfigured(f"环境变量 {name} 和 {name}{FILE} 只能设置一个。")
    return _secret(name + FILE, Path(path)) if path else value


def _secret(variable: str, path: Path) -> str:
    """What a secret file holds, without the line's end that editors add."""
    try:
        with path.open() as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IRWXO:
                raise ImproperlyConfigured(
                    f"{variable} 指向的文件 {path} 对所有用户开放，门户不能启动。请运行 chmod 600 {path} 后重试。"
                )
            text = file.read().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"{variable} 指向的文件 {path} 不能读取。请检查路径和权限。") from None
    if not text:
        raise ImproperlyConfigured(f"{variable} 指向的文件 {path} 是空的。")
    return text


def env(name: str, default: str | None = None) -> str:
    """The variable's text, or that of its file; without a default a missing one stops the start with a sentence."""
    value = given(name)
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"环境变量 {name} 未设置，门户不能启动。请按 docs/operations.md 设置后重试。")
    return default


def env_bool(name: str, default: str) -> bool:
    """True for "true", False for "false"; anything else is refused."""
    value = env(name, default)
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"环境变量 {name} 只能是 true 或 false，现在是“{value}”。")
    return value == "true"


def env_list(name: str, default: str = "") -> list[str]:
    """Comma-separated words, without blanks and empty ones."""
    return [word.strip() for word in env(name, default).split(",") if word.strip()]


def env_keys(name: str, size: int) -> tuple[bytes, ...]:
    """Comma-separated base64 keys of exactly `size` bytes; the first one is used for what is new."""
    keys = tuple(_decoded(text) for text in env_list(name, env(name)))
    if not keys or any(len(key) != size for key in keys):
        raise ImproperlyConfigured(f"环境变量 {name} 必须是 {size} 字节密钥的 base64 文本。")
    return keys


def _decoded(text: str) -> bytes:
    """The bytes of a base64 text; none where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def env_key_ring(name: str) -> dict[str, tuple[str, bytes]]:
    """Keys as `id:AES|SM4:base64`, comma-separated; the first one seals, all of them open.

    AES takes 32 bytes (AES-256-GCM), SM4 takes 16 (SM4-GCM, RFC 8998).
    """
    ring: dict[str, tuple[str, bytes]] = {}
    for entry in env_list(name, env(name)):
        parts = entry.split(":")
        if len(parts) != 3 or parts[1] not in {"AES", "SM4"}:
            raise ImproperlyConfigured(f"环境变量 {name} 的每一项应写成 编号:AES:base64 或 编号:SM4:base64。")
        key = _decoded(parts[2])
        if len(key) != (32 if parts[1] == "AES" else 16) or not 1 <= len(parts[0].encode()) <= 32:
            raise ImproperlyConfigured(
                f"环境变量 {name} 中编号 {parts[0]} 的密钥长度不对（AES 32 字节，SM4 16 字节）。"
            )
        if parts[0] in ring:
            raise ImproperlyConfigured(f"环境变量 {name} 中编号 {parts[0]} 出现了两次；每把密钥要有自己的编号。")
        ring[parts[0]] = (parts[1], key)
    return ring


def env_signing_pair(name: str, password: str) -> certificates.KeyPair:
    """A key with its certificate: a PKCS#12 file in base64, opened with `password` where it has one."""
    try:
        return certificates.opened("".join(env(name).split()), password)
    except certificates.Unusable:
        raise ImproperlyConfigured(
            f"环境变量 {name} 必须是 PKCS#12 文件（P-256 私钥和证书）的 base64 文本，有口令的还要写明口令。"
        ) from None


def env_certificates(name: str) -> tuple[Certificate, ...]:
    """Certificates as PEM text; none where the variable is not set."""
    try:
        return certificates.certificates(env(name, ""))
    except certificates.Unusable:
        raise ImproperlyConfigured(f"环境变量 {name} 必须是 PEM 格式的证书。") from None
