"""What the demonstration lets one try at the counter."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from portal.demo import people
from portal.demo.counter import CLAIMANT, CLAIMED, CODE, WITH_A_SLIP, seed_counter
from residents.models import ActivationCode, Resident
from tests import factories

PASSWORD = "lantern-meadow-77"


@pytest.fixture
def seeded(db: None) -> Any:
    """The two people, seeded twice."""
    township = factories.facility()
    factories.staff("zhangqiantai", "张前台", township, "reception")
    with acting_as("owner"):
        for _turn in range(2):
            seed_counter(township, PASSWORD, timezone.now())
    return township


def test_seeding_twice_makes_nobody_twice(seeded: Any) -> None:
    with acting_as("owner"):
        assert (Resident.objects.count(), ActivationCode.objects.count()) == (3, 1)


def test_the_code_of_the_slip_can_be_tried(seeded: Any, client: Client) -> None:
    answer = client.post(reverse("account_activate"), {"number": WITH_A_SLIP.id_number, "code": CODE})
    assert answer.url == reverse("account_activate_secrets")


def test_the_claimant_signs_in_with_the_claimed_number(seeded: Any, client: Client) -> None:
    client.post(reverse("account_login"), {"login": CLAIMED.id_number, "password": PASSWORD})
    assert CLAIMANT in client.get(reverse("residents:me")).content.decode()


def test_their_numbers_are_nobody_elses() -> None:
    others = {person.id_number for person in people.RESIDENTS}
    assert not {WITH_A_SLIP.id_number, CLAIMED.id_number} & others
