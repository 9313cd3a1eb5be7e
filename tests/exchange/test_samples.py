"""Messages that nobody here wrote, where the machine has them: SAMPLES_DIR with fhir/, hl7v2/ and ids.json."""

import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents
from records.exchange.hl7v2.receiving import keep
from records.exchange.importing import import_file
from records.exchange.models import Held, InboundKey, Pull, Source, StoredFile
from residents.documents import from_legacy, read
from tests import factories
from tests.exchange.conftest import rows
from tests.factories import NOON

FOLDER = Path(os.environ.get("SAMPLES_DIR", "/nonexistent"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="SAMPLES_DIR names no folder")
Clock = Callable[[], datetime]
NUMBERS: dict[str, Any] = json.loads((FOLDER / "ids.json").read_text()) if FOLDER.is_dir() else {}


def everything() -> dict[str, int]:
    """How many rows each table has, the record of runs itself left out."""
    with acting_as("owner"):
        return {model._meta.db_table: model.objects.count() for model in apps.get_models() if model is not Pull}


def accounted(runs: Iterable[Pull]) -> tuple[int, int]:
    """How much was fetched, and how much of it the ledger accounts for."""
    found = list(runs)
    parts = ("new", "repeated", "skipped", "held", "failed")
    return sum(run.fetched for run in found), sum(getattr(run, part) for run in found for part in parts)


def test_every_resource_is_in_the_ledger_and_a_second_load_adds_nothing(feed: Source, clock: Clock) -> None:
    files = sorted((FOLDER / "fhir").glob("*.json"))
    sent = sum(len(json.loads(file.read_text())["entry"]) for file in files)
    with acting_as("worker"):
        first = [import_file(file, feed.pk, clock=clock) for file in files]
    before = everything()
    with acting_as("worker"):
        second = [import_file(file, feed.pk, clock=clock) for file in files]
    assert accounted(first) == accounted(second) == (sent, sent)
    assert (sum(run.repeated for run in second), everything()) == (sent, before)
    held = [(one.kind, one.explanation) for one in rows(Held)[:5]]
    assert rows(InboundKey, state__in=["waiting", "held", "failed"]) == [], held


def test_every_hl7_file_is_applied_or_waits_with_a_reason_and_a_second_load_adds_nothing(
    county: Facility, clock: Clock
) -> None:
    lis = factories.source(county, "county-lis", kind="hl7v2")
    files = sorted(path for path in (FOLDER / "hl7v2").iterdir() if path.suffix in {".hl7", ".bin"})
    assert (load(lis, files, clock), load(lis, files, clock)) == ([True] * len(files), [False] * len(files))
    fetched, told = accounted(rows(Pull))
    lines = rows(InboundKey)
    assert (len(rows(StoredFile)), told, len({line.pk for line in lines})) == (len(files), fetched, len(lines))
    assert all(held.explanation for held in rows(Held))
    assert rows(InboundKey, state__in=["waiting", "failed"]) == []


def load(lis: Source, files: list[Path], clock: Clock) -> list[bool]:
    """Keep and translate each; whether it was new."""
    with acting_as("worker"):
        new = [keep(file.read_bytes(), lis, file.name[:20], NOON) for file in files]
        documents.translate(lis.pk, clock=clock)
    return new


@pytest.mark.parametrize("number", NUMBERS.get("valid", []))
def test_a_valid_number_is_read(number: str) -> None:
    assert read(number, NOON.date()).number == number


@pytest.mark.parametrize("vector", NUMBERS.get("invalid", []), ids=lambda vector: vector["why"])
def test_an_invalid_number_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        read(vector["value"], NOON.date())


@pytest.mark.parametrize("vector", NUMBERS.get("normalises_to", []))
def test_a_number_is_read_as_it_is_typed(vector: dict[str, str]) -> None:
    assert read(vector["typed"], NOON.date()).number == vector["stored"]


@pytest.mark.parametrize("vector", NUMBERS.get("legacy_15_digits", []))
def test_an_old_number_is_the_new_one(vector: dict[str, str]) -> None:
    assert from_legacy(vector["old"]) == vector["new"]
