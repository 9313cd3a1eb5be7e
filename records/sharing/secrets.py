"""The number, the PIN and the link of a share: typed by people, told apart, kept only as keyed hashes.

They are worked out from the random key of the form that asked for them, under the portal's own key: a form sent twice
shows the same numbers again, and nothing that could be shown again is stored.
"""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from foundation.crypto import BlindIndex, blind_index
from records.codes import ALPHABET
from records.codes import LENGTH as LINK_LENGTH

CODE_LENGTH, PIN_LENGTH, GROUP = 12, 6, 4


@dataclass(frozen=True)
class Secrets:
    """What opens a share: the number that is typed or the link that is scanned, and the PIN beside either."""

    code: str
    pin: str
    link: str


def secrets_of(form_key: UUID, account_id: UUID) -> Secrets:
    """The secrets of the share that one form makes for one account; the number ends in a check digit."""
    code = _figures("code", form_key, account_id, CODE_LENGTH - 1)
    return Secrets(
        code=code + check_digit(code),
        pin=_figures("pin", form_key, account_id, PIN_LENGTH),
        link=_link(form_key, account_id),
    )


def _seed(purpose: str, form_key: UUID, account_id: UUID) -> int:
    return int.from_bytes(blind_index(f"share.{purpose}", f"{account_id}:{form_key}"))


def _figures(purpose: str, form_key: UUID, account_id: UUID, length: int) -> str:
    return str(_seed(purpose, form_key, account_id) % 10**length).zfill(length)


def _link(form_key: UUID, account_id: UUID) -> str:
    seed = _seed("link", form_key, account_id)
    return "".join(ALPHABET[seed >> (5 * place) & 31] for place in range(LINK_LENGTH))


def form_hash(form_key: UUID) -> bytes:
    """By which a form sent twice is recognised."""
    return bytes(blind_index("share.form", str(form_key)))


def code_index(code: str) -> BlindIndex:
    """By which the share of a typed number is found."""
    return blind_index("share.typed", code)


def link_index(link: str) -> BlindIndex:
    """By which the share of a scanned link is found."""
    return blind_index("share.scanned", link)


def pin_index(share_id: UUID, pin: str) -> BlindIndex:
    """A PIN as it is compared; the same PIN of another share is another value."""
    return blind_index("share.pin", f"{share_id}:{pin}")


def check_digit(figures: str) -> str:
    """The last figure of a number (ISO/IEC 7812, Luhn): one wrong figure or two swapped neighbours are noticed."""
    doubled = [int(figure) * (2 if place % 2 == 0 else 1) for place, figure in enumerate(reversed(figures))]
    return str(-sum(sum(divmod(value, 10)) for value in doubled) % 10)


def grouped(code: str) -> str:
    """A number in groups that the eye can follow."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def figures_in(typed: str) -> str:
    """The figures that were meant: full-width ones, blanks and hyphens do not matter; empty for anything else."""
    text = "".join(one for one in unicodedata.normalize("NFKC", typed) if one not in "- \t\r\n—–")
    return text if text.isascii() and text.isdigit() else ""
