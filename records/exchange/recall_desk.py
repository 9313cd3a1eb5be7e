"""Recalls as people start, decide and write them up; the database decides who may, and logs each look."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connections

from foundation.rowsecurity import asked, database
from records.exchange.models import Recall
from residents.documents import Document
from residents.openings import Origin


@dataclass(frozen=True)
class Candidate:
    """What a number may mean: no title, no value, no name; of the person nothing for an engineer."""

    feed: UUID
    feed_name: str
    place_name: str
    kind: str
    identifier: str
    number: str
    issued_at: datetime | None
    items: int | None
    versions: int
    who: str | None
    sex: str | None
    born: int | None
    recall: UUID | None


@dataclass(frozen=True)
class Concerned:
    """A person of a recall, masked; in full only whom somebody named by number and name."""

    part: str
    who: str
    sex: str
    born: int
    found_at: datetime
    full_name: str | None
    birth_date: date | None


@dataclass(frozen=True)
class Named:
    """What the database answers to a number and a name; the name itself only where the typed one is right."""

    answer: str
    who: str | None
    sex: str | None
    birth_date: date | None


@dataclass(frozen=True)
class Sighting:
    """One time somebody opened a recalled report, or (not certain) a page that may have named it."""

    at: datetime
    who: str
    capacity: str
    place: str | None
    action: str
    certain: bool


@dataclass(frozen=True)
class Figures:
    """How many accounts opened it, how often, how often it was taken as a file, copies with a code, and lists."""

    people: int
    opened: int
    taken: int
    copies: int
    listed: int


@dataclass(frozen=True)
class Wanted:
    """What is to be recalled and why."""

    feed: UUID
    kind: str
    identifier: str
    found_by: str
    resends: bool
    reason: str
    noticed_at: datetime | None


def find(typed: str, origin: Origin) -> list[Candidate]:
    """What a report number or a message's identifier may mean at the facilities of this session; each is logged."""
    return [Candidate(*row) for row in _rows("SELECT * FROM app.find_recallable(%s, %s, %s)", [typed, *_where(origin)])]


def start(wanted: Wanted, origin: Origin) -> tuple[str, UUID | None]:
    """Hide it, in this transaction: "done" or "already" with its key, else "missing" or "reason"."""
    values = [wanted.feed, wanted.kind, wanted.identifier, wanted.found_by, wanted.resends, wanted.reason]
    found = _rows(
        "SELECT * FROM app.start_recall(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [*values, wanted.noticed_at, *_where(origin)],
    )
    return found[0] if found else ("missing", None)


def concerned(recall: Recall, origin: Origin) -> list[Concerned]:
    """The persons of a recall, for who decides; none for who may not. Whoever was told of it has read it now."""
    rows = _rows("SELECT * FROM app.read_recall(%s, %s, %s)", [recall.pk, *_where(origin)])
    return [Concerned(*row) for row in rows]


def name_person(recall: Recall, document: Document, name: str, origin: Origin) -> Named | None:
    """Say whose it is, by number and name; None for whoever may not."""
    values = [recall.pk, document.kind, list(document.index.every), name]
    rows = _rows("SELECT * FROM app.name_right_person(%s, %s, %s::bytea[], %s, %s, %s)", [*values, *_where(origin)])
    return Named(*rows[0]) if rows else None


def take_suggested(recall: Recall, origin: Origin) -> str | None:
    """Take the person whom the facility's later message names; None where there is none."""
    return _answer("SELECT app.take_suggested_person(%s, %s, %s)", [recall.pk, *_where(origin)])


def decide(recall: Recall, verdict: str, reason: str, seen: int, origin: Origin) -> str | None:
    """Decide, agree or undo, having seen `seen` decisions; None for whoever may not. The worker carries it out."""
    values = [recall.pk, verdict, reason, seen, *_where(origin)]
    return _answer("SELECT app.decide_recall(%s, %s, %s, %s, %s, %s)", values)


def write_up(recall: Recall, cause: str, measures: str, *, closing: bool, origin: Origin) -> str | None:
    """Keep cause and measures, or close the incident; None for whoever may not."""
    values = [recall.pk, cause, measures, closing, *_where(origin)]
    return _answer("SELECT app.write_recall_report(%s, %s, %s, %s, %s, %s)", values)


def figures(recall: Recall) -> Figures:
    """How many saw it."""
    return Figures(*_rows("SELECT * FROM app.recall_figures(%s)", [recall.pk])[0])


def sightings(recall: Recall, origin: Origin) -> list[Sighting]:
    """Who saw it, by name: for the head of the facility and auditors; an empty list for everybody else."""
    rows = _rows("SELECT * FROM app.recall_sightings(%s, %s, %s)", [recall.pk, *_where(origin)])
    return [Sighting(*row) for row in rows]


def _where(origin: Origin) -> tuple[str | None, str]:
    return origin.address, origin.reference


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connections[database()].cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _answer(statement: str, values: list[Any]) -> str | None:
    answer: str | None = asked(statement, values)
    return answer
