"""The code of a booking's slip: letters and a QR code for the desk's scanner; nobody can work it out."""

import segno
from django.utils.crypto import salted_hmac

from appointments.models import Booking

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
LENGTH = 10
GROUP = 5


def code_of(booking: Booking) -> str:
    """Its letters; another booking has others."""
    digest = salted_hmac("appointments.slip", str(booking.pk), algorithm="sha256").digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:LENGTH])


def in_groups(code: str) -> str:
    """A code as it is printed: "K7QF2 M9RXA"."""
    return " ".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def tidy(typed: str) -> str:
    """A code as somebody typed it, with blanks and in small letters."""
    return "".join(typed.upper().split()).replace("-", "")


def picture_of(text: str) -> str:
    """A text as a QR code, as a data address."""
    return str(segno.make_qr(text, error="m").svg_data_uri(border=2, dark="#000", light="#fff", scale=5))
