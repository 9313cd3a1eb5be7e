"""Sealing values and finding them again without opening them.

A sealed value is `0x01 | len(key id) | key id | nonce (12) | ciphertext | tag (16)`; what it belongs to (table,
column, row) is authenticated with it, so a ciphertext moved elsewhere does not open. AES-256-GCM by default,
SM4-GCM (RFC 8998) per key id, so a county can rotate from one to the other with both readable.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = 1
NONCE = 12
TAG = 16


class CannotOpen(Exception):
    """The value was sealed for another place, with an unknown key, or was altered. Names the key, never the value."""


def seal(plain: bytes, place: bytes, key_id: str | None = None) -> bytes:
    """`plain` sealed for `place` with the ring's first key (or the one named)."""
    key_id = key_id or next(iter(settings.FIELD_KEYS))
    header = bytes([VERSION, len(key_id.encode())]) + key_id.encode()
    nonce = os.urandom(NONCE)
    return header + nonce + _encrypt(key_id, nonce, plain, header + place)


def header_of_first_key() -> bytes:
    """How a value starts that was sealed with the ring's first key."""
    key_id = next(iter(settings.FIELD_KEYS)).encode()
    return bytes([VERSION, len(key_id)]) + key_id


def unseal(sealed: bytes, place: bytes) -> bytes:
    """What `seal` was given; raises CannotOpen for any other place, key or content."""
    sealed = bytes(sealed)
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise CannotOpen("nothing that was sealed")
    end = 2 + sealed[1]
    header, nonce, body = sealed[:end], sealed[end : end + NONCE], sealed[end + NONCE :]
    key_id = header[2:].decode(errors="replace")
    if key_id not in settings.FIELD_KEYS:
        raise CannotOpen(f"sealed with key {key_id!r}, which is not in FIELD_KEYS (docs/keys.md)")
    if len(body) < TAG:
        raise CannotOpen("cut short")
    return _decrypt(key_id, nonce, body, header + place)


class BlindIndex(bytes):
    """The index under the ring's first key; `every` has it under all keys, of which a row may still hold an old one.

    Filters of the ORM look for all of them by themselves (`foundation.fields`); a raw statement must be given `every`.
    """

    every: tuple[bytes, ...]


def blind_index(purpose: str, value: str) -> BlindIndex:
    """32 bytes by which an equal value is found; a key of its own for each purpose, so indexes cannot be joined."""
    every = tuple(_index(key, purpose, value) for key in settings.INDEX_KEYS)
    index = BlindIndex(every[0])
    index.every = every
    return index


def _index(index_key: bytes, purpose: str, value: str) -> bytes:
    key = hmac.digest(index_key, purpose.encode(), "sha256")
    return hmac.digest(key, value.encode(), "sha256")


def digest(secret: str) -> bytes:
    """SHA-256 of a random secret (a session key, a token, a verification code): all that is kept of it."""
    return hashlib.sha256(secret.encode()).digest()


def _encrypt(key_id: str, nonce: bytes, plain: bytes, authenticated: bytes) -> bytes:
    algorithm, key = settings.FIELD_KEYS[key_id]
    if algorithm == "AES":
        return AESGCM(key).encrypt(nonce, plain, authenticated)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(authenticated)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def _decrypt(key_id: str, nonce: bytes, body: bytes, authenticated: bytes) -> bytes:
    algorithm, key = settings.FIELD_KEYS[key_id]
    try:
        if algorithm == "AES":
            return AESGCM(key).decrypt(nonce, body, authenticated)
        decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, body[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(authenticated)
        return decryptor.update(body[:-TAG]) + decryptor.finalize()
    except InvalidTag:
        raise CannotOpen("altered, or moved from another place") from None
