"""A sandbox facility, its feed, and what a pull left in the database in a form that two runs can be compared by."""

import json
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from foundation.rowsecurity import acting_as
from portal.demo.sandbox import SandboxServer
from records.exchange.mapping import KINDS
from records.exchange.models import Pull, Source
from records.exchange.pulling import pull
from tests import factories
from tests.faults.breaking import ask, number

Contents = dict[str, Counter]

KINDS_OF_CARE = ["encounter", "condition", "medication", "allergy", "immunization", "procedure"]
TABLES = ["report", "observation", "imagingstudy", *KINDS_OF_CARE]
# What differs between two runs of the same: keys made anew, when we received or ended a row, and what counts from then.
OURS = [
    "id",
    "resident_id",
    "source_id",
    "facility_id",
    "reporting_facility_id",
    "received_at",
    "superseded_at",
    "withdrawn_at",
    "release_at",
]


def feed_of(server: SandboxServer, code: str = "TOWN1", **fields: object) -> Source:
    """An enabled feed of a new facility that is asked at the sandbox's address."""
    host = server.url.split("/")[2]
    facility = factories.facility(code, f"卫生院{code}")
    return factories.source(facility, code.lower(), kind="fhir_r4", address=server.url, allowed_hosts=[host], **fields)


def pulled(source_id: UUID, later: timedelta = timedelta()) -> Pull:
    """One run in this process, under the worker's login; `later` moves its clock."""

    def clock() -> datetime:
        return timezone.now() + later

    with acting_as("worker"):
        return pull(source_id, clock=clock)


def contents() -> Contents:
    """Every record row and every notice, without what belongs to one run; how often each is there."""
    found: Contents = {}
    for table in TABLES:
        rows = ask(
            "SELECT r.name, t.superseded_at IS NULL, t.withdrawn_at IS NULL, to_jsonb(t) - %s::text[]"
            f" FROM records_{table} t JOIN residents_resident r ON r.id = t.resident_id",
            OURS,
        )
        found[table] = Counter(json.dumps(row, sort_keys=True, default=str) for row in rows)
    notices = "SELECT r.name, n.kind FROM residents_notice n JOIN residents_resident r ON r.id = n.resident_id"
    found["notice"] = Counter(map(str, ask(notices)))
    found["resident"] = Counter(map(str, ask("SELECT name, sex, birth_date FROM residents_resident")))
    return found


def differences(one: Contents, other: Contents) -> dict[str, int]:
    """How many rows of each table are not in both."""
    counted = {table: ((one[table] - other[table]) + (other[table] - one[table])).total() for table in one}
    return {table: count for table, count in counted.items() if count}


def offered(server: SandboxServer) -> int:
    """How many messages of the kinds we ask for the facility holds."""
    return sum(item.kind in KINDS for item in server.everything())


def ledger() -> dict[str, int]:
    """How many message versions stand in each state."""
    return dict(ask("SELECT state, count(*) FROM exchange_inboundkey GROUP BY state"))


def stored() -> int:
    return number("SELECT count(*) FROM exchange_inboundkey")


def applied() -> int:
    return number("SELECT count(*) FROM exchange_inboundkey WHERE state = 'applied'")


def unbalanced_runs() -> int:
    """Runs that ended with counts that do not add up, or did not end."""
    return number(
        "SELECT count(*) FROM exchange_pull WHERE ended_at IS NULL"
        " OR fetched <> new + repeated + skipped + held + failed"
    )
