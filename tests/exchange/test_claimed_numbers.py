"""Whoever only typed a number in on line gets nothing of what facilities send about its owner."""

import pytest

from foundation.rowsecurity import acting_as
from records.exchange.models import Held, Source, SourcePatient
from records.models import Observation
from residents.models import Identifier, Resident
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, observation, patient
from tests.people import HELANFANG_NUMBER


@pytest.fixture
def claimant(db: None) -> Resident:
    """Somebody who registered with her number, and even with her name."""
    person = factories.resident("贺兰芳", HELANFANG_NUMBER, provisional=True)
    with acting_as("owner"):
        Identifier.objects.filter(resident=person).update(claimed=True)
    return person


def test_a_patient_with_a_claimed_number_is_a_person_of_their_own(feed: Source, claimant: Resident) -> None:
    deliver(feed, patient())
    (link,) = rows(SourcePatient)
    assert link.resident_id != claimant.pk


def test_no_result_reaches_the_claimant(feed: Source, claimant: Resident) -> None:
    deliver(feed, patient(), observation())
    assert rows(Observation) and not [row for row in rows(Observation) if row.resident_id == claimant.pk]


def test_claim_and_proof_live_side_by_side(feed: Source, claimant: Resident) -> None:
    deliver(feed, patient())
    assert sorted(row.claimed for row in rows(Identifier)) == [False, True]


def test_nothing_waits_as_if_the_claim_were_known(feed: Source, claimant: Resident) -> None:
    deliver(feed, observation())
    assert rows(Held) and not rows(Observation)
