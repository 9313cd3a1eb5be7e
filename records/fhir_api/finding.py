"""Carrying a search out: one page of rows after a cursor, and how many there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from records.fhir_api.asking import Cursor, Search
from records.fhir_api.kinds import Kind, about
from records.fhir_api.outcomes import Problem
from records.fhir_api.parameters import BadValue
from residents.access import Viewer


def condition(kind: Kind, search: Search, now: datetime) -> Q:
    """What the parameters mean; raises Problem for a value that one of them cannot have."""
    try:
        return about(kind, search.filters, now)
    except BadValue:
        raise Problem(400, "value", "A parameter has a value that it cannot have.") from None


def is_about(search: Search, whose: UUID, base: str) -> bool:
    """Whether each patient that is named is the one whose program asks."""
    own = {str(whose), f"Patient/{whose}", f"{base}/Patient/{whose}"}
    return all(own & set(named.split(",")) for named in search.patients)


def page(kind: Kind, search: Search, viewer: Viewer, wanted: Q) -> tuple[Sequence[Any], Cursor | None]:
    """One page, the newest first, and where the next begins; one statement however many rows there are."""
    rows = kind.rows(viewer).filter(wanted)
    if search.after is not None:
        rows = rows.filter(_after(kind.at, search.after))
    found = list(rows.order_by(F(kind.at).desc(nulls_last=True), "-id")[: search.count + 1])
    if len(found) <= search.count or not search.count:
        return found[: search.count], None
    last = found[search.count - 1]
    return found[: search.count], Cursor(getattr(last, kind.at), last.id)


def total(kind: Kind, viewer: Viewer, wanted: Q) -> int:
    """How many rows fit."""
    rows: QuerySet[Any] = kind.rows(viewer).filter(wanted)
    return rows.count()


def _after(column: str, cursor: Cursor) -> Q:
    undated = Q(**{f"{column}__isnull": True})
    if cursor.at is None:
        return undated & Q(id__lt=cursor.id)
    return undated | Q(**{f"{column}__lt": cursor.at}) | Q(**{column: cursor.at, "id__lt": cursor.id})
