"""What the database itself refuses: payloads and ledger are the worker's, held messages their facility's engineers'."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.test import Client

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.exchange.models import Held, Source
from residents.models import Account
from tests import factories
from tests.exchange.sending import deliver, observation
from tests.people import People

Enter = Callable[[Account], Client]
CLOSED = [
    "exchange_inbound",
    "exchange_storedfile",
    "exchange_filepart",
    "exchange_inboundkey",
    "exchange_sourcepatient",
]


@pytest.fixture
def held(people: People) -> Source:
    """A feed of the county hospital with one held message."""
    feed = factories.source(people.county, "county")
    deliver(feed, observation())
    return feed


@pytest.mark.parametrize("table", CLOSED)
@pytest.mark.parametrize("who", ["engineer", "helanfang_account"])
def test_nobody_on_the_web_reads_what_was_received(
    people: People, signed_in: Enter, held: Source, table: str, who: str
) -> None:
    token = signed_in(getattr(people, who)).session.get(TOKEN)
    with pytest.raises(ProgrammingError, match="permission denied"), seeing(token), transaction.atomic():
        connection.cursor().execute(f"SELECT 1 FROM {table}")


def seen_by(client: Client) -> int:
    with seeing(client.session.get(TOKEN)), transaction.atomic():
        return Held.objects.count()


def test_an_engineer_sees_held_messages_and_nobody_else_does(people: People, signed_in: Enter, held: Source) -> None:
    others = (people.helanfang_account, people.chenyisheng, people.administrator, people.licunyi)
    assert [seen_by(signed_in(account)) for account in (people.engineer, *others)] == [1, 0, 0, 0, 0]


def test_an_engineer_of_another_facility_sees_none_of_them(people: People, signed_in: Enter, held: Source) -> None:
    other = factories.staff("other", "别家工程师", people.township, "engineer")
    assert seen_by(signed_in(other)) == 0


def test_an_engineer_cannot_rewrite_why_a_message_is_held(people: People, signed_in: Enter, held: Source) -> None:
    token = signed_in(people.engineer).session.get(TOKEN)
    with pytest.raises(ProgrammingError, match="permission denied"), seeing(token), transaction.atomic():
        Held.objects.update(explanation="没事")


def test_an_engineer_cannot_move_a_cursor(people: People, signed_in: Enter, held: Source) -> None:
    token = signed_in(people.engineer).session.get(TOKEN)
    with pytest.raises(ProgrammingError, match="permission denied"), seeing(token), transaction.atomic():
        Source.objects.update(cursor={})


@pytest.mark.parametrize("name", ["SECRET_KEY", "facility_token_x", "FACILITY_TOKEN_", "FACILITY_TOKEN_A B"])
def test_a_credential_can_only_name_a_token_of_a_facility(people: People, name: str) -> None:
    with pytest.raises(IntegrityError, match="credential_names_a_facility_token"):
        factories.source(people.county, credential=name)


def test_a_resolved_message_says_how(held: Source) -> None:
    with acting_as("owner"), pytest.raises(IntegrityError, match="held_resolved_exactly_when_explained"):
        Held.objects.update(resolved_at=factories.NOON)


@pytest.mark.parametrize(
    "column", ["content", "kind", "identifier", "version", "source_id", "received_at", "inbound_id"]
)
def test_what_a_message_was_when_it_came_is_not_rewritten_even_by_the_worker(held: Source, column: str) -> None:
    with acting_as("worker"), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic("worker"):
        connections["worker"].cursor().execute(f"UPDATE exchange_inboundkey SET {column} = {column}")


def test_the_worker_writes_down_what_became_of_it(held: Source) -> None:
    with acting_as("worker"), transaction.atomic("worker"), connections["worker"].cursor() as cursor:
        cursor.execute("UPDATE exchange_inboundkey SET state = state, resident_id = resident_id, attempts = attempts")
        assert cursor.rowcount == 1
