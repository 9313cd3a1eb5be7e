"""The ids of derived resources: readable where a facility's own number is plain, and always the same for the same."""

import hashlib
import re

# Parts are joined by a dot, so that a part with a dot in it must not be plain: "A.1" + "2" is not "A" + "1.2".
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
# Whatever looks like the number of an ID card, a mistyped one included: ids stand unsealed in the ledger.
_PRIVATE = re.compile(r"\d{15}|\d{17}[0-9Xx]")
_STRANGE = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 64


def identifier(*parts: str) -> str:
    """An id (FHIR: at most 64 of A-Z a-z 0-9 - .) that stands for exactly these parts."""
    private = any(_PRIVATE.fullmatch(part.strip()) for part in parts)
    joined = "" if private else ".".join(parts)
    if joined and len(joined) <= _LONGEST and all(_PLAIN.fullmatch(part) for part in parts):
        return joined
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
    readable = _STRANGE.sub("-", joined[:60]).strip("-")[:24].strip("-")
    return f"{readable}-{digest}" if readable else digest
