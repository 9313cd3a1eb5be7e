"""Keeping with one statement leaves what keeping a document leaves."""

from typing import Any

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents, filing
from records.exchange.hl7v2 import keeping
from records.exchange.models import Source, StoredFile, Translation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.factories import NOON

RAW = oru(GLUCOSE).encode()


@pytest.fixture
def lis(county: Facility) -> Source:
    return factories.source(county, "county-lis", kind="hl7v2")


def kept(source: Source) -> tuple[Any, ...]:
    """All that is kept of a source's only document, but for its ids."""
    (file,), (translation,) = rows(StoredFile, source=source), rows(Translation, source=source)
    with acting_as("worker"), filing.stored_stream(file) as stream:
        content = stream.read()
    said = (file.size, bytes(file.sha256), file.layout, file.name, file.received_at, content)
    return *said, translation.file_id == file.pk, translation.received_at, translation.state, translation.attempts


@pytest.mark.parametrize("raw", [RAW, RAW + b"NTE|1||" + b"x" * 1_100_000])
def test_both_ways_leave_the_same(lis: Source, county: Facility, raw: bytes) -> None:
    other = factories.source(county, "other", kind="hl7v2")
    with acting_as("worker"):
        assert keeping.keep(raw, lis, "MSG00001", NOON)
        assert documents.keep(raw, other, StoredFile.Layout.HL7V2, "MSG00001", NOON)
    assert kept(lis) == kept(other)


def test_the_same_bytes_are_kept_once_for_each_source(lis: Source, county: Facility) -> None:
    other = factories.source(county, "other", kind="hl7v2")
    with acting_as("worker"):
        said = [keeping.keep(RAW, source, "MSG00001", NOON) for source in (lis, lis, other)]
    assert said == [True, False, True]
    assert len(rows(StoredFile)) == len(rows(Translation)) == 2
