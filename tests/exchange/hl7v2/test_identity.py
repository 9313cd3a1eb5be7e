"""Whom a message speaks of: numbers, names, sex and birth date as different senders write them."""

import re

import pytest

from records.exchange.references import ID_CARD_SYSTEM
from records.exchange.translating import Untranslatable
from tests.exchange.hl7v2.messages import CARD, GLUCOSE, OBR, PID, of, one, oru, read, text
from tests.factories import id_number

OTHER_CARD = id_number(sequence=3)


def patient(pid: str, **setup: str) -> dict:
    return one("Patient", oru(GLUCOSE, pid=pid), **setup)


def cards(pid: str) -> list[str]:
    return [item["value"] for item in patient(pid)["identifier"] if item.get("system") == ID_CARD_SYSTEM]


def test_a_patient_has_the_hospitals_number_the_id_card_and_what_must_agree_with_it() -> None:
    assert patient(PID) == {
        "resourceType": "Patient",
        "id": "HIS.10020137",
        "meta": {"lastUpdated": "2026-11-20T09:30:00"},
        "identifier": [{"system": ID_CARD_SYSTEM, "value": CARD}, {"use": "secondary", "value": "10020137"}],
        "name": [{"use": "official", "text": "贺兰芳"}],
        "gender": "male",
        "birthDate": "1980-01-01",
    }


@pytest.mark.parametrize(
    "numbers",
    [
        f"7^^^HIS^PI~{CARD}^^^^NNCHN",
        f"{CARD}^^^^NI~7^^^HIS^PI",
        f"7^^^HIS~{CARD}^^^^身份证",
        f"7^^^HIS~{CARD}^^^^01",
        f"7^^^HIS~{CARD}",
        f"9^^^^VN~7^^^HIS^MR~{CARD}^^^^SFZ~88^^^^医保",
        f"7^^^HIS^PI|{CARD}",
        f"7^^^HIS^PI||||||||||||||||{CARD}",
    ],
)
def test_the_id_card_is_found_wherever_senders_put_it(numbers: str) -> None:
    tail = numbers.split("|")
    pid = "PID|1||" + tail[0] + "|" + (tail[1] if len(tail) == 2 else "") + "|贺^兰芳||19800101|M"
    if len(tail) > 2:
        pid += "|" * 11 + tail[-1]
    assert cards(pid) == [CARD]
    assert patient(pid)["id"] == "HIS.7"


def test_a_15_digit_number_is_handed_on_as_it_is() -> None:
    assert cards("PID|1||7~640199800101001^^^^NI||贺^兰芳") == ["640199800101001"]


def test_an_id_card_that_is_wrong_is_handed_on_to_be_held() -> None:
    assert cards("PID|1||7~12345^^^^NI||贺^兰芳") == ["12345"]


def test_two_different_id_cards_are_both_handed_on_and_nobody_chooses() -> None:
    assert cards(f"PID|1||7~{CARD}^^^^NI~{OTHER_CARD}^^^^NI") == [CARD, OTHER_CARD]


def test_a_social_security_number_of_another_country_is_no_id_card() -> None:
    assert cards("PID|1||7~123456789^^^USSSA^SS") == []


def test_a_patient_without_an_id_card_is_named_by_the_hospitals_number() -> None:
    found = read(oru(GLUCOSE, pid="PID|1||10020137^^^HIS||贺^兰芳"))
    assert found[0]["id"] == "HIS.10020137" and cards("PID|1||10020137^^^HIS||贺^兰芳") == []
    assert found[1]["subject"] == {"reference": "Patient/HIS.10020137"}


@pytest.mark.parametrize("pid", [f"PID|1||{CARD}^^^^NI||贺^兰芳", f"PID|1||{CARD}^^^HIS^PI||贺^兰芳"])
def test_an_id_card_never_becomes_an_id(pid: str) -> None:
    patients, *others = read(oru(GLUCOSE, pid=pid))
    assert "id" not in patients
    for resource in others:
        assert resource["subject"]["identifier"] == {"system": ID_CARD_SYSTEM, "value": CARD}
        assert resource["subject"]["display"] == "贺兰芳"
        assert CARD not in resource["id"]


def test_a_report_known_only_by_its_patient_and_time_does_not_show_the_id_card() -> None:
    report = one("DiagnosticReport", oru(GLUCOSE, obr="OBR|1|||CBC|||20261120", pid=f"PID|1||{CARD}^^^^NI||贺^兰芳"))
    assert CARD not in report["id"]


@pytest.mark.parametrize("number", ["640199198001010010", "640199800101001"])
def test_a_hospitals_number_that_looks_like_an_id_card_is_not_shown_either(number: str) -> None:
    resources = read(oru(GLUCOSE, pid=f"PID|1||{number}^^^HIS^PI", obr="OBR|1|||CBC|||20261120"))
    assert not any(number in resource["id"] or number[:14] in resource["id"] for resource in resources)


def test_two_systems_of_a_hospital_that_count_alike_are_told_apart() -> None:
    ids = {patient(f"PID|1||{number}")["id"] for number in ("7^^^HIS", "7^^^PEIS", "7", "7^^^A&1.2.3&ISO")}
    assert len(ids) == 4


