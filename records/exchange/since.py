"""From when on each kind of a feed is asked, and how a round through all kinds is gone on with after its time is over.

Usually a kind is asked from its cursor on, and a little before, because clocks and commits lag. Once a night it is
asked for what changed in the last days, whatever its cursor says: a message may get its time when a facility's program
begins with it, and become visible long after the cursor has passed that time. What came before is repeated, and adds
nothing.

A round that runs out of time goes on where it was: the kinds that were read to their end are left out, and the one in
its middle is not asked for again from before its cursor. Otherwise a slow or dense feed would begin anew each time, and
the last kinds never have their turn. All of this stands in the cursor, written together with how far the kinds came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from foundation.dated import setting, time_setting
from records.exchange import times
from records.exchange.connectors import Page
from records.exchange.connectors.fhir import written
from records.exchange.limits import NIGHT, WIDE_HOURS

NIGHT_OF, WIDELY, READ, MIDWAY, EVERY = "night", "asked_widely", "read", "midway", "*"
Cursor = Mapping[str, str]


@dataclass
class Since:
    """The round of a run: what is left to be asked, and from when on."""

    cursor: Cursor
    usual: timedelta
    now: datetime
    night: str = field(init=False)
    widely: set[str] = field(init=False)
    read: set[str] = field(init=False)
    midway: str = field(init=False)
    _starts: dict[str, datetime | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.night = _begun(self.now).isoformat()
        same = self.cursor.get(NIGHT_OF) == self.night
        self.widely = set(self.cursor.get(WIDELY, "").split()) if same else set()
        self.read = set(self.cursor.get(READ, "").split())
        self.midway = self.cursor.get(MIDWAY, "")

    def start(self, kind: str) -> datetime | None:
        """From when on a kind is asked for in this run; None for one of which nothing was read yet."""
        if kind not in self._starts:
            self._starts[kind] = self._start(kind)
        return self._starts[kind]

    def _start(self, kind: str) -> datetime | None:
        since = self.cursor.get(kind)
        if not since:
            return None
        reached = times.instant(since).at
        if kind == self.midway and {kind, EVERY} & self.widely:
            # Of late, what lags behind may still be on its way: there even a kind in its middle goes back.
            return min(reached, self.now - self.usual)
        return reached - self.overlap(kind)

    def overlap(self, kind: str = EVERY) -> timedelta:
        """How far before its cursor a kind is asked for."""
        wide = max(self.usual, timedelta(hours=setting(WIDE_HOURS, self.now)))
        return self.usual if {kind, EVERY} & self.widely else wide

    def has_moved(self, page: Page) -> bool:
        """Whether a round that ends after this page gets further the next time."""
        start = self.start(page.kind)
        reached = page.cursor.get(page.kind)
        return page.must_move or bool(reached and (start is None or reached > written(start)))

    def noted(self, page: Page) -> dict[str, str]:
        """What is to be written where the cursor moves after a page."""
        if page.must_move or page.cursor:
            self.widely.add(page.kind)
        if page.must_move:
            self.read.add(page.kind)
        self.midway = page.kind if page.cursor and not page.must_move else ""
        return {**page.cursor, **self._written()}

    def broken_off(self) -> dict[str, str]:
        """What is to be written where a round cannot be gone on with; nothing where it has come to nothing."""
        begun = bool(self.read or self.midway)
        self.read, self.midway = set(), ""
        return self._written() if begun else {}

    def ended(self) -> dict[str, str]:
        """What is to be written once every kind was read: the next round begins, and perhaps the night is over."""
        if self.read <= self.widely:
            self.widely = {EVERY}
        self.read, self.midway = set(), ""
        return self._written()

    def _written(self) -> dict[str, str]:
        words = {WIDELY: self.widely, READ: self.read}
        return {NIGHT_OF: self.night, MIDWAY: self.midway} | {
            key: " ".join(sorted(said)) for key, said in words.items()
        }


def _begun(now: datetime) -> datetime:
    """When this night began, or the last one."""
    today = timezone.localtime(now)
    begun = datetime.combine(today.date(), time_setting(NIGHT, now), today.tzinfo)
    return begun if begun <= now else begun - timedelta(days=1)
