"""Which document, which version, whose; what is no document the portal reads."""

from datetime import date

import pytest

from records.exchange.cda.xml import MOST_DEPTH, MOST_ELEMENTS
from records.exchange.messages import understand
from records.exchange.translating import Untranslatable
from residents.models import Resident
from tests.exchange.cda.making import HER, LABORATORY, document, entries, item, person, resources, rows, section
from tests.factories import NOON

BODY = section("30954-2", item("GLU", "葡萄糖", "5.60", "mmol/L"))
NUMBERED = '<id root="2.16.156.10011.1.11" extension="MZ0023"/><id root="2.16.156.10011.1.33" extension="L001"/>'
REPLACES = (
    '<relatedDocument typeCode="RPLC"><parentDocument><id root="2.16.156.10011.1.1" extension="DOC-1"/>'
    "</parentDocument></relatedDocument>"
)


def lab(**changes: str) -> str:
    return document("C0007", BODY, **changes)


def report(raw: str) -> dict[str, object]:
    return resources(raw, "DiagnosticReport")[0]


def refused(raw: str | bytes, charset: str = "") -> str:
    with pytest.raises(Untranslatable) as caught:
        entries(raw, charset)
    assert "贺兰芳" not in caught.value.explanation and HER not in caught.value.explanation
    return caught.value.explanation


def test_the_person_is_recognised_by_all_that_the_header_says() -> None:
    found = person(LABORATORY)
    assert (found.numbers, found.name, found.birth_date) == ((HER,), "贺兰芳", date(1962, 3, 5))
    assert found.sex == Resident.Sex.FEMALE


def test_the_patient_comes_first_and_everything_speaks_of_it() -> None:
    first, *others = resources(LABORATORY)
    assert first["resourceType"] == "Patient"
    assert {one["subject"]["reference"] for one in others} == {f"Patient/{first['id']}"}


@pytest.mark.parametrize(("age", "born"), [("64", True), ("63", True), ("65", True), ("34", False), ("", False)])
def test_an_age_stands_for_a_birth_date_where_it_agrees_with_the_id_number(age: str, born: bool) -> None:
    found = resources(lab(person=f'<age unit="岁" value="{age}"/>'), "Patient")[0]
    assert found.get("birthDate") == ("1962-03-05" if born else None)


def test_a_fifteen_digit_number_is_kept_as_it_is() -> None:
    short = HER[:6] + HER[8:17]
    found = resources(lab(card=short, person='<age unit="岁" value="64"/>'), "Patient")[0]
    assert (found["identifier"][0]["value"], found["birthDate"]) == (short, "1962-03-05")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ('<id root="2.16.156.10011.1.12" extension="ZY9"/>', "TOWN.ip.ZY9"),
        (
            '<id root="2.16.156.10011.1.11" extension="M1"/><id root="2.16.156.10011.1.2" extension="17"/>',
            "TOWN.ehr.17",
        ),
        ('<id root="1.2.156.1" extension="01"/>', None),
        (f'<id root="2.16.156.10011.1.11" extension="{HER}"/>', None),
        ('<id root="2.16.156.10011.1.11" extension=""/>', None),
    ],
)
def test_a_patient_is_named_by_the_facility_s_own_number_and_never_by_an_id_number(
    role: str, expected: str | None
) -> None:
    found = resources(lab(role=role), "Patient")[0]["id"]
    assert HER not in found
    assert found == expected if expected else found.startswith("document-TOWN-DOC-1")


@pytest.mark.parametrize(
    ("head", "visit", "status"),
    [
        ("", "", "final"),
        ('<versionNumber value="1"/>', "", "final"),
        ('<versionNumber value="2"/>', "", "corrected"),
        ("", REPLACES, "corrected"),
        (
            "",
            '<relatedDocument typeCode="RPLC"><parentDocument><id/><setId/></parentDocument></relatedDocument>',
            "final",
        ),
        ('<versionNumber value="-1"/>', "", "entered-in-error"),
    ],
)
def test_a_version_says_whether_it_corrects_or_takes_back(head: str, visit: str, status: str) -> None:
    made = lab(head=head, visit=visit)
    assert {one["status"] for one in resources(made) if one["resourceType"] != "Patient"} == {status}


def test_a_report_is_the_same_in_all_its_versions_by_its_own_number() -> None:
    first = report(lab(role=NUMBERED, number="A"))
    second = report(lab(role=NUMBERED, number="B", visit=REPLACES, head='<versionNumber value="2"/>'))
    assert (first["id"], second["id"]) == ("TOWN.L001", "TOWN.L001")
    assert resources(lab(role=NUMBERED, number="A"))[1]["id"] == resources(lab(role=NUMBERED, number="B"))[1]["id"]


def test_a_set_holds_the_versions_of_a_document_without_a_number_of_its_own() -> None:
    in_set = '<setId root="1.2.156.9" extension="S7"/>'
    assert report(lab(number="A", head=in_set))["id"] == report(lab(number="B", head=in_set))["id"]


def test_a_set_without_a_root_is_something_else_and_joins_nothing() -> None:
    bare = '<setId extension="BS347"/>'
    assert report(lab(number="A", head=bare))["id"] != report(lab(number="B", head=bare))["id"]


