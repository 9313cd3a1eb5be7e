"""Keeping a document: whole, once for each source, and one statement for a small one."""

from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents, filing
from records.exchange.models import FilePart, Source, StoredFile, Translation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.factories import NOON

RAW = oru(GLUCOSE).encode()
LAYOUT = StoredFile.Layout.HL7V2


@pytest.fixture
def lis(county: Facility) -> Source:
    return factories.source(county, "county-lis", kind="hl7v2")


def keep(raw: bytes, source: Source) -> bool:
    with acting_as("worker"):
        return documents.keep(raw, source, LAYOUT, "MSG00001", NOON)


def content(file: StoredFile) -> bytes:
    with acting_as("worker"), filing.stored_stream(file) as stream:
        return stream.read()


@pytest.mark.parametrize("size", [1, len(RAW), filing.MEGABYTE, filing.MEGABYTE + 1, 3 * filing.MEGABYTE + 5])
def test_what_is_kept_is_the_whole_document_and_waits(lis: Source, size: int) -> None:
    raw = (RAW + b"x" * size)[:size]
    assert keep(raw, lis)
    (file,), (translation,) = rows(StoredFile), rows(Translation)
    said: tuple[Any, ...] = (file.source_id, file.size, file.layout, file.name, file.received_at)
    assert said == (lis.pk, size, LAYOUT, "MSG00001", NOON)
    assert (translation.file_id, translation.source_id, translation.received_at) == (file.pk, lis.pk, NOON)
    assert (translation.state, translation.attempts, content(file) == raw) == ("waiting", 0, True)
    assert sorted(part.number for part in rows(FilePart)) == list(range(-(-size // filing.MEGABYTE)))


def test_the_same_bytes_are_kept_once_for_each_source(lis: Source, county: Facility) -> None:
    other = factories.source(county, "other", kind="hl7v2")
    assert [keep(RAW, source) for source in (lis, lis, other)] == [True, False, True]
    assert len(rows(StoredFile)) == len(rows(Translation)) == len(rows(FilePart)) == 2


def test_a_small_document_costs_one_statement(lis: Source) -> None:
    with CaptureQueriesContext(connections["worker"]) as queries:
        keep(RAW, lis)
    assert [query["sql"].split()[0] for query in queries if "exchange" in query["sql"]] == ["WITH"]


def test_nothing_is_not_kept(lis: Source) -> None:
    with pytest.raises(ValueError, match="empty"):
        keep(b"", lis)
    assert rows(StoredFile) == []
