"""The list of studies of a PACS as FHIR: whose they are, in whichever characters, and which pictures there are."""

import json
from typing import Any

import pytest

from records.exchange.mapping import MAPPINGS, patient
from records.exchange.pacs.translating import translate
from records.exchange.translating import Setup, Untranslatable
from records.exchange.values import Frame, ImagingFacts
from tests.exchange.pacs.answers import UID, Study, answer, study, value
from tests.factories import NOON
from tests.people import HELANFANG_NUMBER

FRAME = Frame(NOON)
GBK_AS_LATIN = "贺^兰芳".encode("gbk").decode("latin-1")
CARD = "00101000"


def resources(*studies: Study, charset: str = "") -> list[Any]:
    return [entry.resource for entry in translate(answer(*studies), Setup(charset=charset))]


def person(one: Study, charset: str = "") -> Any:
    return resources(one, charset=charset)[0]


def facts(one: Study) -> ImagingFacts:
    (row,) = MAPPINGS["ImagingStudy"](resources(one)[1], FRAME).rows
    assert isinstance(row, ImagingFacts)
    return row


def test_a_study_says_whose_it_is_by_the_number_of_the_id_card() -> None:
    found = patient(person(study()), FRAME)
    assert (found.numbers, found.name, found.sex) == ((HELANFANG_NUMBER,), "贺兰芳", "2")
    assert found.birth_date.isoformat() == "1957-02-13"


def test_a_study_says_which_pictures_there_are() -> None:
    row = facts(study())
    assert (row.study_uid, row.accession, row.modality, row.title, row.images) == (
        *(UID, "R2026-118", "CT"),
        *("胸部CT平扫", 120),
    )
    assert row.occurred_at is not None and row.occurred_at.isoformat() == "2026-11-20T00:10:00+00:00"
    assert row.zone_assumed


def test_a_zone_that_is_given_is_taken() -> None:
    assert not facts(study(t00080201=value("SH", "+0800"))).zone_assumed


def test_patient_numbers_of_two_issuers_are_two_patients() -> None:
    ids = {person(study(t00100021=value("LO", issuer)))["id"] for issuer in ("COUNTY", "TOWN")}
    assert ids == {"COUNTY.P10020137", "TOWN.P10020137"}


def test_an_id_card_as_patient_number_is_not_put_into_an_id() -> None:
    one = person(study(t00100020=value("LO", HELANFANG_NUMBER), t00100021=None, t00101002=None))
    assert HELANFANG_NUMBER not in one["id"] and "identifier" not in one


def test_another_number_is_an_id_card_only_with_the_birth_date_in_it() -> None:
    listed = study(t00101002=None, t00101000=value("LO", "A1", HELANFANG_NUMBER))
    assert person(listed)["identifier"][0]["value"] == HELANFANG_NUMBER
    strange = study(t00101002=None, t00101000=value("LO", "640199195802130124"))
    assert "identifier" not in person(strange)


def test_one_patient_of_many_studies_comes_once() -> None:
    kinds = [one["resourceType"] for one in resources(study(), study("1.2.3"), study("1.2.4"))]
    assert kinds == ["Patient", "ImagingStudy", "ImagingStudy", "ImagingStudy"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ({"Alphabetic": "He^Lanfang", "Ideographic": "贺^兰芳"}, "贺兰芳"),
        ({"Alphabetic": "贺^兰芳"}, "贺兰芳"),
        ({"Alphabetic": "贺兰芳"}, "贺兰芳"),
        ({"Alphabetic": "He^Lanfang=贺^兰芳=ㄏㄜ"}, "贺兰芳"),
        ("He^Lanfang=贺^兰芳", "贺兰芳"),
        ({"Alphabetic": "He^Lanfang^^"}, "Lanfang He"),
    ],
)
def test_a_name_is_read_from_its_groups_and_components(name: Any, read: str) -> None:
    assert patient(person(study(t00100010=value("PN", name))), FRAME).name == read


@pytest.mark.parametrize(
    ("declared", "charset", "text"),
    [
        (["GB18030"], "", GBK_AS_LATIN),
        (["GBK"], "", GBK_AS_LATIN),
        (["", "ISO 2022 IR 58"], "", "\x1b$)A".join(["", *GBK_AS_LATIN.split("^")]).replace("\x1b$)A", "\x1b$)A", 1)),
        ([], "GB18030", GBK_AS_LATIN),
        (["GB18030"], "", "贺^兰芳"),
    ],
)
def test_chinese_that_was_taken_for_latin_is_read_as_it_was_meant(declared: Any, charset: str, text: str) -> None:
    one = study(t00080005=value("CS", *declared), t00100010=value("PN", {"Alphabetic": text}))
    assert patient(person(one, charset), FRAME).name == "贺兰芳"


def test_latin_letters_stay_where_nothing_says_that_they_are_chinese() -> None:
    one = study(t00100010=value("PN", {"Alphabetic": "Müller^Zoë"}))
    assert patient(person(one), FRAME).name == "Zoë Müller"
    assert patient(person(one | {"00080005": value("CS", "GB18030")}), FRAME).name == "Zoë Müller"


def test_an_answer_in_gb18030_is_read() -> None:
    raw = json.dumps([study()], ensure_ascii=False).encode("gb18030")
    first = next(iter(translate(raw, Setup())))
    assert patient(first.resource, FRAME).name == "贺兰芳"


@pytest.mark.parametrize("missing", ["00100020", "0020000D"])
def test_a_study_of_nobody_says_so_in_its_place_and_the_others_are_read(missing: str) -> None:
    entries = list(translate(answer(study(**{f"t{missing}": None}), study("1.2.3")), Setup()))
    assert [bool(entry.problem) for entry in entries] == [True, False, False]


def test_two_studies_of_nobody_are_two_messages() -> None:
    entries = list(translate(answer(*(study(uid, t00100020=None) for uid in ("1.2", "1.3"))), Setup()))
    assert len({repr(entry.resource) for entry in entries}) == 2


def test_a_uid_that_would_lead_elsewhere_is_none() -> None:
    (entry,) = translate(answer(study("../../patients")), Setup())
    assert entry.problem


@pytest.mark.parametrize("raw", [b"", b"[", b"{}", b"[1]", b"<html>", b"\xff\xff", b"[{}", b"[" * 100000])
def test_what_is_no_list_of_studies_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(Untranslatable):
        list(translate(raw, Setup()))
