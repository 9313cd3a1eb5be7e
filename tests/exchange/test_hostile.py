"""What broken or hostile senders try: nobody else's record is touched, nothing hangs, nothing blocks what follows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from foundation.rowsecurity import acting_as
from portal.demo.fhirjson import dumps
from records.exchange import documents, filing, matching
from records.exchange.bundles import read_bundle
from records.exchange.connectors.fhir import FhirConnector
from records.exchange.http import Answer, Asker
from records.exchange.limits import Limits
from records.exchange.models import Held, InboundKey, Pull, Source, SourcePatient, StoredFile
from records.exchange.problems import PullFailed
from records.exchange.reading import NotJson, parse
from records.exchange.since import Since
from records.models import Encounter, Observation
from tests.exchange.conftest import rows
from tests.exchange.sending import bundle_file, counts, deliver, observation, patient, report
from tests.factories import NOON, id_number
from tests.people import HELANFANG_NUMBER

ADDRESS = "urn:uuid:7d1b8a52-2f3c-4c55-9a0e-5a7a1c6f0a11"
MAN = patient(id_number(sequence=77), id="p2", name=[{"text": "王建国"}], gender="male", birthDate="1980-01-01")
BEYOND_ALL = b"1E9999999999999999999"


def translated(feed: Source, clock: Callable[[], datetime], body: bytes) -> Pull:
    """The run that reads a pushed Bundle."""
    with acting_as("worker"):
        documents.keep(body, feed, StoredFile.Layout.BUNDLE, "pushed", NOON)
        return documents.translate(feed.pk, clock=clock)


def bundle(*entries: Any) -> bytes:
    return dumps({"resourceType": "Bundle", "type": "collection", "entry": list(entries)}).encode()


def test_of_two_patients_with_one_address_a_result_goes_to_neither(feed: Source, clock: Callable[[], datetime]) -> None:
    of = observation(subject={"reference": ADDRESS})
    both = [{"fullUrl": ADDRESS, "resource": patient()}, {"fullUrl": ADDRESS, "resource": MAN}]
    assert counts(translated(feed, clock, bundle(*both, {"resource": of}))) == {"fetched": 3, "new": 2, "held": 1}
    assert rows(Observation) == []
    assert "fullUrl" in rows(Held)[0].explanation


def test_one_patient_sent_twice_at_one_address_is_one(feed: Source, clock: Callable[[], datetime]) -> None:
    twice = [{"fullUrl": ADDRESS, "resource": patient()}] * 2
    translated(feed, clock, bundle(*twice, {"resource": observation(subject={"reference": ADDRESS})}))
    assert len(rows(Observation)) == 1


def test_an_absurd_number_of_pictures_is_held_and_not_counted_out(feed: Source, clock: Callable[[], datetime]) -> None:
    study = {"resourceType": "ImagingStudy", "id": "i1", "status": "available", "subject": {"reference": "Patient/p1"}}
    body = bundle({"resource": patient()}, {"resource": {**study, "numberOfInstances": 77}})
    run = translated(feed, clock, body.replace(b":77", b":1E+99999999999"))
    assert counts(run) == {"fetched": 2, "new": 1, "held": 1}


@pytest.mark.parametrize("read", [parse, read_bundle])
def test_a_power_that_no_decimal_holds_is_no_json(read: Callable[[bytes], object]) -> None:
    with pytest.raises(NotJson):
        read(b'{"resourceType": "Bundle", "entry": [{"resource": {"value": %s}}]}' % BEYOND_ALL)


def test_a_file_with_such_a_power_breaks_off_there(tmp_path: Path) -> None:
    path = bundle_file(tmp_path, patient(), observation())
    path.write_bytes(path.read_bytes().replace(b"5.60", BEYOND_ALL))
    with path.open("rb") as stream:
        contents = filing.survey(stream, StoredFile.Layout.BUNDLE)
    assert (contents.entries, contents.breaks_off) == (1, True)


@pytest.mark.parametrize(
    "body", ['{"resourceType": "Bundle", "entry": [{}], "entry": []}', '{"entry": [{"resource": {}, "resource": {}}]}']
)
def test_a_bundle_that_says_a_thing_twice_is_not_read_by_half(body: str) -> None:
    with pytest.raises(NotJson):
        read_bundle(body.replace('{"entry', '{"resourceType": "Bundle", "entry').encode())


@pytest.mark.parametrize(
    "longer",
    [
        lambda text: observation(valueString=text, valueQuantity=None),
        lambda text: observation(note=[{"text": text}]),
        lambda text: report(conclusion=text),
    ],
)
def test_a_file_in_the_place_of_a_text_is_held(feed: Source, longer: Callable[[str], Any]) -> None:
    whole = {key: value for key, value in longer("长" * 20_001).items() if value is not None}
    assert counts(deliver(feed, patient(), whole)) == {"fetched": 2, "new": 1, "held": 1}


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59Z", "9999-12-31"])
def test_a_visit_that_ends_when_the_calendar_does_goes_on(feed: Source, end: str) -> None:
    visit = {"resourceType": "Encounter", "id": "e1", "status": "in-progress", "class": {"code": "IMP"}}
    visit |= {"subject": {"reference": "Patient/p1"}, "period": {"start": "2026-11-01", "end": end}}
    assert counts(deliver(feed, patient(), visit)) == {"fetched": 2, "new": 2}
    assert [row.ended_at for row in rows(Encounter)] == [None]


class _Answering:
    """A server that answers everything with one page."""

    def __init__(self, page: dict[str, Any]) -> None:
        self.page = page

    def get(self, address: str) -> Answer:
        return Answer(200, "application/fhir+json", dumps(self.page).encode())


@pytest.mark.parametrize("link", ["http://[::1", "//[x]/Patient", "http://a]b/"])
@pytest.mark.django_db
def test_a_next_page_at_no_address_ends_a_pull_in_words(link: str) -> None:
    links = [{"relation": "next", "url": link}, {"relation": "self", "url": link}]
    page = {"resourceType": "Bundle", "fhirVersion": "4.0.1", "link": links, "entry": [{"resource": patient()}]}
    connector = FhirConnector("http://h/fhir", cast(Asker, _Answering(page)), Limits.at(NOON))
    with pytest.raises(PullFailed, match="不是地址"):
        list(connector.pages(Since({}, timedelta(), NOON), NOON))


@pytest.mark.parametrize("named", ["index:zz", "index:abc", "index:", "case:zz", "Patient/index:zz"])
def test_a_patient_called_like_a_mark_of_ours_waits_as_any_other(feed: Source, named: str) -> None:
    run = deliver(feed, observation(subject={"reference": named}), patient(None, id=named[:64]))
    assert counts(run) == {"fetched": 2, "held": 2}


def test_a_mistake_while_a_message_is_held_does_not_end_the_run(feed: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> bool:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(matching, "still_unknown", fail)
    run = deliver(feed, observation(subject={"reference": "Patient/nobody"}), patient(), observation(id="o2"))
    assert counts(run) == {"fetched": 3, "new": 2, "failed": 1}


@pytest.mark.parametrize("before", [True, False])
def test_an_id_card_number_as_a_patients_number_is_kept_nowhere_in_the_clear(feed: Source, before: bool) -> None:
    her = patient(id=HELANFANG_NUMBER)
    results = [
        observation(subject={"reference": f"Patient/{HELANFANG_NUMBER}"}),
        observation(id="o2", subject={"reference": f"Patient/{HELANFANG_NUMBER[:17]}9"}),
        observation(id="o3", subject={"reference": HELANFANG_NUMBER}),
    ]
    deliver(feed, *([her, *results] if before else [*results, her]))
    assert [row.identifier for row in rows(Observation)] == ["o1", "o3"]
    kept = [*rows(InboundKey), *rows(SourcePatient), *rows(Held)]
    assert not any(HELANFANG_NUMBER[:17] in str(value) for row in kept for value in vars(row).values())
