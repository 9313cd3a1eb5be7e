"""The guide: one question a page, danger signs first, reviewed rules only, the nearest department that fits."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import Client
from django.urls import reverse

from appointments.guide import places
from appointments.guide.places import Home
from appointments.models import GuideQuestion, GuideSign, GuideSymptom, GuideVersion, Session
from facilities.models import Department, Facility
from foundation.rowsecurity import acting_as
from portal.demo.guide_lower import LOWER
from portal.demo.guide_rules import SIGNS
from portal.demo.guide_upper import UPPER
from residents.models import AccessEvent, Resident
from tests import factories
from tests.appointments.scenes import TODAY, Clinic, clinic
from tests.factories import NOON
from tests.people import People

GUIDE = "/appointments/guide/"
DISCLAIMER = "就诊科室建议，不能代替医生诊断。"
PLACE = {"outcome": "department", "departments": "全科、内科", "level": "village", "urgency": "days"}


def version(people: People, number: int = 1, **fields: Any) -> GuideVersion:
    """A draft by the editor, with one danger sign and one complaint of two questions."""
    draft = factories.made(
        GuideVersion(
            number=number,
            note="第一版",
            source="县医院",
            editors=[people.editor.pk],
            author_name="宣教编辑",
            changed_at=NOON,
        )
    )
    factories.made(GuideSign(version=draft, text="胸口压得慌还出冷汗", outcome="emergency", advice="坐着别动"))
    factories.made(GuideSign(version=draft, text="不想活了", outcome="hotline"))
    pain = factories.made(GuideSymptom(version=draft, part="head", name="头疼", other_words="脑仁疼", **PLACE))
    factories.made(GuideQuestion(symptom=pain, text="突然像炸开？", outcome="emergency", position=1))
    away = {"outcome": "department", "departments": "外科", "level": "county", "urgency": "today"}
    factories.made(GuideQuestion(symptom=pain, text="头摔过？", position=2, **away))
    if fields.pop("reviewed", True):
        reviewed(draft, people, **fields)
    return draft


def reviewed(draft: GuideVersion, people: People, **fields: Any) -> None:
    signed = {"reviewed_by": people.reviewer.pk, "reviewer_name": "医学审核", "reviewed_at": NOON, "valid_from": TODAY}
    with acting_as("owner"):
        GuideVersion.objects.filter(pk=draft.pk).update(**{**signed, **fields})


def said(of: GuideVersion, client: Client | None = None, **answers: Any) -> str:
    """The page after these answers."""
    response = (client or Client()).post(GUIDE, {"version": of.pk, **answers})
    assert response.status_code == 200
    return response.content.decode()


def at_the_head(of: GuideVersion, client: Client | None = None, **answers: Any) -> str:
    symptom = GuideSymptom.objects.get(version=of).pk
    return said(of, client, clear="1", who="adults", part="head", symptom=symptom, **answers)


@pytest.fixture
def rules(people: People) -> GuideVersion:
    return version(people)


@pytest.fixture
def morning(people: People) -> Clinic:
    return clinic(people.township, of=factories.department(people.township, "全科"))


def test_the_danger_signs_are_asked_first(rules: GuideVersion) -> None:
    text = Client().get(GUIDE).content.decode()
    assert "胸口压得慌还出冷汗" in text and "头疼" not in text


def test_a_danger_sign_stops_at_once_with_120(rules: GuideVersion) -> None:
    text = said(rules, sign=GuideSign.objects.get(outcome="emergency").pk)
    assert "马上打120" in text and 'href="tel:120"' in text and "坐着别动" in text
    assert "给谁看" not in text and "空号" not in text


def test_thoughts_of_suicide_lead_to_the_hotline_and_to_120(rules: GuideVersion) -> None:
    text = said(rules, sign=GuideSign.objects.get(outcome="hotline").pk)
    assert 'href="tel:12356"' in text and 'href="tel:120"' in text


def test_a_yes_to_a_red_question_stops_before_the_next_question(rules: GuideVersion) -> None:
    text = at_the_head(rules, answer="yes")
    assert "马上打120" in text and "头摔过" not in text


def test_questions_come_one_to_a_page(rules: GuideVersion) -> None:
    first, second = at_the_head(rules), at_the_head(rules, answer="no")
    assert "突然像炸开" in first and "头摔过" not in first
    assert "头摔过" in second and "突然像炸开" not in second


def test_when_all_is_answered_no_the_complaints_own_department_is_named(rules: GuideVersion, morning: Clinic) -> None:
    text = at_the_head(rules, passed="1", answer="no")
    assert "建议看：全科" in text and morning.facility.name in text and "这几天去" in text


def test_the_ending_shows_the_nearest_free_times(rules: GuideVersion, morning: Clinic) -> None:
    text = at_the_head(rules, passed="2")
    assert reverse("appointments:confirm", args=[morning.slots[0].pk]) in text
    assert reverse("appointments:soonest", args=[morning.department.pk]) in text


def test_where_no_department_fits_it_says_whom_to_ring(rules: GuideVersion) -> None:
    text = at_the_head(rules, passed="2")
    assert "请打电话问一问" in text and "tel:12345" in text


def test_a_department_without_booking_is_reached_by_telephone(rules: GuideVersion, people: People) -> None:
    factories.department(people.township, "全科", takes_bookings=False)
    text = at_the_head(rules, passed="2")
    assert "这里不用网上预约" in text and "最近的空号" in text


def test_words_find_a_complaint_also_in_pinyin(rules: GuideVersion) -> None:
    assert ["头疼" in said(rules, clear="1", who="adults", words=one) for one in ("脑仁", "touteng")] == [True, True]


def test_words_that_find_nothing_lead_back_to_the_parts(rules: GuideVersion) -> None:
    text = said(rules, clear="1", who="adults", words="飞碟")
    assert "没有找到“飞碟”" in text and "哪里不舒服" in text


def test_a_complaint_of_adults_is_not_offered_for_children(rules: GuideVersion) -> None:
    assert "头疼" not in said(rules, clear="1", who="children", words="头疼")


@pytest.mark.parametrize(
    "answers", [{}, {"clear": "1"}, {"clear": "1", "who": "adults"}, {"clear": "1", "who": "adults", "part": "head"}]
)
def test_every_question_says_that_it_is_no_diagnosis(rules: GuideVersion, answers: dict[str, str]) -> None:
    assert DISCLAIMER in said(rules, **answers)


@pytest.mark.parametrize("answers", [{}, {"answer": "yes"}, {"passed": "2"}])
def test_every_page_of_a_complaint_says_that_it_is_no_diagnosis(rules: GuideVersion, answers: dict[str, str]) -> None:
    assert DISCLAIMER in at_the_head(rules, **answers)


def test_the_way_back_is_a_form_with_one_answer_less(rules: GuideVersion) -> None:
    response = Client().post(GUIDE, {"version": rules.pk, "clear": "1", "who": "adults", "part": "head"})
    assert response.context["back_fields"] == [("version", str(rules.pk)), ("clear", "1"), ("who", "adults")]


def test_no_answer_ever_stands_in_an_address(rules: GuideVersion, morning: Clinic) -> None:
    texts = at_the_head(rules), at_the_head(rules, passed="2"), Client().get(GUIDE).content.decode()
    assert [text for text in texts if "guide/?" in text or 'method="get"' in text] == []


def test_an_answer_in_the_address_is_not_heard(rules: GuideVersion) -> None:
    assert "给谁看" not in Client().get(GUIDE, {"version": rules.pk, "clear": "1"}).content.decode()


def test_nothing_of_it_is_stored(rules: GuideVersion, morning: Clinic, lan: Client, caplog: Any) -> None:
    before, session = events(), dict(lan.session)
    caplog.clear()
    at_the_head(rules, lan, answer="yes", words="头疼")
    assert (events(), dict(lan.session)) == (before, session)
    assert "头疼" not in caplog.text


def events() -> int:
    with acting_as("owner"):
        return AccessEvent.objects.count()


def test_the_page_is_kept_by_no_browser(rules: GuideVersion) -> None:
    assert Client().post(GUIDE, {"version": rules.pk})["Cache-Control"] == "no-store"


def test_rules_that_nobody_reviewed_are_not_used(people: People) -> None:
    version(people, reviewed=False)
    text = Client().get(GUIDE).content.decode()
    assert "没有开放" in text and "tel:120" in text and DISCLAIMER in text


def test_reviewed_rules_wait_for_their_day(people: People) -> None:
    version(people, valid_from=TODAY + timedelta(days=1))
    assert GuideVersion.objects.in_force(NOON) is None


def test_the_version_begun_last_is_in_force_and_the_old_one_stays(rules: GuideVersion, people: People) -> None:
    newer = version(people, 2)
    assert GuideVersion.objects.in_force(NOON) == newer and GuideVersion.objects.filter(pk=rules.pk).exists()


def test_a_withdrawn_version_gives_way_to_the_one_before(rules: GuideVersion, people: People) -> None:
    newer = version(people, 2)
    with acting_as("owner"):
        GuideVersion.objects.filter(pk=newer.pk).update(withdrawn_at=NOON)
    assert GuideVersion.objects.in_force(NOON) == rules


def test_a_form_of_older_rules_begins_again(rules: GuideVersion, people: People) -> None:
    version(people, 2)
    text = at_the_head(rules, passed="2")
    assert "请从头再选一次" in text and "胸口压得慌还出冷汗" in text


@pytest.mark.parametrize("answers", [{"who": "x"}, {"passed": "-1"}, {"symptom": "x"}, {"version": ""}])
def test_what_no_page_can_have_sent_begins_again(rules: GuideVersion, answers: dict[str, str]) -> None:
    assert "请从头再选一次" in said(rules, **{"clear": "1", **answers})


@pytest.mark.parametrize("row", [GuideSign, GuideSymptom, GuideQuestion])
def test_reviewed_rules_never_change(rules: GuideVersion, row: Any) -> None:
    with acting_as("owner"), pytest.raises(DatabaseError, match="reviewed rules never change"):
        row.objects.filter().update(advice="别的")


def test_whoever_wrote_on_a_version_never_reviews_it(people: People) -> None:
    draft = version(people, reviewed=False)
    with pytest.raises(DatabaseError, match="guide_is_reviewed_by_somebody_else"):
        reviewed(draft, people, reviewed_by=people.editor.pk)


# The nearest fitting level.


@pytest.fixture
def tree(people: People) -> dict[str, Department]:
    """全科 in two villages, their township, another township and the county; each with 内科 at the county only."""
    village = factories.facility("V1", "清水村卫生室", "village", parent=people.township)
    other = factories.facility("TOWN2", "柳湾镇卫生院", "township", position=1)
    far = factories.facility("V2", "柳沟村卫生室", "village", parent=other, position=1)
    at = {"village": village, "township": people.township, "other": other, "far": far, "county": people.county}
    return {name: factories.department(place, "全科") for name, place in at.items()}


def nearest(home: Facility | None, level: str, words: str = "全科") -> list[Department]:
    return places.nearest(GuideSymptom(departments=words, level=level), Home(home) if home else None)


def test_the_own_village_clinic_comes_first(tree: dict[str, Department]) -> None:
    assert nearest(tree["village"].facility, "village")[:2] == [tree["village"], tree["township"]]


def test_what_a_village_cannot_see_to_goes_to_the_own_township(tree: dict[str, Department]) -> None:
    assert nearest(tree["village"].facility, "township")[0] == tree["township"]


def test_who_is_kept_at_a_township_finds_a_village_clinic_beneath_it(tree: dict[str, Department]) -> None:
    assert nearest(tree["township"].facility, "village")[0] == tree["village"]


def test_what_only_the_county_sees_to_goes_to_the_county(tree: dict[str, Department]) -> None:
    assert nearest(tree["village"].facility, "county") == [tree["county"]]


def test_without_a_home_the_lowest_fitting_level_comes_first(tree: dict[str, Department]) -> None:
    levels = [one.facility.level for one in nearest(None, "village")]
    assert levels == ["village", "village", "township", "township", "county"]


def test_the_better_word_wins_at_one_level(tree: dict[str, Department], people: People) -> None:
    ward = factories.department(people.county, "内科")
    assert nearest(None, "county", "内科、全科")[0] == ward


def test_the_one_who_is_helped_has_the_say_where_it_is_near(
    rules: GuideVersion, tree: dict[str, Department], people: People, lan: Client
) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(facility=tree["far"].facility)
    assert "柳沟村卫生室" in at_the_head(rules, lan, passed="2").split("别处也能看")[0]


def test_a_closed_facility_is_never_named(rules: GuideVersion, tree: dict[str, Department]) -> None:
    with acting_as("owner"):
        Facility.objects.exclude(level="county").update(is_active=False)
    assert nearest(tree["village"].facility, "village") == [tree["county"]]


def test_the_ending_takes_few_statements(rules: GuideVersion, tree: dict[str, Department], lan: Client) -> None:
    from django.test.utils import CaptureQueriesContext

    at_the_head(rules, lan, passed="2")
    with CaptureQueriesContext(connections["default"]) as seen:
        at_the_head(rules, lan, passed="2")
    assert len([one for one in seen if '"appointments_' in one["sql"] or '"facilities_' in one["sql"]]) <= 12


# The demonstration's rules.


def test_the_demonstration_knows_the_signs_that_must_not_wait() -> None:
    text = "".join(sign for sign, _end in SIGNS)
    assert [word for word in ("胸口疼", "嘴歪", "出血", "3个月以内", "不想活") if word not in text] == []


def test_the_demonstration_says_neither_a_diagnosis_nor_a_medicine_in_its_advice() -> None:
    ends = [end for one in (*UPPER, *LOWER) for end in (one.end, *(end for _text, end in one.questions))]
    told = "".join(end.advice for end in (*ends, *(end for _text, end in SIGNS)))
    assert [word for word in ("阿司匹林", "硝酸甘油", "布洛芬", "头孢", "确诊", "您得了") if word in told] == []


def test_closed_sessions_leave_the_department_with_its_telephone(rules: GuideVersion, morning: Clinic) -> None:
    with acting_as("owner"):
        Session.objects.update(state="stopped")
    assert "近期没有空号" in at_the_head(rules, passed="2")
