"""What staff see of a person they opened, by their role; and how it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from facilities.models import Membership
from foundation import clock
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.models import Report
from residents.models import Account, CareGrant, Resident
from tests import factories
from tests.factories import NOON
from tests.people import People

Enter = Callable[[Account], Client]


@pytest.fixture
def known(people: People) -> People:
    """贺兰芳 has booked at the township's health centre, and has a report."""
    factories.report(people.helanfang, factories.source(people.county))
    dates = {"starts_at": NOON - timedelta(days=9), "ends_at": clock.now() + timedelta(days=9)}
    factories.made(CareGrant(resident=people.helanfang, facility=people.township, reason="预约就诊", **dates))
    return people


@contextmanager
def opened(known: People, client: Client) -> Iterator[Any]:
    """A transaction of this browser's session, 贺兰芳 opened; what it wrote stays."""
    with seeing(client.session.get(TOKEN)), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT app.open_person(%s, %s, 'care', '就诊', NULL, '')", [known.helanfang.pk, known.township.pk]
        )
        assert cursor.fetchone()[0] is not None
        yield cursor


@pytest.mark.parametrize(("who", "reports"), [("licunyi", 1), ("zhangqiantai", 0)])
def test_only_those_who_treat_read_health_data(known: People, signed_in: Enter, who: str, reports: int) -> None:
    with opened(known, signed_in(getattr(known, who))):
        assert Resident.objects.count() == 1
        assert Report.objects.count() == reports


def test_a_role_that_ends_closes_what_it_had_opened(known: People, signed_in: Enter) -> None:
    client = signed_in(known.licunyi)
    with opened(known, client):
        pass
    with acting_as("owner"):
        Membership.objects.filter(account=known.licunyi).update(ended_at=NOON - timedelta(days=1))
    with seeing(client.session.get(TOKEN)), transaction.atomic():
        assert (Resident.objects.count(), Report.objects.count()) == (0, 0)


@pytest.mark.parametrize("who", ["licunyi", "zhangqiantai"])
def test_nobody_prolongs_their_own_sight(known: People, signed_in: Enter, who: str) -> None:
    dates = {"starts_at": NOON, "ends_at": NOON + timedelta(days=9999)}
    grant = CareGrant(resident=known.helanfang, facility=known.township, reason="自己", **dates)
    with pytest.raises(DatabaseError, match="permission denied"), opened(known, signed_in(getattr(known, who))):
        grant.save(force_insert=True)
