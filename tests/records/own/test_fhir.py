"""Own entries as FHIR: valid, performed by the patient, marked, and only in a document that was asked to hold them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from records.fhir.own import own_observation
from tests.factories import NOON
from tests.people import People
from tests.records.fhir.judged import all_of, judged
from tests.records.fhir.rows import accepted
from tests.records.fhir.test_bundles import taken
from tests.records.own.writing import kept


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "pressure", "systolic": 128, "diastolic": 78, "pulse": 70, "arm": "left", "device": "欧姆龙"},
        {"kind": "glucose", "glucose": Decimal("33.3"), "comparator": ">", "meal": "random"},
        {"kind": "weight", "weight": Decimal("62.5")},
        {"kind": "weight", "waist": Decimal("86.0")},
        {"kind": "weight", "weight": Decimal("62.5"), "waist": Decimal("86.0"), "note": "饭后"},
    ],
)
def test_an_own_entry_is_valid_r4_performed_by_the_patient_and_marked(people: People, fields: dict[str, Any]) -> None:
    resource = own_observation(kept(people.helanfang, people.helanfang_account, NOON, **fields))
    accepted(resource)
    assert resource["performer"] == [resource["subject"]] == [{"reference": f"Patient/{people.helanfang.pk}"}]
    assert [tag["code"] for tag in resource["meta"]["tag"]] == ["self-recorded"]


def test_a_document_holds_own_entries_only_where_they_were_chosen(people: People, hers: Client) -> None:
    kept(people.helanfang, people.helanfang_account)
    assert not all_of(judged(taken(hers, "take_record")), "Observation")
    assert not all_of(judged(taken(hers, "take_summary")), "Observation")
    assert len(all_of(judged(taken(hers, "take_record", kinds="own")), "Observation")) == 1
