"""Reports whose persons wait for a comment, as the clinicians of the facility see them: each look is written down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connections

from foundation.rowsecurity import asked, database
from records.models import Awaited
from residents.openings import Origin

Answer = Literal["done", "late"]


@dataclass(frozen=True)
class Sheet:
    """What is needed for one comment: whose report it is, and what it says."""

    name: str
    title: str
    findings: str
    impression: str
    items: Sequence[dict[str, Any]]


def read(case: Awaited, origin: Origin) -> Sheet | None:
    """One report with whose it is, one line in the log; None for whoever may not comment, or once the wait ended."""
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT * FROM app.read_awaited(%s, %s, %s)", [case.pk, origin.address, origin.reference])
        row = cursor.fetchone()
    if row is None:
        return None
    name, title, findings, impression, items = row
    told = json.loads(items) if isinstance(items, str) else items
    return Sheet(name, title, findings, impression, told)


def comment(case: Awaited, words: str, origin: Origin) -> Answer | None:
    """End the wait with a comment; None for whoever may not."""
    values = [case.pk, words, origin.address, origin.reference]
    answer: Answer | None = asked("SELECT app.comment_awaited(%s, %s, %s, %s)", values)
    return answer
