"""At the door of an activity: the code that changes, guesses, slips of paper, and a count that is never behind."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from health_education.activities import codes, door, tickets
from health_education.models import Activity, SignUp
from residents.models import Account
from tests import factories
from tests.factories import NOON
from tests.health_education.scenes import Enter, fresh, live, sign_up
from tests.people import People
from tests.residents.door import by_password

At = Callable[[datetime], Any]
SECOND = timedelta(seconds=1)


@pytest.fixture
def lecture(people: People) -> Activity:
    return factories.activity(people.township, starts_at=NOON)


@pytest.fixture(autouse=True)
def noon(at: At) -> Iterator[None]:
    with at(NOON):
        yield


@pytest.fixture
def worker(people: People) -> Account:
    return factories.staff("gongwei", "公卫员", people.township, "public_health")


@pytest.fixture
def signed_up(people: People, at: At, signed_in: Enter, lecture: Activity) -> Iterator[SignUp]:
    with at(NOON - timedelta(hours=3)):
        signup = sign_up(signed_in(people.helanfang_account), people.helanfang_account, lecture)
    with at(NOON):
        yield signup


def here(code: str) -> str:
    return reverse("health_education:here_code", args=[code])


def desk(name: str, *more: Any) -> str:
    return reverse(f"staff:{name}", args=more)


# --- the code that changes -------------------------------------------------------------------------------------------


def test_the_code_of_this_minute_and_the_last_count_and_no_earlier_one(lecture: Activity) -> None:
    turns = [codes.code_of(lecture, NOON - minutes * timedelta(minutes=1)) for minutes in range(3)]
    assert len(set(turns)) == 3
    assert [codes.going_on(code, NOON) for code in turns] == [lecture, lecture, None]


def test_a_code_sent_to_somebody_at_home_is_worth_nothing_minutes_later(
    people: People, lecture: Activity, signed_in: Enter, at: At
) -> None:
    code = codes.code_of(lecture, NOON)
    with at(NOON + timedelta(minutes=3)):
        assert signed_in(people.wangjianguo_account).post(here(code)).status_code == 404
    assert live(lecture) == []


def test_the_codes_of_two_activities_and_of_another_secret_differ(
    people: People, lecture: Activity, settings: Any
) -> None:
    other = factories.activity(people.township, starts_at=NOON)
    mine = codes.code_of(lecture, NOON)
    settings.SECRET_KEY = "another-" + "s" * 50
    assert len({mine, codes.code_of(other, NOON), codes.code_of(lecture, NOON)}) == 3


def test_whoever_read_the_code_has_time_to_sign_in_and_press(
    people: People, lecture: Activity, client: Client, at: At
) -> None:
    address = here(codes.code_of(lecture, NOON))
    answer = client.get(address)
    assert answer.status_code == 302 and "/login/" in answer["Location"]
    with at(NOON + timedelta(minutes=10)):
        by_password(client)
        assert "我到了" in client.get(address).content.decode()
        client.post(address)
    assert [one.resident_id for one in live(lecture) if one.attended_at] == [people.helanfang.pk]


def test_what_a_browser_read_counts_for_a_quarter_of_an_hour(
    people: People, lecture: Activity, signed_in: Enter, at: At
) -> None:
    client, address = signed_in(people.helanfang_account), here(codes.code_of(lecture, NOON))
    client.get(address)
    with at(NOON + timedelta(minutes=15) + SECOND):
        assert client.post(address).status_code == 404


def test_guesses_are_bounded_and_then_no_code_is_looked_at(people: People, lecture: Activity, signed_in: Enter) -> None:
    client, right = signed_in(people.helanfang_account), here(codes.code_of(lecture, NOON))
    answers = [client.get(here(f"WRONG{n}")).status_code for n in range(11)]
    assert answers == [404] * 10 + [429]
    assert client.get(right).status_code == 429
    assert client.get(reverse("health_education:here"), {"code": "WRONG9"}).status_code == 429
    assert live(lecture) == []


def test_right_codes_are_no_guesses(people: People, lecture: Activity, signed_in: Enter) -> None:
    client, right = signed_in(people.helanfang_account), here(codes.code_of(lecture, NOON))
    for _again in range(15):
        client.session.pop(door.KEPT, None)
        assert client.get(right).status_code == 200


def test_the_screen_shows_code_and_picture_comes_anew_and_names_nobody(
    worker: Account, lecture: Activity, signed_up: SignUp, signed_in: Enter, at: At
) -> None:
    with at(NOON + 20 * SECOND):
        answer = signed_in(worker).get(desk("activity_screen", lecture.pk))
    page = answer.content.decode()
    assert codes.code_of(lecture, NOON) in page and "贺兰芳" not in page
    assert answer["Refresh"] == "41"


def test_before_its_time_the_screen_has_no_code(worker: Account, lecture: Activity, signed_in: Enter, at: At) -> None:
    early = NOON - timedelta(hours=2)
    with at(early):
        answer = signed_in(worker).get(desk("activity_screen", lecture.pk))
    assert codes.code_of(lecture, early) not in answer.content.decode() and "Refresh" not in answer


# --- slips -----------------------------------------------------------------------------------------------------------


def letters(signup: SignUp) -> str:
    return tickets.code_of(signup)


def test_the_slip_names_nobody_in_full_and_carries_the_code(
    people: People, signed_up: SignUp, lecture: Activity, signed_in: Enter
) -> None:
    page = signed_in(people.helanfang_account).get(reverse("health_education:slip", args=[lecture.pk])).content.decode()
    assert tickets.in_groups(letters(signed_up)) in page and "贺*芳" in page
    assert (
        signed_in(people.wangjianguo_account).get(reverse("health_education:slip", args=[lecture.pk])).status_code
        == 404
    )


@pytest.mark.parametrize("way", ["typed", "by a scanner"])
def test_a_slip_read_at_the_desk_notes_that_its_holder_came(
    way: str, worker: Account, signed_up: SignUp, lecture: Activity, signed_in: Enter
) -> None:
    address = settings.PUBLIC_URL + desk("ticket", lecture.pk, letters(signed_up))
    slip = {"typed": tickets.in_groups(letters(signed_up)).lower(), "by a scanner": address}[way]
    client = signed_in(worker)
    answers = [client.post(desk("scan_slip", lecture.pk), {"slip": slip}).content.decode() for _ in range(2)]
    assert "贺兰芳 签到成功" in answers[0] and "贺兰芳 已经签过到了" in answers[1]
    assert fresh(lecture).attended == 1


def test_a_slip_scanned_by_a_staff_members_phone_asks_before_it_notes_anything(
    worker: Account, signed_up: SignUp, lecture: Activity, signed_in: Enter
) -> None:
    client, address = signed_in(worker), desk("ticket", lecture.pk, letters(signed_up))
    assert "贺兰芳" in client.get(address).content.decode() and fresh(lecture).attended == 0
    client.post(address)
    assert [one.attended_by for one in live(lecture)] == [worker.pk]


def test_a_slip_of_another_activity_or_before_the_door_opens_is_refused_in_words(
    people: People, worker: Account, signed_up: SignUp, lecture: Activity, signed_in: Enter, at: At
) -> None:
    other, slip = factories.activity(people.township, starts_at=NOON), {"slip": letters(signed_up)}
    assert "没有找到这张签到条" in signed_in(worker).post(desk("scan_slip", other.pk), slip).content.decode()
    with at(NOON - timedelta(hours=1)):
        assert "没有开始" in signed_in(worker).post(desk("scan_slip", lecture.pk), slip).content.decode()
    assert fresh(lecture).attended == 0


def test_an_editor_who_may_not_see_names_scans_no_slips(
    people: People, signed_up: SignUp, lecture: Activity, signed_in: Enter
) -> None:
    editor = factories.staff("bianji2", "镇编辑", people.township, "editor")
    client, address = signed_in(editor), desk("ticket", lecture.pk, letters(signed_up))
    assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]


# --- counted to the last ---------------------------------------------------------------------------------------------


def test_who_scans_after_it_was_written_down_as_held_is_counted(
    people: People, worker: Account, signed_up: SignUp, lecture: Activity, signed_in: Enter, at: At
) -> None:
    with at(NOON + timedelta(minutes=80)):
        signed_in(worker).post(desk("hold_activity", lecture.pk), {"walk_ins": "20", "note": ""})
        for account in (people.helanfang_account, people.wangjianguo_account):
            signed_in(account).post(here(codes.code_of(lecture, NOON + timedelta(minutes=80))))
        assert fresh(lecture).attended == 22
        signed_in(worker).post(desk("hold_activity", lecture.pk), {"walk_ins": "18", "note": "数过了"})
    assert fresh(lecture).attended == 20


def test_nobody_writes_how_many_came_not_even_the_owner(lecture: Activity) -> None:
    with acting_as("owner"), pytest.raises(DatabaseError), transaction.atomic(using="owner"):
        Activity.objects.filter(pk=lecture.pk).update(attended=500)


def test_staff_change_an_announced_activity_and_the_counts_stay(
    people: People, worker: Account, signed_up: SignUp, signed_in: Enter, lecture: Activity
) -> None:
    facts = {"kind": "lecture", "title": "改了名的讲座", "place": "镇文化站", "description": "", "speaker": ""}
    times = {"starts_at": "2026-11-22T12:00", "ends_at": "2026-11-22T14:00", "capacity": "30"}
    times |= {"signup_opens_at": "2026-11-21T12:00", "signup_closes_at": "2026-11-22T12:00"}
    address = reverse("admin:health_education_activity_change", args=[lecture.pk])
    answer = signed_in(worker).post(address, {**facts, **times})
    changed = fresh(lecture)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert (changed.title, changed.capacity, changed.taken) == ("改了名的讲座", 30, 1)


def test_a_list_of_a_called_off_activity_is_refused_in_words(
    worker: Account, signed_up: SignUp, lecture: Activity, signed_in: Enter
) -> None:
    client = signed_in(worker)
    client.post(desk("call_off_activity", lecture.pk), {"reason": "停电"})
    ticked = {"listed": [str(signed_up.pk)], "came": [str(signed_up.pk)]}
    answer = client.post(desk("tick_activity", lecture.pk), ticked, follow=True)
    assert "已经取消" in answer.content.decode() and fresh(lecture).attended == 0


def test_a_session_elsewhere_reads_no_slip_of_ours(
    people: People, signed_up: SignUp, lecture: Activity, signed_in: Enter
) -> None:
    stranger = signed_in(factories.staff("weisheng", "外院公卫", people.county, "public_health"))
    assert stranger.get(desk("ticket", lecture.pk, letters(signed_up))).status_code == 404
    with seeing(stranger.session[TOKEN]), transaction.atomic():
        assert tickets.find(lecture, letters(signed_up)) is None
