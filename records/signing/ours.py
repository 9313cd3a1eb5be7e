"""Which signatures count as the portal's own: of the key in use, and of the keys before it."""

from cryptography.x509 import Certificate
from django.conf import settings


def certificates() -> tuple[Certificate, ...]:
    """The certificate in use, then those of former keys (SIGNING_FORMER)."""
    return (settings.SIGNING_KEY.certificate, *settings.SIGNING_FORMER)


def is_self_signed() -> bool:
    """Whether nobody but this machine vouches for the key in use; pages and prints then say so."""
    return bool(settings.SIGNING_KEY.is_self_signed)
