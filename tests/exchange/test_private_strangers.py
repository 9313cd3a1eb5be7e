"""A rehearsal at a FHIR server that numbers its patients by their ID cards: they are counted as who they are."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.test import Client

from residents.models import Account
from tests.exchange.sending import observation, patient
from tests.exchange.test_fhir_versions import Server, served
from tests.exchange.test_onboarding import fhir, wanted
from tests.people import HELANFANG_NUMBER, People

HERS = observation(subject={"reference": f"Patient/{HELANFANG_NUMBER}"})
EMPTY = '{"resourceType": "Bundle", "type": "searchset"}'


@pytest.fixture
def engineer(people: People, signed_in: Callable[[Account], Client]) -> Client:
    return signed_in(people.engineer)


@pytest.mark.parametrize(("answers", "counted"), [(True, (1, 0)), (False, (0, 1))])
def test_a_stranger_numbered_by_the_id_card_is_asked_for_in_no_address(
    engineer: Client, people: People, answers: bool, counted: tuple[int, int]
) -> None:
    for server in served("4.0.1", [patient(id=HELANFANG_NUMBER), HERS]):
        with patch.object(server, "answer", _later(server, answers)):
            facts = wanted(engineer, fhir(people, server), "rehearsal").facts
        assert (facts["matched"], facts["unknown"]) == counted
        assert server.forms == [f"_id={HELANFANG_NUMBER}&_count=1"]
        assert not any(HELANFANG_NUMBER in one for one in server.asked)


def _later(server: Server, answers: bool) -> Callable[[str], str]:
    """Nobody among the newest patients; asked for by number she is there, or the server knows no such search."""
    answer = server.answer

    def of(kind: str) -> str:
        if kind == "Patient/_search":
            return answer("Patient") if answers else "{}"
        return EMPTY if kind == "Patient" else answer(kind)

    return of
