"""One ID number, written as facilities write it, by every path: 15 digits, a small x, full-width digits."""

from collections.abc import Callable
from datetime import datetime

import pytest

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents as kept
from records.exchange.models import Held, Source, SourcePatient, StoredFile
from residents import documents
from residents.models import Resident
from tests import factories
from tests.exchange.cda.making import HER, LABORATORY
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.exchange.pacs.answers import answer, study, value
from tests.exchange.sending import deliver, patient
from tests.exchange.tables.making import COLUMNS, row, text
from tests.factories import NOON

Clock = Callable[[], datetime]
FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
Layout = StoredFile.Layout


def ending_in_x() -> str:
    """A woman's number of 1957 that ends in X, and came from one of 15 digits."""
    born = "640199570213"
    found = (documents.from_legacy(f"{born}{sequence:03d}") for sequence in range(2, 1000, 2))
    return next(number for number in found if number.endswith("X"))


NUMBER = ending_in_x()
WRITTEN = {
    "of fifteen digits": NUMBER[:6] + NUMBER[8:17],
    "with a small x": NUMBER.lower(),
    "in full width": NUMBER.translate(FULL_WIDTH),
    "in full width with a small x": NUMBER.lower().translate(FULL_WIDTH),
}


def by_hl7(number: str) -> bytes:
    return oru(GLUCOSE, pid=f"PID|1||7^^^HIS^PI~{number}^^^^NI||贺^兰芳||19570213|F").encode()


def by_cda(number: str) -> bytes:
    return LABORATORY.replace(HER, number).replace("19620305", "19570213").encode()


def by_table(number: str) -> bytes:
    return text([row(身份证号=number, 出生日期="1957-02-13")]).encode()


def by_dicom(number: str) -> bytes:
    card = {"00100020": value("LO", number), "00100021": value("LO", "居民身份证")}
    return answer(study(t00101002=value("SQ", card)))


PATHS: dict[str, tuple[Layout, Callable[[str], bytes]]] = {
    "hl7v2": (Layout.HL7V2, by_hl7),
    "cda": (Layout.CDA, by_cda),
    "table": (Layout.TABLE, by_table),
    "dicom": (Layout.DICOM, by_dicom),
}


@pytest.fixture
def lan(county: Facility) -> Resident:
    """贺兰芳, whose number ends in X."""
    return factories.resident("贺兰芳", NUMBER)


def linked(lan: Resident) -> bool:
    """Whether the one patient who came is her, without a question left."""
    held = [one.reason for one in rows(Held, kind="Patient")]
    return ([link.resident_id for link in rows(SourcePatient)], held, len(rows(Resident))) == ([lan.pk], [], 1)


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("path", PATHS)
def test_a_number_is_the_same_however_it_is_written(
    county: Facility, lan: Resident, clock: Clock, path: str, way: str
) -> None:
    layout, written = PATHS[path]
    source = factories.source(county, "county-feed", options={"columns": COLUMNS})
    with acting_as("worker"):
        kept.keep(written(WRITTEN[way]), source, layout, "message", NOON)
        kept.translate(source.pk, clock=clock)
    assert linked(lan)


@pytest.mark.parametrize("way", WRITTEN)
def test_a_number_in_fhir_is_the_same_however_it_is_written(feed: Source, lan: Resident, way: str) -> None:
    deliver(feed, patient(WRITTEN[way]))
    assert linked(lan)
