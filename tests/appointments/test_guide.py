"""The guide: one question a page, danger signs first, reviewed rules only, the nearest department that fits."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from appointments.models import FitLevel, GuideQuestion, GuideSign, GuideSymptom, GuideVersion, Session
from foundation.rowsecurity import acting_as
from portal.demo.county import DEPARTMENTS, facility
from portal.demo.guide_lower import LOWER
from portal.demo.guide_rules import SIGNS, End
from portal.demo.guide_upper import UPPER
from residents.models import AccessEvent
from tests import factories
from tests.appointments.guide_scenes import DISCLAIMER, GUIDE, at_the_head, reviewed, said, version
from tests.appointments.scenes import TODAY, Clinic, clinic
from tests.factories import NOON
from tests.people import People


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
    assert "没有找到“头疼”" in said(rules, clear="1", who="children", words="头疼")


def test_for_whom_there_are_no_rules_there_are_telephones(rules: GuideVersion) -> None:
    assert "请打电话问一问" in said(rules, clear="1", who="children")


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


# The demonstration's rules.


def test_the_demonstration_knows_the_signs_that_must_not_wait() -> None:
    text = "".join(sign for sign, _end in SIGNS)
    assert [word for word in ("胸口疼", "嘴歪", "出血", "3个月以内", "不想活") if word not in text] == []


def fits(end: End) -> bool:
    """Whether the demonstration county has a department of one of the words, at the level or above it."""
    levels = FitLevel.values[FitLevel.values.index(end.level) :]
    names = [one.name for one in DEPARTMENTS if facility(one.facility_code).level in levels]
    return any(name.startswith(word) for name in names for word in end.departments.split("、"))


def test_every_ending_of_the_demonstration_leads_to_a_department_that_exists() -> None:
    ends = [end for one in (*UPPER, *LOWER) for end in (one.end, *(end for _text, end in one.questions))]
    assert [end for end in ends if end.outcome == "department" and not fits(end)] == []


def test_the_demonstration_says_neither_a_diagnosis_nor_a_medicine_in_its_advice() -> None:
    ends = [end for one in (*UPPER, *LOWER) for end in (one.end, *(end for _text, end in one.questions))]
    told = "".join(end.advice for end in (*ends, *(end for _text, end in SIGNS)))
    assert [word for word in ("阿司匹林", "硝酸甘油", "布洛芬", "头孢", "确诊", "您得了") if word in told] == []


def test_closed_sessions_leave_the_department_with_its_telephone(rules: GuideVersion, morning: Clinic) -> None:
    with acting_as("owner"):
        Session.objects.update(state="stopped")
    assert "近期没有空号" in at_the_head(rules, passed="2")
