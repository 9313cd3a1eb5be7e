"""Whether a person's record is open to a session, and if not, why. The database decides; this finds the reason."""

from enum import StrEnum

from foundation.rowsecurity import asked
from residents.access import Viewer
from residents.acting import may_see
from residents.consenting import has_agreed, may_sign_for


class Closed(StrEnum):
    """Why a person's record stays shut for this session."""

    PROOF = "proof"  # begun by WeChat alone, with nothing that proves who holds the phone
    LEVEL = "level"  # the identity is not proved well enough
    CONSENT = "consent"  # whom it is about has not agreed to it being shown here
    SCOPE = "scope"  # whoever acts for the person was not let see this


def closed_to(viewer: Viewer, category: str) -> Closed | None:
    """None when this session may read `category` ("records" or "results") of the viewer's person, else why not."""
    if may_see(viewer.resident_id, category):
        return None
    if viewer.opening_id is None and not _says("app.has_proved()"):
        return Closed.PROOF
    if not has_agreed(viewer.resident_id, category) and (viewer.is_self or may_sign_for(viewer.resident_id)):
        return Closed.CONSENT if not viewer.is_self or _says("app.is_proved_for('records')") else Closed.LEVEL
    return Closed.LEVEL if viewer.is_self else Closed.SCOPE


def _says(question: str) -> bool:
    """What one of the database's own functions says of this session."""
    return bool(asked(f"SELECT {question}"))
