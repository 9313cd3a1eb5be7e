"""What was looked for, kept in the session alone, so that its address and every log hold a random name for it.

The session's row is sealed, belongs to one browser and ends with it. Going back to a list of finds, turning its page or
narrowing it asks for the same name again.
"""

import secrets
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from residents.access import Viewer

KEY, MOST = "record_searches", 6


def keep(session: SessionBase, viewer: Viewer, typed: str) -> str:
    """Keep what was typed, for this person's record; returns its name. The oldest of more than a few is forgotten."""
    name = secrets.token_urlsafe(9)
    session[KEY] = [*_kept(session), {"name": name, "of": str(viewer.resident_id), "typed": typed}][-MOST:]
    return name


def kept(session: SessionBase, viewer: Viewer, name: str) -> str | None:
    """What was typed under this name; None where it is forgotten, or was about another person."""
    mine = (one for one in _kept(session) if one["of"] == str(viewer.resident_id))
    return next((one["typed"] for one in mine if one["name"] == name), None)


def _kept(session: SessionBase) -> list[dict[str, Any]]:
    return list(session.get(KEY, []))
