"""What the tests of activities stand on."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.test import Client

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.activities import signing
from health_education.models import Activity, SignUp
from residents.access import Viewer
from residents.models import Account
from tests import factories
from tests.factories import NOON

Enter = Callable[[Account], Client]


def viewer(account: Account) -> Viewer:
    return Viewer(account.pk, account.name, account.resident_id, "127.0.0.1", "TEST")


def crowd(count: int) -> list[Account]:
    return [factories.account(factories.resident(f"居民{n}")) for n in range(count)]


def sign_up(client: Client, account: Account, activity: Activity, form_key: Any = None) -> SignUp:
    """Sign up with this browser's session, the way the view does."""
    with seeing(client.session.get(TOKEN)):
        return signing.sign_up(activity=activity, viewer=viewer(account), form_key=form_key or uuid4(), now=NOON)


def live(activity: Activity) -> list[SignUp]:
    with acting_as("owner"):
        return list(SignUp.objects.live().filter(activity=activity))


def fresh(activity: Activity) -> Activity:
    with acting_as("owner"):
        return Activity.objects.get(pk=activity.pk)
