"""The summary and the whole record as files: valid, closed in themselves, complete, and only what may be read."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from records.exchange.models import Source
from records.fhir import bundles
from records.models import Allergy, Condition, Dispute, Encounter, Immunization, Medication, Procedure
from records.take import limits
from residents.models import Resident
from tests import factories
from tests.budget import cost
from tests.factories import NOON, made
from tests.people import People
from tests.records import rows
from tests.records.fhir.judged import all_of, judged, section

PROBLEMS, ALLERGIES, MEDICINES, RESULTS, PROCEDURES = "11450-4", "48765-2", "10160-0", "30954-2", "47519-4"


def taken(client: Client, what: str = "take_summary", **asked: Any) -> dict[str, Any]:
    """A file as the person downloads it."""
    response = client.get(reverse(f"records:{what}"), asked)
    assert response.status_code == 200, response.content.decode()
    return dict(json.loads(response.content))


def filled_record(of: Resident, feed: Source) -> None:
    """A row of every kind, and a report of two items."""
    for model in rows.STATEMENTS:
        rows.statement(model, of, feed)
    number = {"value_text": "5.60", "value_number": Decimal("5.6")}
    rows.panel(of, feed, NOON, {"name": "白细胞", **number}, {"name": "血红蛋白", "value_text": "120"})
    factories.observation(of, feed, "收缩压", category="vital_signs", value_text="130", unit="mmHg")


@pytest.mark.parametrize("what", ["take_summary", "take_record"])
def test_a_file_is_valid_r4_and_every_reference_in_it_leads_to_an_entry(
    people: People, hers: Client, feed: Source, what: str
) -> None:
    filled_record(people.helanfang, feed)
    bundle = judged(taken(hers, what))
    assert bundle["type"] == "document"
    assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"


def test_the_summary_is_what_hl7_calls_one(people: People, hers: Client, feed: Source) -> None:
    filled_record(people.helanfang, feed)
    head = taken(hers)["entry"][0]["resource"]
    assert head["type"]["coding"][0]["code"] == "60591-5"
    codes = [one["code"]["coding"][0]["code"] for one in head["section"]]
    assert {PROBLEMS, ALLERGIES, MEDICINES, "11369-6", RESULTS, PROCEDURES} <= set(codes)
    assert all(one["text"]["div"].startswith("<div xmlns") for one in head["section"])


def test_an_empty_section_says_that_nothing_is_known_and_not_that_there_is_nothing(hers: Client) -> None:
    found = section(judged(taken(hers)), ALLERGIES)
    assert found["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert "entry" not in found


def test_an_allergy_asked_for_and_denied_is_known_to_be_none(people: People, hers: Client, feed: Source) -> None:
    factories.observation(people.helanfang, feed, "药物过敏史", category="survey", value_text="无")
    assert section(taken(hers), ALLERGIES)["emptyReason"]["coding"][0]["code"] == "nilknown"


def test_the_same_drug_from_three_places_is_one_line_of_the_summary_and_three_of_the_record(
    people: People, hers: Client, feed: Source
) -> None:
    for place, day in ((people.county, 9), (people.township, 5), (people.county, 1)):
        other = factories.source(place)
        rows.statement(Medication, people.helanfang, other, NOON - timedelta(days=day))
    assert len(all_of(taken(hers), "MedicationStatement")) == 1
    assert len(all_of(taken(hers, "take_record"), "MedicationStatement")) == 3


def test_a_section_of_the_summary_that_is_cut_says_how_many_there_are(
    people: People, hers: Client, feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "setting", lambda key, now: 2)
    for day in range(3):
        rows.statement(Procedure, people.helanfang, feed, NOON - timedelta(days=day))
    found = section(taken(hers), PROCEDURES)
    assert len(found["entry"]) == 2
    assert "共有 3 条" in found["text"]["div"]


def test_a_record_that_does_not_fit_is_refused_and_not_cut(
    people: People, hers: Client, feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "setting", lambda key, now: 2)
    for day in range(3):
        rows.statement(Procedure, people.helanfang, feed, NOON - timedelta(days=day))
    response = hers.get(reverse("records:take_record"))
    assert response.status_code == 400
    assert "内容太多" in response.content.decode()


def test_only_the_chosen_kinds_of_the_chosen_days_are_taken(people: People, hers: Client, feed: Source) -> None:
    for day in (0, 40):
        rows.statement(Condition, people.helanfang, feed, NOON - timedelta(days=day), name=f"第{day}天")
        rows.statement(Encounter, people.helanfang, feed, NOON - timedelta(days=day))
    found = judged(taken(hers, "take_record", kinds="conditions", since="2026-11-01"))
    assert [one["code"]["text"] for one in all_of(found, "Condition")] == ["第0天"]
    assert not all_of(found, "Encounter")


def test_what_may_not_be_read_is_in_no_file(people: People, hers: Client, feed: Source) -> None:
    lan = people.helanfang
    hidden = {"release": "withheld"}, {"release": "recalled"}, {"release": "pending"}, {"sensitivity": 5}
    for number, fields in enumerate(({"withdrawn_at": NOON}, *hidden)):
        rows.statement(Condition, lan, feed, name=f"藏{number}", **fields)
        rows.panel(lan, feed, NOON, {"name": f"藏项{number}", **fields}, title=f"藏报告{number}", **fields)
    rows.panel(lan, feed, NOON, {"name": "只随藏报告"}, title="藏报告", release="withheld")
    rows.statement(Condition, people.wangjianguo, feed, name="藏：别人的")
    for what in ("take_summary", "take_record"):
        text = json.dumps(taken(hers, what), ensure_ascii=False)
        assert "藏" not in text


def test_a_contested_entry_is_marked_in_the_file_and_in_its_text(people: People, hers: Client, feed: Source) -> None:
    row = rows.statement(Condition, people.helanfang, feed, name="糖尿病")
    about = {"source": feed, "identifier": row.identifier, "facility": feed.facility, "subject_id": row.pk}
    told = {"category": "records", "kind": "condition", "reason": "not_mine", "asked_at": NOON, "due_at": NOON}
    made(Dispute(resident=people.helanfang, asked_by=people.helanfang_account.pk, **about, **told))
    found = judged(taken(hers))
    assert "disputed" in [tag["code"] for tag in all_of(found, "Condition")[0]["meta"]["tag"]]
    assert "糖尿病（本人有异议）" in section(found, PROBLEMS)["text"]["div"]


def test_words_of_a_facility_stay_words_in_the_text(people: People, hers: Client, feed: Source) -> None:
    rows.statement(Allergy, people.helanfang, feed, name="<script>&\x0b青霉素")
    assert "&lt;script&gt;&amp;青霉素" in section(judged(taken(hers)), ALLERGIES)["text"]["div"]


def test_a_file_does_not_carry_the_number_of_the_identity_card_unless_it_is_the_whole_record(
    people: People, hers: Client
) -> None:
    assert "identifier" not in all_of(taken(hers), "Patient")[0]
    assert "identifier" in all_of(judged(taken(hers, "take_record")), "Patient")[0]


def test_each_file_is_one_line_in_the_access_log(hers: Client) -> None:
    taken(hers)
    taken(hers, "take_record")
    assert [deed for deed in rows.actions() if "exported" in deed] == [bundles.SUMMARY, bundles.DOCUMENT]


@pytest.mark.parametrize("what", ["take_summary", "take_record"])
def test_a_file_costs_as_many_statements_with_many_rows_as_with_one(
    people: People, hers: Client, feed: Source, what: str
) -> None:
    filled_record(people.helanfang, feed)
    address = reverse(f"records:{what}")
    few = cost(hers, address)
    for day in range(12):
        at = NOON - timedelta(days=day)
        for model in (Condition, Allergy, Medication, Immunization, Procedure):
            rows.statement(model, people.helanfang, feed, at, name=f"{model.__name__}{day}")
        rows.panel(people.helanfang, feed, at, {"name": f"项{day}"}, {"name": "白细胞"})
    many = cost(hers, address)
    assert len(many.web) == len(few.web)


def test_an_account_that_takes_its_record_along_all_the_time_is_told_to_wait(
    hers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "setting", lambda key, now: 1)
    taken(hers)
    assert hers.get(reverse("records:take_summary")).status_code == 429


def test_an_observation_of_a_preliminary_report_is_not_called_final(people: People, hers: Client, feed: Source) -> None:
    rows.panel(people.helanfang, feed, NOON, {"name": "白细胞"}, status="preliminary")
    found = taken(hers, "take_record")
    assert [one["status"] for one in all_of(found, "Observation")] == ["preliminary"]
