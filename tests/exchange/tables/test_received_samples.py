"""A received table is the sample for its mapping: for who edits it and may see the patients, and written down."""

from collections.abc import Callable, Iterable
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client

from facilities.models import Facility
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.exchange import documents
from records.exchange.models import Source, StoredFile
from records.exchange.tables import sampling
from residents.models import Account
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.tables.making import text
from tests.exchange.tables.test_columns_page import address
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import events

Enter = Callable[[Account], Client]


@pytest.fixture
def laboratory(people: People) -> Source:
    """The county hospital's source of tables, with two that came."""
    source = factories.source(people.county, "county-tables", kind=Source.Kind.TABLE)
    with acting_as("worker"):
        for name, raw in (("昨天.csv", text()[:-1]), ("今天.csv", text())):
            documents.keep(raw.encode(), source, StoredFile.Layout.TABLE, name, NOON)
    return source


def of_both(county: Facility, *roles: str) -> Account:
    """Somebody with several tasks at a facility."""
    account = factories.staff("both", "周工", county, roles[0])
    for role in roles[1:]:
        factories.membership(account, county, role)
    return account


def names(page: Iterable[object]) -> list[str]:
    return [getattr(one, "name", "") for one in page]


def taken(client: Client, file_id: UUID) -> int:
    """How many pieces of a stored file the database gives a session."""
    with seeing(client.session.get(TOKEN)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM app.take_table_sample(%s, %s, NULL, '')", [file_id, sampling.LARGEST])
        return int(cursor.fetchone()[0])


def test_who_may_see_the_patients_takes_a_received_table(people: People, signed_in: Enter, laboratory: Source) -> None:
    client = signed_in(of_both(people.county, "engineer", "manager"))
    offered = client.get(address(laboratory)).context["received"]
    assert names(offered) == ["今天.csv", "昨天.csv"]
    page = client.post(address(laboratory), {"stored": str(offered[0].pk)})
    assert page.context["editor"].rows[0].report == "L001"
    (event,) = events(action="exchange.read_table_sample")
    assert (event.actor_name, event.subject_id, event.facility_id) == ("周工", str(offered[0].pk), people.county.pk)


@pytest.mark.parametrize("roles", [["engineer"], ["administrator"], ["manager"], ["engineer", "clinician"]])
def test_nobody_else_is_offered_or_given_one(
    people: People, signed_in: Enter, laboratory: Source, roles: list[str]
) -> None:
    client = signed_in(of_both(people.county, *roles))
    stored = rows(StoredFile)[0].pk
    page = client.post(address(laboratory), {"stored": str(stored)})
    assert page.status_code == 403 or (page.context["received"], page.context["editor"]) == ([], None)
    assert (taken(client, stored), events(action="exchange.read_table_sample")) == (0, [])


def test_somebody_of_another_facility_is_given_none(people: People, signed_in: Enter, laboratory: Source) -> None:
    client = signed_in(of_both(people.township, "engineer", "manager"))
    assert taken(client, rows(StoredFile)[0].pk) == 0


def test_a_file_of_another_source_is_no_sample_here(people: People, signed_in: Enter, laboratory: Source) -> None:
    other = factories.source(people.county, "other-tables", kind=Source.Kind.TABLE)
    client = signed_in(of_both(people.county, "engineer", "manager"))
    for wrong in (str(rows(StoredFile)[0].pk), "nonsense"):
        page = client.post(address(other), {"stored": wrong})
        assert "这个文件不能用作样本" in page.content.decode()
