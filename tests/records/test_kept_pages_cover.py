"""Whatever a kept page is made of moves its stamp: every table that is read, through functions and policies too."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import caches
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.bench.record_pages import addresses, prepare
from tests.people import People
from tests.records import kept

AUTHORITY = "who may see whom: app.page_stamp asks it at every look"
# What pages read without a trigger, and why a kept page cannot be wrong for it.
ASKED_OTHERWISE = {
    **dict.fromkeys(
        [
            *("facilities_membership", "residents_account", "residents_accountsession", "residents_caregrant"),
            *("residents_connection", "residents_connectiontoken", "residents_consent", "residents_delegation"),
            *("residents_opening", "residents_program", "residents_verification"),
        ],
        AUTHORITY,
    ),
    "exchange_pull": "up to when there is something is worked out at every look; whether there is any is in the stamp",
    "health_education_readingpreference": "in the stamp",
    "records_look": "when the visit before ended is in the key",
    "records_summarydue": "written by triggers of covered tables; its end is a change of records_summary",
    "residents_accessevent": "written, and not read",
}
# Tables of persons in this room that no kept page shows anything of.
NOT_SHOWN = {
    "records_issuedcopy": "copies handed out",
    "records_storedcopy": "their files",
    "records_look": "in the key",
    "records_ownreportpage": "photographs have pages of their own, which are not kept",
    "records_parcel": "files to take along",
    "records_parcellink": "files to take along",
    "records_parcelpiece": "files to take along",
    "records_sharedfile": "what a health link leads to",
    "records_sharedreport": "what a share shows",
    "records_sharelink": "shares have a page of their own, which is not kept",
    "records_shareopening": "shares have a page of their own, which is not kept",
    "records_summarydue": "see above",
    "records_personchange": "the stamp itself",
}
TABLE = re.compile(r'(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?(?:public\.)?"?([a-z]+_[a-z_]+)"?', re.IGNORECASE)
FUNCTION = re.compile(r"\bapp\.([a-z_]+)\(")


@pytest.fixture
def owner(people: People) -> Iterator[Any]:
    with connections["owner"].cursor() as cursor:
        yield cursor


def bodies(cursor: Any) -> dict[str, str]:
    """Every function of the database by its name."""
    cursor.execute(
        "SELECT proname, string_agg(pg_get_functiondef(oid), ' ') FROM pg_proc"
        " WHERE pronamespace = 'app'::regnamespace AND prokind = 'f' GROUP BY proname"
    )
    return dict(cursor.fetchall())


def policies(cursor: Any) -> dict[str, str]:
    """By table, the conditions under which the web login reads it."""
    cursor.execute(
        "SELECT tablename, string_agg(coalesce(qual, ''), ' ') FROM pg_policies"
        " WHERE schemaname = 'public' AND cmd IN ('SELECT', 'ALL') GROUP BY tablename"
    )
    return dict(cursor.fetchall())


def tables_of(cursor: Any) -> set[str]:
    cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')")
    return {name for (name,) in cursor.fetchall()}


def covered(cursor: Any) -> set[str]:
    """The tables of which every kind of change ends kept pages."""
    cursor.execute(
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE 'kept\\_page\\_ends\\_%' AND t.tgenabled = 'O' GROUP BY c.relname"
        " HAVING bit_or(t.tgtype::integer & 28) = 28 AND count(*) = 3"
    )
    return {name for (name,) in cursor.fetchall()}


def read_by(cursor: Any, texts: Iterable[str]) -> set[str]:
    """Every table that statements read: themselves, through functions, and through the policies of what they read."""
    written, conditions, known = bodies(cursor), policies(cursor), tables_of(cursor)
    found: set[str] = set()
    waiting, seen = list(texts), set()
    while waiting:
        text = waiting.pop()
        tables = {name.lower() for name in TABLE.findall(text)} & known
        functions = {name for name in FUNCTION.findall(text) if name in written} - seen
        waiting += [conditions[name] for name in tables - found if name in conditions]
        waiting += [written[name] for name in functions]
        seen |= functions
        found |= tables
    return found


def made(client: Client, pages: Iterable[str]) -> list[str]:
    """What the database is asked while pages are made."""
    texts: list[str] = []
    for address in pages:
        caches["pages"].clear()
        with CaptureQueriesContext(connections["default"]) as asked:
            look = kept.look(client, address)
        texts += [] if look.stood else [query["sql"] for query in asked.captured_queries]
    return texts


def test_every_table_that_a_page_is_made_of_moves_its_stamp(people: People, hers: Client, owner: Any) -> None:
    prepare(people.helanfang, factories.source(people.county), most=12)
    pages = [one for what, one in addresses(hers).items() if not what.startswith(("search", "sources", "shares"))]
    texts = [text for text in made(hers, pages) if "page_stamp" not in text]
    found = read_by(owner, texts)
    assert {"records_report", "health_education_revision", "exchange_criticalsubject", "residents_hearing"} <= found
    assert sorted(found - covered(owner) - set(ASKED_OTHERWISE)) == []


def test_every_table_of_persons_in_this_room_moves_the_stamp_or_is_not_shown(owner: Any) -> None:
    here = {one._meta.db_table for one in apps.get_app_config("records").get_models() if hasattr(one, "resident")}
    assert sorted(here - covered(owner) - set(NOT_SHOWN)) == []


def test_a_trigger_that_is_gone_is_missed(people: People, owner: Any) -> None:
    owner.execute("DROP TRIGGER kept_page_ends_3 ON records_dispute")
    assert "records_dispute" not in covered(owner)