def test_of_several_numbers_the_senders_own_counts() -> None:
    pid = "PID|1||1^^^REGION^PI~2^^^COUNTY^MR"
    assert patient(pid)["id"] == "COUNTY.2"
    assert patient("PID|1||1^^^REGION^PI~2^^^X9^MR", facility_code="X9")["id"] == "X9.2"


@pytest.mark.parametrize("number", ["住院-0012", "A B/7", "1.2", "9" * 80, "é"])
def test_strange_numbers_make_ids_that_fhir_allows(number: str) -> None:
    made = patient(f"PID|1||{number}^^^县医院")["id"]
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", made)
    assert made == patient(f"PID|1||{number}^^^县医院")["id"] != patient(f"PID|1||{number}0^^^县医院")["id"]


@pytest.mark.parametrize("pid", ["PID|1", "PID|1||||贺^兰芳", "PID|1||99^^^^VN||贺^兰芳", 'PID|1||""'])
def test_a_patient_without_any_number_is_refused(pid: str) -> None:
    with pytest.raises(Untranslatable) as refusal:
        read(oru(GLUCOSE, pid=pid))
    assert "PID-3" in refusal.value.explanation


def test_results_without_a_patient_are_refused() -> None:
    with pytest.raises(Untranslatable):
        read(text(OBR, GLUCOSE))


@pytest.mark.parametrize(
    ("sent", "called"),
    [
        ("贺^兰芳", "贺兰芳"),
        ("贺兰芳", "贺兰芳"),
        ("^贺兰芳", "贺兰芳"),
        ("贺兰芳^HE LANFANG", "贺兰芳"),
        ("HE^LANFANG^^^^^L^A~贺^兰芳^^^^^L^I", "贺兰芳"),
        ("HE^LANFANG~贺兰芳", "贺兰芳"),
        ("买买提·艾力", "买买提·艾力"),
        ("Wilson^Patrice^N^^^^L", "Patrice N Wilson"),
        ("van Dyke&van&Dyke^Anna", "Anna van Dyke"),
    ],
)
def test_names_are_put_together_in_the_order_of_their_script(sent: str, called: str) -> None:
    assert patient(f"PID|1||7||{sent}")["name"][0]["text"] == called


@pytest.mark.parametrize(
    ("sent", "sex"),
    [
        ("M", "male"),
        ("F", "female"),
        ("1", "male"),
        ("2", "female"),
        ("女", "female"),
        ("U", "unknown"),
        ("9", "unknown"),
    ],
)
def test_the_sex_is_read_as_hl7_and_as_the_national_standard_write_it(sent: str, sex: str) -> None:
    assert patient(f"PID|1||7||贺^兰芳||19800101|{sent}")["gender"] == sex


@pytest.mark.parametrize(
    ("sent", "birth"),
    [("19800101", "1980-01-01"), ("198001010830", "1980-01-01"), ("1980", "1980"), ("1980-01-02", "1980-01-02")],
)
def test_the_birth_date_is_a_day(sent: str, birth: str) -> None:
    assert patient(f"PID|1||7||贺^兰芳||{sent}")["birthDate"] == birth


ADT = {"kind": "ADT^A40^ADT_A39"}


def merge(mrg: str, pid: str = PID) -> list[dict]:
    return of("Patient", text("EVN|A40|20261121101500", pid, mrg, **ADT))


def test_a_merge_retires_the_old_number_in_favour_of_the_new_one() -> None:
    survivor, retired = merge("MRG|10019999^^^HIS^PI")
    assert survivor["id"] == "HIS.10020137"
    assert retired == {
        "resourceType": "Patient",
        "id": "HIS.10019999",
        "meta": {"lastUpdated": "2026-11-21T10:15:00"},
        "active": False,
        "link": [{"other": {"reference": "Patient/HIS.10020137"}, "type": "replaced-by"}],
    }


def test_a_number_on_both_sides_of_a_merge_stays() -> None:
    found = merge("MRG|1^^^HIS~5^^^LIS", pid="PID|1||2^^^HIS~5^^^LIS||贺^兰芳")
    assert [item["id"] for item in found] == ["HIS.2", "HIS.1"]


@pytest.mark.parametrize("mrg", ["MRG|", "MRG|10020137^^^HIS^PI", f"MRG|{CARD}^^^^NI", "ZZZ|"])
def test_a_merge_that_names_no_other_number_is_refused(mrg: str) -> None:
    with pytest.raises(Untranslatable):
        merge(mrg)


def test_a_merge_of_several_patients_pairs_each_with_its_own() -> None:
    found = of("Patient", text("PID|1||2^^^HIS", "MRG|1^^^HIS", "PID|1||4^^^HIS", "MRG|3^^^HIS", **ADT))
    links = {item["id"]: item["link"][0]["other"]["reference"] for item in found if "link" in item}
    assert links == {"HIS.1": "Patient/HIS.2", "HIS.3": "Patient/HIS.4"}
