"""Activities as residents and staff meet them: the calendar, signing up, reminders, the code at the door, the list."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.activities import codes
from health_education.models import Activity, SignUp
from health_education.tasks import remind_of_activities
from residents.acting import ACTING
from residents.channels.wechat import words_of
from residents.message_texts import TEXTS
from residents.models import Account, Notice
from residents.my_data import closing
from tests import factories
from tests.factories import NOON
from tests.health_education.scenes import Enter, fresh, live, sign_up, viewer
from tests.people import People

At = Callable[[datetime], Any]


@pytest.fixture(autouse=True)
def noon(at: At) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def lan(people: People, signed_in: Enter) -> Client:
    return signed_in(people.helanfang_account)


@pytest.fixture
def worker(people: People) -> Account:
    return factories.staff("gongwei", "公卫员", people.township, "public_health")


def address(name: str, activity: Activity) -> str:
    return reverse(f"health_education:{name}", args=[activity.pk])


def desk(name: str, activity: Activity) -> str:
    return reverse(f"staff:{name}", args=[activity.pk])


def door_of(activity: Activity, now: datetime) -> str:
    return reverse("health_education:here_code", args=[codes.code_of(activity, now)])


def notices(kind: str) -> list[Any]:
    with acting_as("owner"):
        return list(Notice.objects.filter(kind=kind).values_list("resident_id", flat=True))


def test_the_calendar_shows_everybody_what_is_ahead_the_nearest_first(people: People) -> None:
    factories.activity(people.township, "后办的", NOON + timedelta(days=9))
    factories.activity(people.township, "先办的", NOON + timedelta(days=1))
    factories.activity(people.township, "没发布的", state="draft")
    page = Client().get(reverse("health_education:activities")).content.decode()
    assert page.index("先办的") < page.index("后办的") and "没发布的" not in page


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13"])
def test_a_month_outside_of_the_calendar_is_left_out(db: None, client: Client, month: str) -> None:
    assert client.get(reverse("health_education:activities"), {"month": month}).status_code == 200


def test_the_calendar_narrows_to_a_month_and_a_township_with_its_villages(people: People) -> None:
    village = factories.facility("V1", "东村卫生室", "village", parent=people.township)
    other = factories.facility("TOWN2", "河西镇卫生院")
    factories.activity(village, "村里的")
    factories.activity(other, "别镇的")
    factories.activity(people.township, "下月的", datetime(2026, 12, 20, 9, tzinfo=factories.SHANGHAI))
    asked = {"month": "2026-11", "town": str(people.township.pk)}
    page = Client().get(reverse("health_education:activities"), asked).content.decode()
    assert ("村里的" in page, "别镇的" in page, "下月的" in page) == (True, False, False)


def test_a_draft_has_no_page(people: People, lan: Client) -> None:
    assert lan.get(address("activity", factories.activity(people.township, state="draft"))).status_code == 404


def test_a_resident_signs_up_on_the_page_and_sees_it(people: People, lan: Client) -> None:
    lecture, key = factories.activity(people.township, capacity=1), str(uuid4())
    for _twice in range(2):
        lan.post(address("join_activity", lecture), {"form_key": key})
    page = lan.get(address("activity", lecture)).content.decode()
    assert "您已经报名" in page and fresh(lecture).taken == 1
    assert lecture.title in lan.get(reverse("health_education:my_activities")).content.decode()


def test_whoever_helps_signs_the_other_person_up(people: People, signed_in: Enter) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "booking")
    lecture, client = factories.activity(people.township), signed_in(people.hexiaoyu_account)
    session = client.session
    session[ACTING] = {"resident": str(people.helanfang.pk), "opening": None}
    session.save()
    client.post(address("join_activity", lecture), {"form_key": str(uuid4())})
    assert [(one.resident_id, one.signed_by) for one in live(lecture)] == [
        (people.helanfang.pk, people.hexiaoyu_account.pk)
    ]


def test_a_full_activity_says_so(people: People, lan: Client, signed_in: Enter) -> None:
    lecture = factories.activity(people.township, capacity=1)
    sign_up(signed_in(people.wangjianguo_account), people.wangjianguo_account, lecture)
    answer = lan.post(address("join_activity", lecture), {"form_key": str(uuid4())}, follow=True)
    assert "名额已满" in answer.content.decode() and len(live(lecture)) == 1


def test_nobody_leaves_once_it_has_begun(people: People, lan: Client, at: At) -> None:
    lecture = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, lecture)
    with at(lecture.starts_at + timedelta(minutes=1)):
        lan.post(address("leave_activity", lecture))
    assert len(live(lecture)) == 1


def test_the_calendar_file_names_nobody(people: People, lan: Client) -> None:
    lecture = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, lecture)
    raw = lan.get(address("activity_calendar", lecture)).content
    [event] = Calendar.from_ical(raw).walk("VEVENT")
    assert (event["SUMMARY"], event.decoded("DTSTART")) == (lecture.title, lecture.starts_at)
    assert people.helanfang.name not in raw.decode()


def test_whoever_signed_up_is_reminded_the_day_before_once(people: People, lan: Client, at: At) -> None:
    lecture = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, lecture)
    eve = lecture.starts_at - timedelta(days=1)
    for hour in (9, 16, 17):
        with at(eve.replace(hour=hour)), acting_as("worker"):
            remind_of_activities()
        assert len(notices("activity_tomorrow")) == (hour >= 16)


def test_an_activity_called_off_tells_everybody_who_signed_up(
    people: People, lan: Client, worker: Account, signed_in: Enter
) -> None:
    lecture = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, lecture)
    client = signed_in(worker)
    client.post(desk("call_off_activity", lecture), {"reason": " "})
    assert notices("activity_cancelled") == []
    client.post(desk("call_off_activity", lecture), {"reason": "大雪封路"})
    assert notices("activity_cancelled") == [people.helanfang.pk]
    assert "大雪封路" in lan.get(address("activity", lecture)).content.decode()


def test_another_place_tells_everybody_who_signed_up(
    people: People, lan: Client, worker: Account, signed_in: Enter
) -> None:
    lecture = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, lecture)
    with seeing(signed_in(worker).session[TOKEN]), transaction.atomic():
        Activity.objects.filter(pk=lecture.pk).update(description="请带水杯")
        assert notices("activity_changed") == []
        Activity.objects.filter(pk=lecture.pk).update(place="镇文化站")
    assert notices("activity_changed") == [people.helanfang.pk]


@pytest.mark.parametrize("kind", ["activity_tomorrow", "activity_changed", "activity_cancelled"])
def test_a_message_names_no_activity_and_fits_wechats_field(kind: str) -> None:
    assert len(words_of(kind)) <= 20 and "{" not in TEXTS[kind]


def test_the_code_counts_only_while_the_activity_lasts(people: People, signed_in: Enter, at: At) -> None:
    lecture = factories.activity(people.township)
    for late in (timedelta(days=-1), timedelta(hours=3)):
        with at(lecture.starts_at + late):
            door = door_of(lecture, lecture.starts_at + late)
            assert signed_in(people.helanfang_account).post(door).status_code == 404
    assert live(lecture) == []


def test_who_scans_the_code_has_come_signed_up_or_not(people: People, lan: Client, signed_in: Enter, at: At) -> None:
    lecture = factories.activity(people.township, capacity=1)
    sign_up(lan, people.helanfang_account, lecture)
    now = lecture.starts_at + timedelta(minutes=5)
    door = door_of(lecture, now)
    with at(now):
        lan, other = signed_in(people.helanfang_account), signed_in(people.wangjianguo_account)
        assert "我到了" in lan.get(door).content.decode() and not any(one.attended_at for one in live(lecture))
        for client in (lan, other, other):
            assert client.post(door).status_code == 302
    came = {(one.resident_id, one.walked_in) for one in live(lecture) if one.attended_at}
    assert came == {(people.helanfang.pk, False), (people.wangjianguo.pk, True)}
    assert fresh(lecture).taken == 1


def test_a_code_typed_with_blanks_and_small_letters_is_found(people: People, signed_in: Enter, at: At) -> None:
    lecture = factories.activity(people.township)
    code = codes.code_of(lecture, lecture.starts_at)
    with at(lecture.starts_at):
        lan = signed_in(people.helanfang_account)
        answer = lan.get(reverse("health_education:here"), {"code": f"{code[:3]} {code[3:]}".lower()})
    assert answer.headers["Location"] == reverse("health_education:here_code", args=[code])


def test_staff_tick_off_the_list_and_the_report_counts_them(
    people: People, lan: Client, worker: Account, signed_in: Enter, at: At
) -> None:
    lecture = factories.activity(people.township)
    mine = sign_up(lan, people.helanfang_account, lecture)
    with at(lecture.starts_at + timedelta(hours=1)):
        client = signed_in(worker)
        page = client.get(desk("activity", lecture)).content.decode()
        assert "贺兰芳" in page and desk("activity_screen", lecture) in page
        client.post(desk("tick_activity", lecture), {"listed": [str(mine.pk)], "came": [str(mine.pk)]})
        client.post(desk("hold_activity", lecture), {"walk_ins": "25", "note": ""})
        assert fresh(lecture).attended == 26
        client.post(desk("tick_activity", lecture), {"listed": [str(mine.pk)], "was": [str(mine.pk)]})
    assert fresh(lecture).attended == 25


def test_nobody_is_ticked_off_before_it_begins(people: People, lan: Client, worker: Account, signed_in: Enter) -> None:
    lecture = factories.activity(people.township)
    mine = sign_up(lan, people.helanfang_account, lecture)
    with seeing(signed_in(worker).session[TOKEN]), pytest.raises(DatabaseError), transaction.atomic():
        SignUp.objects.filter(pk=mine.pk).update(attended_at=NOON, attended_by=worker.pk)


def test_a_resident_cannot_say_they_came_without_the_door(people: People, lan: Client) -> None:
    lecture = factories.activity(people.township, starts_at=NOON + timedelta(minutes=1))
    mine = sign_up(lan, people.helanfang_account, lecture)
    with seeing(lan.session[TOKEN]), pytest.raises(DatabaseError), transaction.atomic():
        SignUp.objects.filter(pk=mine.pk).update(attended_at=NOON, attended_by=people.helanfang_account.pk)


def test_an_editor_sees_how_many_and_not_who(people: People, lan: Client, signed_in: Enter) -> None:
    lecture = factories.activity(people.township)
    sign_up(lan, people.helanfang_account, lecture)
    page = signed_in(people.editor).get(desk("activity", lecture)).content.decode()
    assert "贺兰芳" not in page and "已报名" in page


def test_staff_elsewhere_neither_open_nor_change_it(people: People, signed_in: Enter) -> None:
    lecture = factories.activity(people.township)
    stranger = signed_in(factories.staff("weisheng", "外院公卫", people.county, "public_health"))
    assert stranger.get(desk("activity", lecture)).status_code == 404
    with seeing(stranger.session[TOKEN]), transaction.atomic():
        assert Activity.objects.filter(pk=lecture.pk).update(place="别处") == 0


def test_what_was_announced_never_becomes_a_draft_again(people: People) -> None:
    lecture = factories.activity(people.township)
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic(using="owner"):
        Activity.objects.filter(pk=lecture.pk).update(state="draft", published_at=None)


def test_materials_lead_to_the_articles_that_can_be_read(people: People) -> None:
    text = factories.article("少吃盐").article
    lecture = factories.activity(people.township, materials=[text.slug, "no-such-text"])
    page = Client().get(address("activity", lecture)).content.decode()
    assert reverse("health_education:article", args=[text.slug]) in page


def test_an_account_closes_only_after_the_place_was_given_back(people: People, lan: Client) -> None:
    sign_up(lan, people.helanfang_account, factories.activity(people.township))
    with seeing(lan.session[TOKEN]), transaction.atomic():
        assert "1 个活动" in "".join(closing.in_the_way(viewer(people.helanfang_account), NOON))
