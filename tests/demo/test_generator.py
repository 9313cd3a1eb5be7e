"""The generated county: deterministic, well-formed, plausible, and clearly nobody's."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portal.demo import people
from portal.demo.fhirjson import Resource, dumps
from portal.demo.generator import (
    GROWTH_LIMIT,
    SANDBOX_FACILITIES,
    growing,
    history,
    malformed_observation_id,
    mismatched_patient_id,
)

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def of_kind(resources: list[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource["resourceType"] == kind]


def named(resources: list[Resource], text: str) -> list[Resource]:
    return [resource for resource in resources if resource.get("code", {}).get("text") == text]


def references_in(node: object) -> list[Resource]:
    if isinstance(node, list):
        return [found for item in node for found in references_in(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if "reference" in node else []
    return own + [found for item in node.values() for found in references_in(item)]


@pytest.fixture(params=SANDBOX_FACILITIES)
def facility(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def everything(facility: str) -> list[Resource]:
    return history(facility) + growing(facility, since=START, now=START + timedelta(hours=2))


def test_the_same_seed_gives_the_same_text(facility: str):
    assert dumps(history(facility, seed=7)) == dumps(history(facility, seed=7))


def test_another_seed_gives_other_identifiers(facility: str):
    clinical = {item["id"] for item in history(facility, seed=7) if item["resourceType"] != "Organization"}
    assert clinical.isdisjoint({item["id"] for item in history(facility, seed=8)})


def test_a_facility_without_a_sandbox_is_refused():
    with pytest.raises(KeyError, match="TOWN2"):
        history("TOWN2")


def test_identifiers_are_unique_and_legal_in_fhir(everything: list[Resource]):
    ids = Counter((item["resourceType"], item["id"]) for item in everything)
    assert set(ids.values()) == {1}
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", key) for _, key in ids)


def test_no_id_number_hides_in_a_resource_identifier_or_reference(everything: list[Resource]):
    numbers = [person.id_number for person in people.RESIDENTS]
    places = [item["id"] for item in everything] + [ref["reference"] for ref in references_in(everything)]
    assert not [place for place in places if any(number in place for number in numbers)]


def test_report_numbers_are_unique(everything: list[Resource]):
    numbers = Counter(item["identifier"][0]["value"] for item in of_kind(everything, "DiagnosticReport"))
    assert set(numbers.values()) == {1}


def test_every_resource_has_a_version_and_a_time_of_change_with_a_zone(everything: list[Resource]):
    assert all(item["meta"]["versionId"] in {"1", "2"} for item in everything)
    assert all(datetime.fromisoformat(item["meta"]["lastUpdated"]).tzinfo for item in everything)


def test_every_reference_resolves_or_names_an_organization(everything: list[Resource]):
    known = {f"{item['resourceType']}/{item['id']}" for item in everything}
    for reference in references_in(everything):
        target = reference["reference"]
        assert target in known or (target.startswith("Organization/") and reference["identifier"]["value"])


def test_nothing_is_issued_before_it_was_taken_or_changed_before_it_was_issued(everything: list[Resource]):
    for item in of_kind(everything, "DiagnosticReport") + of_kind(everything, "Observation"):
        if "issued" in item:
            taken, issued = (datetime.fromisoformat(item[key]) for key in ("effectiveDateTime", "issued"))
            assert taken <= issued <= datetime.fromisoformat(item["meta"]["lastUpdated"])


def test_every_laboratory_item_carries_loinc_a_local_code_and_a_chinese_name(everything: list[Resource]):
    laboratory = [item for item in of_kind(everything, "Observation") if "specimen" in item]
    for item in laboratory:
        systems = [coding["system"] for coding in item["code"]["coding"]]
        assert systems[0] == "http://loinc.org"
        assert systems[1].endswith("/lab-item")
        assert re.search(r"[\u4e00-\u9fff]", item["code"]["text"])
    assert laboratory


def test_decimals_keep_the_zeros_the_laboratory_printed(everything: list[Resource]):
    # Two printed decimals everywhere, so about one value in ten must end in a zero that a float would lose.
    texts = [dumps(item["valueQuantity"]) for item in of_kind(everything, "Observation") if "valueQuantity" in item]
    values = [re.match(r'{"value":([\d.]+)', text)[1] for text in texts if '"mmol/L"' in text]
    assert any(re.fullmatch(r"\d+\.\d0", value) for value in values)


def test_the_encoder_writes_a_decimal_with_all_its_digits():
    assert dumps({"value": Decimal("5.60"), "text": "阴性(-)"}) == '{"value":5.60,"text":"阴性(-)"}'


def test_white_cell_shares_add_up_to_a_hundred(everything: list[Resource]):
    shares = ("NEUT%", "LYMPH%", "MONO%", "EO%", "BASO%")
    by_id = {item["id"]: item for item in of_kind(everything, "Observation")}
    for report in named(of_kind(everything, "DiagnosticReport"), "血常规"):
        lines = [by_id[ref["reference"].split("/")[1]] for ref in report["result"]]
        parts = [item["valueQuantity"]["value"] for item in lines if item["code"]["coding"][1]["code"] in shares]
        assert sum(parts) == 100


def test_the_interval_is_printed_as_each_laboratory_prints_it():
    county_text = named(history("COUNTY"), "空腹葡萄糖")[0]["referenceRange"][0]["text"]
    town_text = named(history("TOWN1"), "空腹血糖")[0]["referenceRange"][0]["text"]
    assert (county_text, town_text) == ("3.90-6.10", "3.89~6.11")


def test_he_lanfang_has_three_years_of_results_at_both_facilities(facility: str):
    own = [i for i in history(facility) if i.get("subject", {}).get("display") == "贺兰芳" and "effectiveDateTime" in i]
    days = sorted(datetime.fromisoformat(item["effectiveDateTime"]) for item in own)
    assert days[-1] - days[0] > timedelta(days=3 * 365)


def test_her_hba1c_falls_over_the_years():
    hers = [i for i in named(history("TOWN1"), "糖化血红蛋白") if i["subject"]["display"] == "贺兰芳"]
    values = [item["valueQuantity"]["value"] for item in hers]
    assert values[0] > 8 > 7 > values[-1]


def test_an_examination_in_the_township_is_reported_by_the_county_centre():
    reports = [r for r in of_kind(history("TOWN1"), "DiagnosticReport") if "resultsInterpreter" in r]
    assert {r["category"][0]["coding"][0]["code"] for r in reports} == {"RAD", "EC"}
    assert {r["performer"][0]["identifier"]["value"] for r in reports} == {"TOWN1"}
    assert {r["resultsInterpreter"][0]["identifier"]["value"] for r in reports} == {"IMAGING"}


def test_findings_stand_apart_from_the_impression():
    resources = history("TOWN1")
    by_id = {item["id"]: item for item in resources}
    report = named(of_kind(resources, "DiagnosticReport"), "胸部X线正位")[0]
    findings = by_id[report["result"][0]["reference"].split("/")[1]]
    assert findings["code"]["text"] == "检查所见"
    assert findings["valueString"] not in report["conclusion"]


def test_the_old_man_has_the_one_critical_value():
    flags = {
        (item["subject"]["display"], item["code"]["text"])
        for facility_code in SANDBOX_FACILITIES
        for item in of_kind(history(facility_code), "Observation")
        if item.get("interpretation", [{"coding": [{"code": ""}]}])[0]["coding"][0]["code"] in {"HH", "LL"}
    }
    assert flags == {("马德海", "钾")}


def test_one_report_was_corrected_and_is_version_two():
    corrected = [r for r in of_kind(history("COUNTY"), "DiagnosticReport") if r["status"] == "corrected"]
    assert [r["meta"]["versionId"] for r in corrected] == ["2"]


def test_one_report_with_its_observation_was_entered_in_error():
    statuses = Counter(r["resourceType"] for r in history("TOWN1") if r.get("status") == "entered-in-error")
    assert statuses == {"DiagnosticReport": 1, "Observation": 1}


def test_a_value_below_the_detection_limit_is_sent_with_its_comparator():
    low = [i["valueQuantity"] for i in history("TOWN1") if "comparator" in i.get("valueQuantity", {})]
    assert {(v["comparator"], str(v["value"])) for v in low} == {("<", "0.5")}


def test_one_patient_of_the_county_hospital_contradicts_the_id_number():
    patient = next(i for i in history("COUNTY") if i["id"] == mismatched_patient_id())
    owner = people.resident("wang_jianguo")
    assert patient["identifier"][0]["value"] == owner.id_number
    assert patient["name"][0]["text"] != owner.name


def test_one_observation_of_the_county_hospital_has_neither_code_nor_value():
    broken = next(i for i in history("COUNTY") if i["id"] == malformed_observation_id())
    assert not {"code", "valueQuantity", "valueString", "component"} & broken.keys()


def test_a_smaller_circle_of_residents_brings_only_their_own_resources():
    resources = history("COUNTY", [people.resident("aynur")])
    assert [p["name"][0]["text"] for p in of_kind(resources, "Patient")] == ["阿依努尔·艾山"]


def test_nothing_has_grown_at_the_start(facility: str):
    assert growing(facility, since=START, now=START) == []


def test_one_report_appears_each_period(facility: str):
    new = growing(facility, since=START, now=START + timedelta(minutes=10, seconds=1), every=120)
    assert len(of_kind(new, "DiagnosticReport")) == 5


def test_what_has_grown_stays_the_same_while_more_grows(facility: str):
    before = growing(facility, since=START, now=START + timedelta(minutes=20))
    after = growing(facility, since=START, now=START + timedelta(minutes=40))
    assert after[: len(before)] == before


def test_a_second_start_never_reuses_an_identifier_for_something_else(facility: str):
    end = START + timedelta(hours=1)
    first = {item["id"]: item for item in growing(facility, since=START, now=end)}
    second = {item["id"]: item for item in growing(facility, since=START + timedelta(minutes=29), now=end)}
    assert second
    assert all(first[key] == item for key, item in second.items())


def test_nothing_grows_with_a_time_of_change_in_the_future_or_before_the_start(facility: str):
    now = START + timedelta(minutes=30)
    times = [datetime.fromisoformat(i["meta"]["lastUpdated"]) for i in growing(facility, since=START, now=now)]
    assert all(START < moment <= now for moment in times)


def test_growth_is_bounded(facility: str):
    new = growing(facility, since=START, now=START + timedelta(days=30), every=60)
    assert len(of_kind(new, "DiagnosticReport")) == GROWTH_LIMIT
