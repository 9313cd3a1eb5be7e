"""Check-ups, follow-ups and documents as FHIR: the form as it was filled in, what it means, and what is protected."""

import base64
import json
from datetime import date
from typing import Any

import pytest

from foundation.rowsecurity import acting_as
from records.exchange.fhir_versions import TRANSLATORS
from records.exchange.mapping import MAPPINGS
from records.exchange.models import InboundKey, Source, StoredFile
from records.exchange.problems import CannotApply
from records.exchange.replaying import rows as replayed
from records.exchange.translating import Setup
from records.exchange.values import Frame
from records.models import Document, Examination, FollowUp
from residents.models import Resident
from tests.exchange.conftest import rows
from tests.exchange.sending import deliver, patient, versioned
from tests.exchange.test_recalls import lan
from tests.factories import NOON

__all__ = ["lan"]
FRAME = Frame(now=NOON)
Layout = StoredFile.Layout
HERS = {"subject": {"reference": "Patient/p1"}}


def item(text: str, *answers: dict[str, Any], link: str = "", **more: Any) -> dict[str, Any]:
    return {"linkId": link or text, "text": text, "answer": list(answers), **more}


def said(words: str) -> dict[str, Any]:
    return {"valueString": words}


def form(*items: dict[str, Any], code: str = "HSDC00.01", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "f1",
        "status": "completed",
        "questionnaire": f"urn:oid:2.16.156.10011.2.4:{code}",
        "authored": "2026-10-08T09:00:00+08:00",
        "author": {"type": "Practitioner", "display": "王医生"},
        "item": list(items),
        **HERS,
        **more,
    }


def page(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"linkId": title, "text": title, "item": list(items)}


CHECK_UP = form(
    page("一般状况", item("体重", {"valueQuantity": {"value": 61, "unit": "kg"}})),
    page(
        "辅助检查",
        item(
            "空腹血糖",
            {"valueQuantity": {"value": 7, "unit": "mmol/L"}},
            extension=[
                {"url": "urn:resident-portal:printed-range", "valueString": "3.9-6.1"},
                {"url": "urn:resident-portal:printed-flag", "valueCode": "H"},
            ],
        ),
    ),
    page("健康评价", item("体检有无异常", said("有异常"), link="1")),
    page("健康指导", item("建议", {"valueCoding": {"code": "3", "display": "建议复查"}})),
)
VISIT = form(
    item("随访方式", said("家庭")),
    item("随访分类", said("控制不满意")),
    item("下次随访日期", {"valueDate": "2026-12-05"}),
    code="HSDB04.01",
)


def row(resource: dict[str, Any]) -> Any:
    return MAPPINGS[resource["resourceType"]](resource, FRAME).rows[0]


def test_a_check_up_keeps_its_pages_in_printed_order() -> None:
    made = row(CHECK_UP)
    assert [one["section"] for one in made.answers] == ["一般状况", "辅助检查", "健康评价", "健康指导"]
    assert made.answers[1] == {
        "section": "辅助检查",
        "code": "空腹血糖",
        "label": "空腹血糖",
        "value": "7",
        "unit": "mmol/L",
        "range": "3.9-6.1",
        "flag": "high",
    }


def test_a_check_up_says_its_year_its_assessment_and_its_advice() -> None:
    made = row(CHECK_UP)
    assert (made.year, made.assessment, made.guidance, made.practitioner_name) == (2026, "有异常", "建议复查", "王医生")


def test_a_follow_up_says_how_it_was_done_how_it_is_controlled_and_when_the_next_is_due() -> None:
    made = row(VISIT)
    assert (made.programme, made.way, made.control, made.next_due) == (
        "hypertension",
        "home",
        "unsatisfied",
        date(2026, 12, 5),
    )


@pytest.mark.parametrize(
    ("title", "programme"),
    [("慢阻肺患者随访记录表", "copd"), ("第2次产前随访", "maternal"), ("3岁儿童健康检查", "child"), ("问卷", "other")],
)
def test_a_programme_is_known_by_what_the_form_is_called(title: str, programme: str) -> None:
    named = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/display", "valueString": title}]}
    made = row(form(item("随访方式", said("电话")), code="x", _questionnaire=named))
    assert (made.programme, made.title) == (programme, title)


@pytest.mark.parametrize("code", ["HSDB04.04", "tuberculosis"])
def test_two_programmes_are_kept_at_the_facility_whatever_they_say(code: str) -> None:
    made = row(form(item("随访方式", said("门诊")), code=code))
    assert (made.sensitivity, made.release) == (5, "withheld")


@pytest.mark.parametrize(("answer", "level"), [("无", 4), ("2019年患肺结核", 5)])
def test_what_a_form_asks_and_is_denied_protects_nothing(answer: str, level: int) -> None:
    assert row(form(item("结核病史", said(answer)))).sensitivity == level


def test_a_form_that_is_being_filled_in_has_no_row() -> None:
    assert MAPPINGS["QuestionnaireResponse"](form(status="in-progress"), FRAME).rows == ()


def test_a_form_beyond_all_forms_is_refused() -> None:
    with pytest.raises(CannotApply):
        row(form(*[item(f"{turn}", said("是")) for turn in range(2000)]))


