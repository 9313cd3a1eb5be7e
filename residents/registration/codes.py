"""Codes: six digits to a phone, eight characters on a slip. Only hashes of them are kept."""

import re
import secrets
import unicodedata

from foundation.crypto import BlindIndex, blind_index, digest

# Neither 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B, nor U and V: whatever is read off paper is typed right.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
SLIP = 8


def six_digits() -> str:
    """A code for a phone."""
    return f"{secrets.randbelow(1_000_000):06}"


def code_hash(code: str, nonce: str) -> str:
    """What is kept of a six-digit code until it is typed."""
    return digest(f"{nonce}:{code}").hex()


def slip_code() -> str:
    """Eight characters, printed on a slip: 36 bits, some hundred tries."""
    return "".join(secrets.choice(ALPHABET) for _n in range(SLIP))


def slip_index(code: str) -> BlindIndex:
    """The keyed hash of a slip's code: with a copy of the database alone eight characters cannot be tried out."""
    return blind_index("activation", code)


def in_fours(code: str) -> str:
    """A code as it is printed."""
    return " ".join(re.findall(".{1,4}", code))


def tidy(typed: str) -> str:
    """What was typed, without blanks and dashes, in capitals."""
    return re.sub(r"[\s\-—·.]", "", unicodedata.normalize("NFKC", typed)).upper()