def test_a_replacement_is_a_version_of_what_it_replaces() -> None:
    assert report(lab(number="DOC-1"))["id"] == report(lab(number="DOC-2", visit=REPLACES))["id"]


def test_the_newer_version_is_the_newer_message() -> None:
    old, new = (
        understand(entries(lab(role=NUMBERED, head=head, written=written))[-1], NOON)
        for head, written in (("", "20261120103000"), ('<versionNumber value="2"/>', "20261120153000"))
    )
    assert old.updated and new.updated and new.updated > old.updated
    assert (new.version, old.identifier) == ("2", new.identifier)


def test_where_the_document_was_kept_is_where_it_was_done() -> None:
    row = rows(LABORATORY, "DiagnosticReport")[0]
    assert (row.place.code, row.place.name, row.reporter.name) == ("TOWN", "镇卫生院", "县检验中心")
    assert row.practitioner_name == "王医生"


def test_what_a_document_keeps_confidential_is_protected() -> None:
    restricted = lab().replace('confidentialityCode code="N"', 'confidentialityCode code="R"')
    assert {row.sensitivity for row in rows(restricted, "Observation")} == {5}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20261120", "2026-11-20"),
        ("202611200830", "2026-11-20T08:30:00"),
        ("20261120083005.123+0800", "2026-11-20T08:30:05+08:00"),
        ("2026-11-20 08:30:05", "2026-11-20T08:30:05"),
        ("2026-11-20T08:30:05Z", "2026-11-20T08:30:05Z"),
    ],
)
def test_points_in_time_are_read_with_and_without_a_zone(written: str, read: str) -> None:
    assert report(lab(written=written))["meta"] == {"lastUpdated": read}


@pytest.mark.parametrize("written", ["20261340", "gestern", "2026112008300599999"])
def test_a_time_that_is_none_is_not_guessed(written: str) -> None:
    assert "effectiveTime" in refused(lab(written=written))


@pytest.mark.parametrize("code", ["HSDC00.06", "HSDC00.07", "HSDC00.53", "c0007"])
def test_the_numbering_that_some_systems_use_is_understood(code: str) -> None:
    kind = "Encounter" if code == "HSDC00.53" else "DiagnosticReport"
    assert len(resources(document(code, BODY), kind)) == 1


def test_the_template_decides_where_a_code_stands_for_two_documents() -> None:
    western = document("C0004", "").replace('code code="C0004"', 'code code="HSDC00.04"')
    assert entries(western)
    assert "HSDC00.04" in refused(document("HSDC00.04", ""))


@pytest.mark.parametrize("code", ["C0032", "HSDB04.03", "HSDB02.01", "A010401"])
def test_another_type_is_refused_by_its_name(code: str) -> None:
    assert f"文档类型代码 {code} 不是" in refused(document(code, BODY))


def test_a_type_that_is_no_code_is_not_repeated() -> None:
    assert "未写明" in refused(document("贺兰芳", BODY))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("", "XML"),
        ("<a>", "XML"),
        ("<html/>", "ClinicalDocument"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DTD"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "DTD"),
        ("<a>" * (MOST_DEPTH + 5), "过深"),
        ("<a>" + "<b/>" * (MOST_ELEMENTS + 5), "过多"),
        ("<a " + " ".join(f'b{n}=""' for n in range(300)) + "/>", "过多"),
        ("<a>\x00</a>", "XML"),
        ('<?xml version="1.0" encoding="EBCDIC-9"?><a/>', "字符集"),
    ],
)
def test_what_is_no_document_is_refused_in_words(raw: str, words: str) -> None:
    assert words in refused(raw)


def test_a_document_without_a_number_or_a_patient_is_refused() -> None:
    assert "编号" in refused(lab(number=""))
    assert "患者" in refused(lab().replace("recordTarget", "other"))


@pytest.mark.parametrize("name", ["GBK", "GB18030", "gb2312", "UTF-16"])
def test_a_document_says_the_same_in_the_characters_it_declares(name: str) -> None:
    declared = LABORATORY.replace('encoding="UTF-8"', f'encoding="{name}"')
    codec = "gb18030" if name.lower().startswith("gb") else name
    assert resources(declared.encode(codec)) == resources(LABORATORY)


def test_the_source_s_setting_counts_where_the_document_declares_nothing() -> None:
    plain = LABORATORY.replace(' encoding="UTF-8"', "")
    found = [entry.resource for entry in entries(plain.encode("gbk"), "GBK")]
    assert found == resources(LABORATORY)
    assert "字符集" in refused(plain.encode("gbk"))


def test_names_are_read_whatever_the_namespace_is_called() -> None:
    prefixed = LABORATORY.replace("<", "<h:").replace("<h:/", "</h:").replace("<h:?", "<?")
    assert resources(prefixed.replace('xmlns="urn', 'xmlns:h="urn')) == resources(LABORATORY)


def test_utf_8_that_calls_itself_gbk_is_refused_and_not_read_as_other_chinese() -> None:
    raw = '<?xml version="1.0" encoding="GBK"?><ClinicalDocument><name>贺兰芳芳</name></ClinicalDocument>'.encode()
    assert "贺兰" not in raw.decode("gb18030")
    assert "字符集不符" in refused(raw)
