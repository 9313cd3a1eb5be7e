"""The code on a printed copy (防伪码): random, typed by people, kept only as a hash."""

import secrets
import unicodedata

# Crockford's base 32: no I, L, O or U, so that nothing on paper can be mistaken for something else.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 24
GROUP = 4
READ_AS = str.maketrans("OIL", "011")


def new() -> str:
    """A fresh code of 120 random bits (a secret that is looked up needs 112: ASVS 5.0.0, 6.5.2)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """The code as it is printed, in groups that the eye can follow."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def tidy(typed: str) -> str | None:
    """The code that was meant: blanks, hyphens, case and look-alikes do not matter. None for what is no code."""
    text = unicodedata.normalize("NFKC", typed).upper().translate(READ_AS)
    code = "".join(character for character in text if character not in "- \t\r\n—–")
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
