"""Signing with a key of the portal's own, out of a PKCS#12 file. Nothing is fetched from anywhere."""

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from records.signing import container


class OwnKey:
    """The key in SIGNING_KEY."""

    algorithm = "sha256"

    def __init__(self) -> None:
        pair = settings.SIGNING_KEY
        self.key, self.certificates = pair.key, [pair.certificate, *pair.chain]
        self.room = 1024 + sum(len(one.public_bytes(Encoding.DER)) for one in self.certificates)

    def cms(self, digest: bytes, *, now: datetime) -> bytes:
        """The signature; when it was made stands in the PDF beside it (PAdES B-B has no time of its own here)."""
        return container.signed(self.key, self.certificates, digest)
