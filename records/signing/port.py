"""What the portal asks of whoever signs: a key of its own, or the service of a licensed authority (SM2)."""

from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class SigningFailed(Exception):
    """The file could not be signed. The message never repeats what the file says."""


class Signer(Protocol):
    """Makes the signature over a digest; SIGNER names the class, which is made anew for each process."""

    algorithm: str
    """Which digest it signs, as hashlib names it: "sha256", or "sm3" of a licensed authority."""

    room: int
    """How many bytes its signatures take at most."""

    def cms(self, digest: bytes, *, now: datetime) -> bytes:
        """A detached CMS signature of a PDF's digest (CAdES, as PAdES B-B wants it), DER. Raises SigningFailed."""


def signer() -> Signer:
    """The signer that the settings name."""
    made: Signer = import_string(settings.SIGNER)()
    return made
