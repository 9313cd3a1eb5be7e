"""What the pages are made with: of other templates, words or code no kept page stands."""

from hashlib import sha256
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
ROOMS = ("foundation", "facilities", "residents", "health_education", "records", "portal")


def _edition() -> str:
    """A fingerprint of every file that has a say in a page."""
    files = [*BASE.glob("templates/**/*.html"), *BASE.glob("locale/**/*.mo"), *BASE.glob("static/**/*.css")]
    files += [one for room in ROOMS for one in (BASE / room).glob("**/*.py")]
    made = sha256()
    for one in sorted(files):
        made.update(str(one.relative_to(BASE)).encode() + sha256(one.read_bytes()).digest())
    return made.hexdigest()


EDITION = _edition()
