"""Who may read what, said a second time and in another language than the database's: the model of the property test."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.residents.families import turns

CATEGORIES = ("identity", "booking", "records", "results", "notices")
NEEDED = {"identity": 0, "booking": 1}  # level; 2 for everything else
HELPERS = {"clinician", "village_doctor", "reception", "manager"}
CLINICAL = {"clinician", "village_doctor"}
MINUTES = {"care": 30, "emergency": 30, "counter": 15, "assisted": 15}


@dataclass(eq=False)
class Person:
    """Somebody who may be read about."""

    id: Any
    birth: date
    at_home: bool
    dead: bool = False
    consents: set[str] = field(default_factory=lambda: {"records", "results", "delegates"})


@dataclass(eq=False)
class Login:
    """A session: of a person, or of staff with one role at one place."""

    token: str
    account: Any
    person: Person | None = None
    level: int = 3
    role: str = ""
    place: Any = None
    active: bool = True


@dataclass(eq=False)
class Grant:
    """A delegation."""

    id: Any
    about: Person
    holder: Person
    guardian: bool
    scope: frozenset[str]
    starts: datetime
    ends: datetime
    agreed: frozenset[str] = frozenset()
    ended: bool = False


@dataclass(eq=False)
class Opened:
    """What a staff member's session opened."""

    id: Any
    login: Login
    about: Person
    kind: str
    scope: frozenset[str]
    closes: datetime
    closed: bool = False


@dataclass
class Model:
    """All of it, at one moment."""

    now: datetime
    logins: list[Login] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    openings: list[Opened] = field(default_factory=list)

    def may(self, login: Login, about: Person, category: str) -> bool:
        """Whether this session may read this of that person."""
        if not login.active:
            return False
        return (
            self._own(login, about, category)
            or any(self._lent(login, grant, category) for grant in self.grants if grant.about is about)
            or any(self._open(login, one, category) for one in self.openings if one.about is about)
        )

    def _stands(self, login: Login, category: str) -> bool:
        person = login.person
        return person is not None and not person.dead and login.level >= NEEDED.get(category, 2)

    def _own(self, login: Login, about: Person, category: str) -> bool:
        return login.person is about and self._stands(login, category) and agreed(about, category)

    def _lent(self, login: Login, grant: Grant, category: str) -> bool:
        if grant.holder is not login.person or not self._stands(login, category):
            return False
        if grant.ended or grant.about.dead or not grant.starts <= self.now < grant.ends:
            return False
        if not grant.guardian and "delegates" not in grant.about.consents:
            return False
        return category in self._reach(grant) and agreed(grant.about, category)

    def _reach(self, grant: Grant) -> frozenset[str]:
        identity = frozenset({"identity"})
        if not grant.guardian or self.now < turns(grant.about.birth, 14):
            return grant.scope | identity
        if self.now >= turns(grant.about.birth, 18):
            return frozenset()
        return (grant.scope & (grant.agreed | {"booking", "notices"})) | identity

    def _open(self, login: Login, one: Opened, category: str) -> bool:
        if one.login is not login or one.closed or self.now >= one.closes or category not in one.scope:
            return False
        wide = one.kind == "assisted" or category in {"identity", "booking"}
        # A helper shows what the person could see alone; treatment does not ask what the person reads in the portal.
        shown = one.kind != "assisted" or agreed(one.about, category)
        return shown and login.role in (HELPERS if wide else CLINICAL)

    def open(self, key: Any, login: Login, about: Person, kind: str, scope: set[str]) -> None:
        """A session has one thing open at a time."""
        for one in self.openings:
            one.closed = one.closed or one.login is login
        closes = self.now + timedelta(minutes=MINUTES[kind])
        self.openings.append(Opened(key, login, about, kind, frozenset(scope), closes))

    def end(self, grant: Grant) -> None:
        """Over for good."""
        grant.ended = True


def agreed(about: Person, category: str) -> bool:
    """Records and results are agreed to; nothing else needs to be."""
    return category not in {"records", "results"} or category in about.consents
