"""The layout `dicom`: studies of a PACS as FHIR, each a Patient and an ImagingStudy.

A study in a list is no report, so that none is made of it: a DiagnosticReport that is only `registered` would have no
row. The report comes another way, and the two meet by accession number (records.imaging).
"""

import re
from collections.abc import Iterator

from records.exchange.bundles import Entry
from records.exchange.hl7v2.naming import identifier
from records.exchange.pacs import datasets
from records.exchange.pacs.datasets import Dataset
from records.exchange.reading import Resource
from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.translating import Setup

UID_SYSTEM = "urn:dicom:uid"
SEXES = {"M": "male", "F": "female"}
ID_CARD_OID = ID_CARD_SYSTEM.removeprefix("urn:oid:")
# How issuers of identity cards are called where no OID is given.
ID_CARD_ISSUERS = {ID_CARD_OID, ID_CARD_SYSTEM, "身份证", "居民身份证", "公安部", "IDCARD", "ID_CARD", "NIID", "SFZ"}
UID = re.compile(r"[0-9]+(?:\.[0-9]+){1,40}")
_CARD = re.compile(r"\d{17}[0-9Xx]")
_DATE = re.compile(r"(\d{4})[.\-]?(\d\d)[.\-]?(\d\d)")
_TIME = re.compile(r"(\d\d)(?::?(\d\d)(?::?(\d\d)(\.\d{1,6})?)?)?")
_ZONE = re.compile(r"([+-])(\d\d)(\d\d)")
_LONGEST_UID = 64
NO_STUDY = "影像系统的这条检查没有合格的检查号（StudyInstanceUID）。请影像系统的工程师核对。"
NO_PATIENT = "影像系统的这条检查没有患者编号（PatientID），不知道是谁的。影像系统补上以后会自动重新接收。"

CHARACTER_SET, STUDY_DATE, STUDY_TIME, ACCESSION = "00080005", "00080020", "00080030", "00080050"
MODALITIES, ZONE, DESCRIPTION = "00080061", "00080201", "00081030"
NAME, PATIENT_ID, ISSUER, ISSUER_QUALIFIERS = "00100010", "00100020", "00100021", "00100024"
BIRTH_DATE, SEX, OTHER_IDS, OTHER_IDS_SEQUENCE = "00100030", "00100040", "00101000", "00101002"
UNIVERSAL_ID, STUDY_UID, SERIES, IMAGES = "00400032", "0020000D", "00201206", "00201208"


def translate(raw: bytes, setup: Setup) -> Iterator[Entry]:
    """Each study's patient, once, and the study; a study that names no patient or itself says so in its place."""
    found = datasets.studies(raw, setup.charset)
    seen: set[str] = set()
    return (entry for one in found for entry in _entries(one, seen))


def _entries(one: Dataset, seen: set[str]) -> Iterator[Entry]:
    uid = one.text(STUDY_UID)
    if not is_uid(uid):
        yield _unusable(one, NO_STUDY)
        return
    if not one.text(PATIENT_ID):
        yield _unusable(one, NO_PATIENT)
        return
    person = _patient(one)
    if repr(person) not in seen:
        seen.add(repr(person))
        yield Entry("", person)
    yield Entry("", _study(one, uid, person["id"]))


def is_uid(text: str) -> bool:
    """Whether a text is a DICOM UID (PS3.5, chapter 9): it also becomes part of an address."""
    return len(text) <= _LONGEST_UID and UID.fullmatch(text) is not None


def _unusable(one: Dataset, problem: str) -> Entry:
    # What stands in the resource's place tells one such study from another; only its hash is kept.
    return Entry("", repr(sorted(one.members.items())), problem=problem)


def _patient(one: Dataset) -> Resource:
    """Whom the study shows; what the PACS does not know is left out, and the mapping says what is missing."""
    card = _id_card(one)
    name = _name(one)
    return {
        "resourceType": "Patient",
        "id": identifier(*filter(None, [_issuer(one), one.text(PATIENT_ID)])),
        **({"identifier": [{"system": ID_CARD_SYSTEM, "value": card}]} if card else {}),
        **({"name": [name]} if name else {}),
        **_known("gender", SEXES.get(one.text(SEX).upper(), "")),
        **_known("birthDate", _day(one.text(BIRTH_DATE))),
    }


def _known(name: str, value: str) -> Resource:
    return {name: value} if value else {}


def _issuer(one: Dataset) -> str:
    """Who gave the patient number: numbers are only unique within their issuer."""
    universal = [item.text(UNIVERSAL_ID) for item in one.items(ISSUER_QUALIFIERS)]
    return next(filter(None, [*universal, one.text(ISSUER)]), "")


def _id_card(one: Dataset) -> str:
    """The ID card's number: where its issuer says so, or where one of the other numbers holds the birth date in it."""
    for numbered in (one, *one.items(OTHER_IDS_SEQUENCE)):
        if _issuer(numbered).replace(" ", "").upper() in ID_CARD_ISSUERS:
            return numbered.text(PATIENT_ID)
    born = _day(one.text(BIRTH_DATE)).replace("-", "")
    listed = [*one.texts(OTHER_IDS), *(item.text(PATIENT_ID) for item in one.items(OTHER_IDS_SEQUENCE))]
    return next((text for text in listed if born and _CARD.fullmatch(text) and text[6:14] == born), "")


def _name(one: Dataset) -> Resource:
    """The name by its components: family, given, middle (PS3.5, 6.2.1.1)."""
    text = next(iter(one.names(NAME)), "")
    family, *rest = [part.strip() for part in text.split("^")[:3]] if text else [""]
    given = [part for part in rest if part]
    if not given:
        return _known("text", family)
    return {**_known("family", family), "given": given}


def _study(one: Dataset, uid: str, patient: str) -> Resource:
    accession = one.text(ACCESSION)
    identifiers: list[Resource] = [{"use": "official", "system": UID_SYSTEM, "value": f"urn:oid:{uid}"}]
    if accession:
        identifiers.append({"type": {"coding": [{"code": "ACSN"}]}, "value": accession})
    series, images = one.number(SERIES), one.number(IMAGES)
    return {
        "resourceType": "ImagingStudy",
        "id": uid,
        "identifier": identifiers,
        "status": "available",
        "modality": [{"code": text} for text in dict.fromkeys(_modalities(one))],
        "subject": {"reference": f"Patient/{patient}"},
        **_known("started", _started(one)),
        **_known("description", one.text(DESCRIPTION)),
        **({"numberOfSeries": series} if series is not None else {}),
        **({"numberOfInstances": images} if images is not None else {}),
    }


def _modalities(one: Dataset) -> list[str]:
    """Modalities, also where a server leaves several in one text."""
    return [part.strip() for text in one.texts(MODALITIES) for part in text.split("\\") if part.strip()]


def _started(one: Dataset) -> str:
    """The time in FHIR's spelling; without a zone of its own none is written. What is no date stays as it is."""
    day, clock = _day(one.text(STUDY_DATE)), _TIME.fullmatch(one.text(STUDY_TIME))
    if clock is None or not _DATE.fullmatch(one.text(STUDY_DATE)):
        return day
    zone = _ZONE.fullmatch(one.text(ZONE))
    offset = f"{zone[1]}{zone[2]}:{zone[3]}" if zone else ""
    return f"{day}T{clock[1]}:{clock[2] or '00'}:{clock[3] or '00'}{clock[4] or ''}{offset}"


def _day(text: str) -> str:
    found = _DATE.fullmatch(text)
    return f"{found[1]}-{found[2]}-{found[3]}" if found else text
