"""What a person wishes to hear from a clinician first reaches no program before them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.records.fhir_api.reading import let_in
from tests.records.test_how_to_hear import arrived, chosen

Enter = Callable[[Account], Client]
KINDS = ("Observation", "DiagnosticReport")


@pytest.fixture(autouse=True)
def noon(at: Any) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.mark.parametrize(("way", "found"), [("after_comment", 0), ("at_once", 1)])
def test_a_program_sees_a_result_when_its_person_does(way: str, found: int, people: People, signed_in: Enter) -> None:
    chosen(people, way)
    arrived(people, factories.source(people.county))
    app = let_in(signed_in(people.helanfang_account), *KINDS)
    assert [len(app.found(kind)) for kind in KINDS] == [found, found]
