"""Where the bytes lie: Django's storage, each file under the hash of its content."""

import hashlib
from typing import BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from foundation.rowsecurity import asked

FOLDER = "education"
CHUNK = 64 * 1024
LOCK = "health_education.files"


def name_of(sha256: str) -> str:
    """A file's name in the storage; nothing of what its sender called it."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}"


def digest_of(file: BinaryIO) -> tuple[str, int]:
    """The hash of a file and how many bytes it has, read piece by piece."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def hold() -> None:
    """Let nothing be swept from the storage until this transaction ends: a file that lies there may be ours soon."""
    asked("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [LOCK])


def keep(file: BinaryIO, sha256: str, size: int) -> None:
    """Store a file once, piece by piece; what a broken upload left under its name is replaced."""
    file.seek(0)
    _keep(File(file), sha256, size)


def keep_bytes(content: bytes) -> str:
    """Store a drawing of ours; returns its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    _keep(ContentFile(content), sha256, len(content))
    return sha256


def opened(sha256: str) -> File:
    """The file of that hash, open for reading; raises FileNotFoundError."""
    return default_storage.open(name_of(sha256))


def _keep(file: File, sha256: str, size: int) -> None:
    name = name_of(sha256)
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return
        default_storage.delete(name)
    stored = default_storage.save(name, file)
    if stored != name:  # somebody stored the same content meanwhile
        default_storage.delete(stored)
