"""Who may open the line of a result: for a body measurement the record is enough, a laboratory item is of results."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from records.exchange.models import Source
from residents.acting import ACTING
from residents.models import Account
from tests import factories
from tests.people import People


@pytest.mark.parametrize(
    ("scope", "category", "status"),
    [
        ("records", "vital_signs", 200),
        ("records", "laboratory", 404),
        ("results", "laboratory", 200),
        ("results", "vital_signs", 200),
        ("booking", "vital_signs", 403),
    ],
)
def test_a_delegate_opens_the_lines_of_what_was_granted(
    people: People, feed: Source, signed_in: Callable[[Account], Client], scope: str, category: str, status: int
) -> None:
    item = factories.observation(people.helanfang, feed, name="收缩压", category=category)
    factories.delegation(people.helanfang, people.hexiaoyu, scope)
    client = signed_in(people.hexiaoyu_account)
    session = client.session
    session[ACTING] = {"resident": str(people.helanfang.pk), "opening": None}
    session.save()
    assert client.get(reverse("records:trend", args=[item.id])).status_code == status
