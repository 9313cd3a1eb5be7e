"""Reading the environment: settings refuse to guess."""

import base64
import binascii
import os

from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str | None = None) -> str:
    """The variable's text; without a default a missing or empty one stops the start with a sentence."""
    value = os.environ.get(name, "")
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


def env_key(name: str, size: int) -> bytes:
    """A base64 key of exactly `size` bytes."""
    try:
        key = base64.b64decode(env(name), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != size:
        raise ImproperlyConfigured(f"环境变量 {name} 必须是 {size} 字节密钥的 base64 文本。")
    return key


def env_key_ring(name: str) -> dict[str, tuple[str, bytes]]:
    """Keys as `id:AES|SM4:base64`, comma-separated; the first one seals, all of them open.

    AES takes 32 bytes (AES-256-GCM), SM4 takes 16 (SM4-GCM, RFC 8998).
    """
    ring: dict[str, tuple[str, bytes]] = {}
    for entry in env_list(name, env(name)):
        parts = entry.split(":")
        if len(parts) != 3 or parts[1] not in {"AES", "SM4"}:
            raise ImproperlyConfigured(f"环境变量 {name} 的每一项应写成 编号:AES:base64 或 编号:SM4:base64。")
        try:
            key = base64.b64decode(parts[2], validate=True)
        except binascii.Error:
            key = b""
        if len(key) != (32 if parts[1] == "AES" else 16) or not 1 <= len(parts[0].encode()) <= 32:
            raise ImproperlyConfigured(
                f"环境变量 {name} 中编号 {parts[0]} 的密钥长度不对（AES 32 字节，SM4 16 字节）。"
            )
        ring[parts[0]] = (parts[1], key)
    return ring
