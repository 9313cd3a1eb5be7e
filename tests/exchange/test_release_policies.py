"""Which policy holds for what arrives, and the floor that none lowers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from records.exchange.models import CriticalCase, Source
from records.models import Condition, Observation, Report
from residents.models import Resident
from tests.exchange.conftest import rows
from tests.exchange.sending import at_utc, deliver, observation, patient, report, versioned
from tests.exchange.test_releasing import (
    fresh_settings,
    hers,
    lan,
    policy,
    potassium,
    release_of,
    seen_by,
    swept,
    told,
    town,
)
from tests.factories import NOON
from tests.people import People

__all__ = ["fresh_settings", "hers", "lan", "town"]


def test_a_policy_holds_for_what_arrives(lan: Resident, town: Source, people: People) -> None:
    policy("category", "laboratory", "withheld", facility=people.township)
    deliver(town, patient(), report())
    assert (release_of(Report), told()) == (["withheld"], ["report_ready"])


def test_another_facilitys_policy_does_not(lan: Resident, town: Source, people: People) -> None:
    policy("category", "laboratory", "withheld", facility=people.county)
    deliver(town, patient(), report())
    assert release_of(Report) == ["released"]


def test_the_most_specific_wins_then_the_facility_then_the_stricter(
    lan: Resident, town: Source, people: People
) -> None:
    policy("word", "糖", "withheld")
    policy("word", "血糖", "released")
    policy("item", "1558-6", "pending", hours=5)
    deliver(town, patient(), observation())
    assert [row.release_at for row in rows(Observation)] == [NOON + timedelta(hours=5)]


def test_at_equal_specificity_the_facilitys_wins(lan: Resident, town: Source, people: People) -> None:
    policy("word", "血糖", "withheld")
    policy("word", "血糖", "released", facility=people.township)
    deliver(town, patient(), observation())
    assert release_of(Observation) == ["released"]


def test_of_two_of_one_place_the_stricter_wins(lan: Resident, town: Source) -> None:
    policy("word", "血糖", "withheld")
    policy("word", "血糖", "released")
    deliver(town, patient(), observation())
    assert release_of(Observation) == ["withheld"]


@pytest.mark.parametrize(
    ("resource", "model", "expected"),
    [
        (observation(code={"text": "HIV 抗体"}), Observation, (5, "withheld")),
        (report(code={"text": "病理诊断"}, category=[{"text": "病理"}]), Report, (4, "withheld")),
        (potassium(), Observation, (4, "pending")),
    ],
)
def test_no_policy_lowers_the_floor(
    resource: dict[str, Any], model: Any, expected: tuple[int, str], lan: Resident, town: Source
) -> None:
    for word in ("HIV", "病理", "血糖"):
        policy("word", word, "released")
    deliver(town, patient(), resource)
    assert [(row.sensitivity, row.release) for row in rows(model)] == [expected]


def test_the_database_refuses_a_policy_that_opens_pathology(db: None) -> None:
    with pytest.raises(IntegrityError, match="policy_never_opens_pathology"):
        policy("category", "pathology", "released")


def test_a_disease_by_its_code_goes_up_to_level_five(lan: Resident, town: Source, hers: Client) -> None:
    policy("disease", "B18", "special")
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B18.1"}], "text": "慢性乙型病毒性肝炎"}
    state = {"coding": [{"code": "active"}]}
    subject = {"reference": "Patient/p1"}
    deliver(
        town,
        patient(),
        {"resourceType": "Condition", "id": "c1", "code": code, "clinicalStatus": state, "subject": subject},
    )
    assert [(row.sensitivity, row.release) for row in rows(Condition)] == [(5, "withheld")]


def test_a_preliminary_report_waits_for_the_final_one(lan: Resident, town: Source, hers: Client) -> None:
    policy("preliminary", "all", "pending", hours=0)
    deliver(town, patient(), versioned(report(status="preliminary"), updated=at_utc(5)), observation())
    swept(NOON + timedelta(days=9))
    early = (
        seen_by(hers, "SELECT id FROM records_report"),
        seen_by(hers, "SELECT id FROM records_observation"),
    )
    deliver(town, versioned(report(), updated=at_utc(6)))
    assert early == ([], [])
    assert len(seen_by(hers, "SELECT id FROM records_report WHERE superseded_at IS NULL")) == 1
    assert told() == ["report_ready"]


def test_a_report_put_off_by_a_policy_opens_in_time_and_is_told_of(lan: Resident, town: Source) -> None:
    policy("category", "laboratory", "pending", hours=2)
    deliver(town, patient(), report())
    before = told()
    swept(NOON + timedelta(hours=2))
    assert (before, told(), release_of(Report)) == ([], ["report_ready"], ["released"])


def test_a_result_put_off_by_a_policy_keeps_its_report_and_both_open_in_time(
    lan: Resident, town: Source, hers: Client
) -> None:
    policy("word", "血糖", "pending", hours=2)
    deliver(town, patient(), report(), observation())
    before = (told(), seen_by(hers, "SELECT id FROM records_report"), rows(CriticalCase))
    swept(NOON + timedelta(hours=2))
    assert (before, told()) == (([], [], []), ["report_ready"])
    assert len(seen_by(hers, "SELECT id FROM records_report")) == 1