def test_a_day_that_the_calendar_does_not_have_is_no_due_date() -> None:
    assert row(form(item("下次随访日期", said("2026-02-31")), code="HSDB04.01")).next_due is None


LETTER = {
    "resourceType": "DocumentReference",
    "id": "d1",
    "status": "current",
    "type": {"text": "出院记录"},
    "date": "2026-10-08T09:00:00+08:00",
    "author": [{"type": "Practitioner", "display": "王医生"}],
    "content": [
        {
            "attachment": {
                "contentType": "text/plain; charset=utf-8",
                "data": base64.b64encode("头晕三天。".encode()).decode(),
            }
        },
        {"attachment": {"contentType": "application/pdf", "data": "JVBERi0="}},
    ],
    **HERS,
}
SUMMARY = {
    "resourceType": "Composition",
    "id": "d1",
    "status": "final",
    "title": "出院小结",
    "type": {"coding": [{"system": "urn:oid:2.16.156.10011.2.4", "code": "C0053"}]},
    "date": "2026-10-08",
    "section": [{"title": "出院情况", "text": {"div": "<div><p>好转。</p><script>x</script><p>a &lt; b</p></div>"}}],
    **HERS,
}


def test_a_document_is_its_text_and_says_how_many_files_cannot_be_read_here() -> None:
    made = row(LETTER)
    assert (made.title, made.author, made.unshown_files) == ("出院记录", "王医生", 1)
    assert made.sections == [{"title": "", "text": "头晕三天。"}]


def test_of_a_narrative_nothing_but_its_words_is_kept() -> None:
    assert row(SUMMARY).sections == [{"title": "出院情况", "text": "好转。\na < b"}]
    assert (row(SUMMARY).code, row(SUMMARY).title) == ("C0053", "出院小结")


def test_a_document_that_names_a_protected_disease_is_protected_as_a_whole() -> None:
    worse = SUMMARY | {"section": [{"title": "诊断", "text": {"div": "<p>精神分裂症</p>"}}]}
    assert row(worse).sensitivity == 5


@pytest.mark.parametrize(
    ("resource", "model"), [(CHECK_UP, Examination), (VISIT, FollowUp), (LETTER, Document), (SUMMARY, Document)]
)
def test_each_gets_its_row_once_and_a_new_version_takes_its_place(
    feed: Source, lan: Resident, resource: dict[str, Any], model: Any
) -> None:
    for version in (1, 1, 2):
        deliver(feed, patient(), versioned(resource, version) | ({"language": "zh"} if version == 2 else {}))
    assert [one.superseded_at is None for one in sorted(rows(model), key=lambda one: one.version)] == [False, True]
    assert rows(InboundKey, state__in=["held", "failed", "waiting"]) == []


def test_a_document_of_either_kind_may_have_the_same_number(feed: Source, lan: Resident) -> None:
    deliver(feed, patient(), versioned(LETTER, 1), versioned(SUMMARY, 1))
    assert {one.identifier for one in rows(Document)} == {"d1", "Composition/d1"}


def test_a_form_that_turns_out_to_be_a_check_up_is_no_follow_up_any_more(feed: Source, lan: Resident) -> None:
    deliver(feed, patient(), versioned(VISIT, 1))
    deliver(feed, patient(), versioned(CHECK_UP, 2))
    assert [len(rows(model, superseded_at=None)) for model in (FollowUp, Examination)] == [0, 1]


def first(layout: Any, resource: dict[str, Any]) -> Any:
    """What a server of another version's answer becomes."""
    raw = json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource}]}).encode()
    (entry,) = TRANSLATORS[layout](raw, Setup())
    return row(entry.resource)


def test_a_form_of_stu3_says_what_it_is_called_beside_its_reference() -> None:
    older = form(
        item("随访方式", said("电话")), questionnaire={"reference": "Questionnaire/9", "display": "慢阻肺随访"}
    )
    assert first(Layout.STU3, older).programme == "copd"


def test_a_document_of_stu3_has_its_time_and_its_visit() -> None:
    older = {name: value for name, value in LETTER.items() if name != "date"}
    made = first(
        Layout.STU3, older | {"indexed": LETTER["date"], "context": {"encounter": {"reference": "Encounter/e1"}}}
    )
    assert (made.occurred_at, made.encounter_identifier) == (row(LETTER).occurred_at, "e1")


def test_documents_of_r5_have_their_person_and_their_visit() -> None:
    assert first(Layout.R5, LETTER | {"context": [{"reference": "Encounter/e1"}]}).encounter_identifier == "e1"
    assert first(Layout.R5, SUMMARY | {"subject": [SUMMARY["subject"]]}).title == "出院小结"


def test_the_answers_of_a_form_are_read_and_renewed_as_what_they_say(feed: Source, lan: Resident) -> None:
    deliver(feed, patient(), versioned(CHECK_UP, 1))
    (one,) = rows(Examination)
    with acting_as("worker"):
        replayed.renew(Examination, {(one.pk, one.resident_id): {"answers": [{"label": "甲"}], "guidance": "乙"}})
        key = InboundKey.objects.get(kind="QuestionnaireResponse")
        (found,) = replayed.recorded(Examination, [key], ["answers", "guidance"])[key.pk]
    assert (found["answers"], found["guidance"]) == ([{"label": "甲"}], "乙")
