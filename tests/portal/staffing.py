"""What the tests of the staff site share: who works where, and what stands in the access log."""

from collections.abc import Callable
from typing import Any

from django.db import connections
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account, Approval
from tests import factories
from tests.people import People

Enter = Callable[[Account], Client]


def colleague(people: People, role: str) -> Account:
    """A staff account with this one role: at the bureau where its work is the county's, else at the township."""
    at_bureau = role in {"administrator", "security", "editor", "reviewer", "engineer", "auditor"}
    place = people.bureau if at_bureau else people.township
    return factories.staff(f"colleague-{role}", f"同事{role}", place, role)


def events(**wanted: Any) -> list[AccessEvent]:
    """The events in the log, oldest first, read as the owner."""
    with acting_as("owner"):
        return list(AccessEvent.objects.filter(**wanted).order_by("at", "id"))


def admin_log_rows() -> int:
    """How many rows Django's own admin log has."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_admin_log")
        return int(cursor.fetchone()[0])


def the(model: Any, **wanted: Any) -> Any:
    """The one row there is, or the one that is wanted, read as the owner."""
    with acting_as("owner"):
        return model.objects.get(**wanted)


def decide(client: Client, verdict: str = "yes", remark: str = "") -> Any:
    """Answer the one request that waits, on its own page."""
    address = reverse("staff:approval", args=[the(Approval).pk])
    return client.post(address, {"verdict": verdict, "remark": remark})
