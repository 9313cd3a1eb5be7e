"""Rows of every record table, and what the tests of this room ask again and again."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from records.exchange.models import Pull, Source
from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    Examination,
    FollowUp,
    Immunization,
    IssuedCopy,
    Medication,
    Observation,
    Procedure,
    Report,
)
from residents.models import AccessEvent, Resident
from tests import factories
from tests.factories import NOON

STATEMENTS = {
    Allergy: {"name": "青霉素过敏"},
    Condition: {"name": "高血压", "state": "active"},
    Encounter: {"kind": "ambulatory", "department_name": "内科"},
    Immunization: {"name": "流感疫苗", "state": "completed"},
    Medication: {"name": "苯磺酸氨氯地平片", "state": "active"},
    Procedure: {"name": "阑尾切除术", "state": "completed"},
    Examination: {"title": "老年人健康体检", "year": 2026},
    FollowUp: {"title": "高血压患者随访", "programme": "hypertension"},
    Document: {"title": "出院小结"},
}
TABLES = [*STATEMENTS, Report, Observation, IssuedCopy]


def statement(model: Any, of: Resident, feed: Source, at: datetime = NOON, **fields: Any) -> Any:
    """A row of one of the plain record tables."""
    where = {
        "resident": of,
        "source": feed,
        "facility": feed.facility,
        "facility_name": feed.facility.name,
        "identifier": f"id-{next(factories._next)}",
        "version": "1",
        "occurred_at": at,
        "received_at": at,
    }
    return factories.made(model(**where | STATEMENTS[model] | fields))


def copy_of(report: Report, code: str = "0" * 24, at: datetime = NOON) -> IssuedCopy:
    """A printed copy of a report, with a known code."""
    return factories.made(
        IssuedCopy(
            resident_id=report.resident_id,
            report=report,
            code_hash=digest(code),
            sha256=b"\x07" * 32,
            issued_at=at,
        )
    )


def fetched(feed: Source, at: datetime = NOON) -> Source:
    """A run against the feed that ended well."""
    factories.made(
        Pull(
            source=feed, facility=feed.facility, started_at=at, alive_at=at, ended_at=at, outcome=Pull.Outcome.SUCCEEDED
        )
    )
    return feed


def row_of(model: Any, of: Resident, feed: Source) -> Any:
    """One row of any table of this room."""
    if model is Report:
        return factories.report(of, feed)
    if model is Observation:
        return factories.observation(of, feed)
    if model is IssuedCopy:
        return copy_of(factories.report(of, feed))
    return statement(model, of, feed)


def panel(of: Resident, feed: Source, at: datetime = NOON, *items: dict[str, Any], **fields: Any) -> Report:
    """A report with its items: dictionaries of an observation's fields."""
    rows = [factories.observation(of, feed, at=at, **item) for item in items]
    return factories.report(of, feed, at=at, item_identifiers=[row.identifier for row in rows], **fields)


def corrected(old: Report, **fields: Any) -> Report:
    """A newer version of a report, which supersedes the old one."""
    later = old.received_at + timedelta(hours=2)
    with acting_as("owner"):
        Report.objects.filter(pk=old.pk).update(superseded_at=later)
    return factories.report(
        old.resident,
        old.source,
        title=old.title,
        at=later,
        **{"identifier": old.identifier, "version": "2", "status": "corrected"}
        | {"item_identifiers": old.item_identifiers, "received_at": later}
        | fields,
    )


def replaced(old: Observation, **fields: Any) -> Observation:
    """A newer version of an item, which supersedes the old one."""
    later = old.received_at + timedelta(hours=2)
    with acting_as("owner"):
        Observation.objects.filter(id=old.id).update(superseded_at=later)
        old = Observation.objects.select_related("resident", "source__facility").get(id=old.id)
    same = {name: getattr(old, name) for name in ("identifier", "unit", "range_text", "flag", "code", "value_text")}
    return factories.observation(
        old.resident,
        old.source,
        name=old.name,
        at=old.occurred_at,
        **same | {"version": "2", "received_at": later} | fields,
    )


def withdrawn(row: Any, at: datetime = NOON) -> None:
    """The facility takes a row back."""
    with acting_as("owner"):
        type(row).objects.filter(id=row.id).update(withdrawn_at=at)


def actions() -> list[str]:
    """What the access log holds, oldest first."""
    with acting_as("owner"):
        return list(AccessEvent.objects.order_by("at", "id").values_list("action", flat=True))


def read(client: Client, name: str, *args: Any, **query: Any) -> str:
    """The text of a page that opens."""
    response = client.get(reverse(f"records:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()
