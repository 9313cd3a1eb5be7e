"""What the tests of family and ages share: sessions that proved themselves, invitations, days."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from foundation.crypto import digest
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as
from residents.family import terms
from residents.models import AccountSession, Resident
from tests import factories
from tests.factories import SHANGHAI
from tests.sessions import session_of

CODE = "ABCDEFGHJK"
EVERYTHING = ["booking", "records", "results", "notices"]


def prove(client: Client, now: datetime | None = None) -> None:
    """The session has just shown who holds it."""
    from foundation import clock

    moment = now or clock.now()
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": moment.timestamp()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    with acting_as("owner"):
        AccountSession.objects.filter(token_hash=digest(session[TOKEN])).update(
            proved_at=moment, expires_at=moment + timedelta(days=4000)
        )


def ask(client: Client, statement: str, *values: Any) -> Any:
    """One value, asked as this browser's session asks the database."""
    with session_of(client), connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None


def open_to(client: Client, person: Resident) -> set[str]:
    """The categories for which the database shows this session a person."""
    with session_of(client), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c FROM unnest(ARRAY['identity', 'booking', 'records', 'results', 'notices']) AS c"
            " WHERE %s = ANY (app.residents_for(c))",
            [person.pk],
        )
        return {row[0] for row in cursor.fetchall()}


def invited(client: Client, *scope: str, months: int = 12, code: str = CODE) -> UUID:
    """An invitation by this session's person."""
    prove(client)
    made: UUID = ask(
        client, "SELECT app.invite_delegate(%s, %s, %s, NULL, NULL, '')", list(scope), months, digest(code)
    )
    return made


def taken_up(client: Client, birth: date, code: str = CODE) -> UUID | None:
    """What accepting a code gives."""
    made: UUID | None = ask(client, "SELECT app.accept_delegation(%s, %s, NULL, '')", digest(code), birth)
    return made


def child(birth: date, name: str = "林子涵", sequence: int = 27, **fields: Any) -> Resident:
    """A young person, found by number, without an account."""
    return factories.resident(name, factories.id_number(birth, sequence), birth_date=birth, **fields)


def midnight(day: date) -> datetime:
    """The first minute of a day in Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def turns(birth: date, years: int) -> datetime:
    """The first minute of a birthday."""
    return midnight(terms.birthday(birth, years))
