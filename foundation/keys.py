"""Primary keys made in Python, so that a sealed field can be bound to its row before the row exists."""

import secrets
import time
import uuid

MILLISECOND = 1_000_000  # nanoseconds


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562 section 6.2, method 3): 48 bits of milliseconds, 12 of their fraction, 62 random.

    Indexes grow at one end, and what one process makes after another also sorts after it.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), MILLISECOND)
    fraction = (nanoseconds << 12) // MILLISECOND
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62))
