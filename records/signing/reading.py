"""Whether a signature of the portal covers a whole file, found out while the file streams by.

Anybody may hand a file to the page that asks this. So no PDF is parsed: the portal's own signatures stand in the last
pages of the file in one spelling only (`records.signing.embedding`), and whatever is written otherwise is not ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from records.signing.container import holds
from records.signing.ours import certificates

WINDOW = 128 * 1024  # at least this much of the end is looked at; a signature takes a few kilobytes
HEAD = 1024  # where "%PDF-" may stand (ISO 32000-1, annex H)
_BYTE_RANGE = re.compile(rb"/ByteRange \[(\d{1,12}) (\d{1,12}) (\d{1,12}) (\d{1,12})\s*\]")
_HEX = re.compile(rb"<([0-9A-F]+)>")


class State(StrEnum):
    """What can be said of a file by itself."""

    OURS = "ours"  # signed by the portal, every byte as it was
    CHANGED = "changed"  # signed by the portal, and changed or added to afterwards
    OTHERS = "others"  # signed, but by nobody we know
    UNSIGNED = "unsigned"
    LOCKED = "locked"  # needs a password
    NO_PDF = "no_pdf"
    EMPTY = "empty"


@dataclass(frozen=True)
class Standing:
    """What can be said of a file: by its signature, and by what the portal's register knows of its SHA-256."""

    state: State
    sha256: bytes
    by: str = ""
    """Who signed it, where it is one of ours: the certificate's name."""

    @property
    def is_ours(self) -> bool:
        """A signature of the portal covers the whole file and is intact."""
        return self.state is State.OURS


def standing(pdf: bytes) -> Standing:
    """What can be said of a file that is at hand as a whole."""
    reading = Reading()
    reading.feed(pdf)
    return reading.done()


class Reading:
    """Reads a file piece by piece, keeping only its beginning and its end, whatever its size."""

    def __init__(self) -> None:
        self.size = 0
        self.head = b""
        self.whole, self.before = sha256(), sha256()
        self.end = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        self.head = (self.head + piece[:HEAD])[:HEAD]
        self.size += len(piece)
        self.whole.update(piece)
        self.end += piece
        if len(self.end) > 2 * WINDOW:
            gone = len(self.end) - WINDOW
            self.before.update(memoryview(self.end)[:gone])
            del self.end[:gone]

    def done(self) -> Standing:
        """What can be said now that the file is at its end."""
        fingerprint = self.whole.digest()
        if not self.size:
            return Standing(State.EMPTY, fingerprint)
        if b"%PDF-" not in self.head:
            return Standing(State.NO_PDF, fingerprint)
        for signature in self._signatures():
            ours = _certificate_of(signature)
            if ours is not None:
                intact = signature.covers and holds(signature.der, ours, signature.digest)
                return Standing(State.OURS if intact else State.CHANGED, fingerprint, _name(ours))
        if b"/Encrypt" in self.end or b"/Encrypt" in self.head:
            return Standing(State.LOCKED, fingerprint)
        return Standing(State.OTHERS if b"/ByteRange" in self.end else State.UNSIGNED, fingerprint)

    def _signatures(self) -> "Iterator[_Signature]":
        """The signatures in the end of the file, the last one first."""
        end = bytes(self.end)
        start = self.size - len(end)
        for found in reversed(list(_BYTE_RANGE.finditer(end))):
            first, length, second, rest = (int(number) for number in found.groups())
            gap = end[length - start : second - start] if start <= length < second else b""
            digits = _HEX.fullmatch(gap)
            if digits and len(digits[1]) % 2 == 0:
                digest = self.before.copy()
                digest.update(end[: length - start] + end[second - start :])
                covers = first == 0 and second + rest == self.size
                yield _Signature(bytes.fromhex(digits[1].decode()), digest.digest(), covers)


@dataclass(frozen=True)
class _Signature:
    der: bytes
    digest: bytes
    covers: bool


def _certificate_of(signature: _Signature) -> Certificate | None:
    """The one of our certificates that the signature carries; None for somebody else's, and for what is none."""
    return next((one for one in certificates() if one.public_bytes(Encoding.DER) in signature.der), None)


def _name(certificate: Certificate) -> str:
    return certificate.subject.rfc4514_string().removeprefix("CN=")
