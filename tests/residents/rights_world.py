"""The persons, staff and rows of the property test, and how its sessions ask the database."""

import secrets
from datetime import date, timedelta
from typing import Any

from django.db import connection, connections, transaction

from appointments.models import Booking
from foundation.crypto import digest, seal
from foundation.keys import uuid7
from foundation.rowsecurity import seeing
from records.models import Encounter
from residents.models import AccountSession, Identifier, PresenceCode
from tests import factories
from tests.factories import NOON, made
from tests.residents.rights_model import CATEGORIES, Login, Person

LONG = timedelta(days=40_000)
# name, birth, has an account, belongs to the township's catchment
CAST = (
    ("母亲", date(1957, 2, 13), True, True),
    ("女儿", date(1985, 7, 9), True, False),
    ("邻居", date(1961, 5, 4), True, True),
    ("孩子", date(2012, 12, 10), True, True),  # 14 in some days
    ("少年", date(2008, 12, 1), True, False),  # 18 in some days
    ("老人", date(1941, 11, 3), False, True),
)
STAFF = (("village_doctor", True), ("clinician", False), ("reception", True))
READ = """
SELECT {categories},
  ARRAY(SELECT resident_id FROM records_report WHERE sensitivity < 5),
  ARRAY(SELECT resident_id FROM records_report WHERE sensitivity >= 5),
  ARRAY(SELECT resident_id FROM records_observation),
  ARRAY(SELECT resident_id FROM records_encounter),
  ARRAY(SELECT resident_id FROM appointments_booking),
  ARRAY(SELECT id FROM residents_resident),
  ARRAY(SELECT resident_id FROM residents_notice)""".format(
    categories=", ".join(f"app.residents_for('{name}')" for name in CATEGORIES)
)
TABLES = ("report", "special", "observation", "encounter", "booking", "resident", "notice")


def set_clock(moment: Any) -> None:
    """The database's clock, as the fixture `at` sets it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE SET search_path ="
            f" pg_catalog AS $$ SELECT timestamptz '{moment.isoformat()}' $$"
        )


def ask(login: Login, statement: str, *values: Any) -> Any:
    """One value, as this session asks."""
    with seeing(login.token), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None


def read(login: Login) -> dict[str, set[Any]]:
    """Everything this session can read now, by category and by table."""
    with seeing(login.token), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READ)
        row = cursor.fetchone()
    return dict(zip((*CATEGORIES, *TABLES), map(set, row), strict=True))


def session(account: Any) -> str:
    """The token of a new session that has proved itself and does not end."""
    token, key = secrets.token_urlsafe(32), secrets.token_bytes(32)
    made(
        AccountSession(
            key_hash=key,
            data=seal(b"{}", b"residents_accountsession.data." + key),
            account=account,
            token_hash=digest(token),
            expires_at=NOON + LONG,
            signed_in_at=NOON,
            last_seen_at=NOON,
            proved_at=NOON + LONG,  # whether a proof is recent is another test's business
            second_factor_at=NOON,
        )
    )
    return token


class World:
    """Six persons, three members of staff, and one row of each kind about each person."""

    def __init__(self) -> None:
        from facilities.models import Facility

        self.place = factories.facility(name="卫生院", level="township")
        self.county = factories.facility(name="县医院", level="county")
        self.booked_at: Facility = factories.facility(name="无人值守", level="township")
        self.feed = factories.source(self.booked_at)
        self.people: list[Person] = []
        self.logins: list[Login] = []
        self.numbers: dict[Any, bytes] = {}
        self.cards: dict[Any, bytes] = {}
        for place, (name, birth, has_account, at_home) in enumerate(CAST):
            self._person(place, name, birth, has_account, at_home)
        for role, here in STAFF:
            at = self.place if here else self.county
            login = factories.staff(f"{role}{uuid7().hex[-16:]}", role, at, role)
            self.logins.append(Login(session(login), login.pk, role=role, place=at.pk))

    def _person(self, number: int, name: str, birth: date, has_account: bool, at_home: bool) -> None:
        row = factories.resident(
            name, _free_number(birth, number), birth_date=birth, facility=self.place if at_home else None
        )
        person = Person(row.pk, birth, at_home, consents=set())
        self.people.append(person)
        if has_account:
            account = factories.account(row, consents=())
            self.logins.append(Login(session(account), account.pk, person))
        for purpose in ("records", "results", "delegates"):
            factories.consent(row, purpose)
            person.consents.add(purpose)
        self.numbers[person.id] = bytes(Identifier.objects.using("owner").get(resident=row).index)
        self.cards[person.id] = secrets.token_bytes(32)
        made(
            PresenceCode(
                resident=row, kind="card", code_hash=self.cards[person.id], issued_at=NOON, expires_at=NOON + LONG
            )
        )
        self._rows(row)

    def _rows(self, row: Any) -> None:
        factories.report(row, self.feed)
        factories.report(row, self.feed, sensitivity=5)
        factories.observation(row, self.feed)
        made(Encounter(kind="ambulatory", **factories._provenance(row, self.feed, NOON)))
        session_row = factories.session(factories.practitioner(factories.department(self.booked_at)), NOON.date())
        made(
            Booking(
                resident=row,
                resident_name=row.name,
                slot=factories.slot(session_row),
                session=session_row,
                facility=self.booked_at,
                department=session_row.department,
                date=session_row.date,
                period=session_row.period,
                form_key=uuid7(),
                booked_by=uuid7(),
                booked_at=NOON,
            )
        )


_given: set[str] = set()


def _free_number(birth: date, start: int) -> str:
    """A number nobody of an earlier world has."""
    for sequence in range(start + 1, 1000):
        number = factories.id_number(birth, sequence)
        if number not in _given:
            _given.add(number)
            return number
    raise AssertionError("too many worlds")
