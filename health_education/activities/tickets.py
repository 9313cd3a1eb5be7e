"""The slip of one sign-up, on paper or on a phone: staff scan it for whoever has no phone of their own."""

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from health_education.activities import codes
from health_education.models import Activity, SignUp

LENGTH = 10
GROUP = 5


def code_of(signup: SignUp) -> str:
    """Its letters: another person's sign-up has others, also where a sign-up changed hands."""
    return codes.letters_of(f"{signup.pk} {signup.resident_id}", LENGTH)


def in_groups(code: str) -> str:
    """A code as it is printed: "K7QF2 M9RXA"."""
    return " ".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def picture_of(signup: SignUp) -> str:
    """The QR code of the slip: it leads staff, and nobody else, to the one line of their list."""
    path = reverse("staff:ticket", args=[signup.activity_id, code_of(signup)])
    return codes.picture_of(settings.PUBLIC_URL.rstrip("/") + path)


def find(activity: Activity, scanned: str) -> SignUp | None:
    """The live sign-up of this activity whose slip was scanned (an address) or typed (its letters)."""
    code = codes.tidy(scanned.strip().rstrip("/").rsplit("/", 1)[-1])
    listed = SignUp.objects.live().filter(activity=activity)
    return next((one for one in listed if constant_time_compare(code_of(one), code)), None)


def name_on_paper(name: str) -> str:
    """A name on what may be lost: first and last character (domain facts, section B5)."""
    return name[:1] + "*" + (name[-1:] if len(name) > 2 else "")
