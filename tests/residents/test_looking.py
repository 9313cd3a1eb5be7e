"""谁看过我的档案: visits in words, the same cost for any number, and a question that staff owe an answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation import clock
from foundation.keys import uuid7
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from residents import looking_presenters
from residents.models import AccessCase, AccessEvent, Account, Notice, Resident
from tests import factories
from tests.people import People
from tests.residents.door import by_password

SignedIn = Callable[[Account], Client]


def today(hour: int = 0, minute: int = 0) -> datetime:
    """A moment of the current month that is certainly over."""
    first = timezone.localtime(clock.now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first + timedelta(hours=hour, minutes=minute)


def event(of: Resident, at: datetime | None = None, **fields: Any) -> AccessEvent:
    fields = {"action": "records.read_report", "actor_name": "陈医生", "actor_id": uuid7()} | fields
    return factories.made(AccessEvent(at=at or today(), resident_id=of.pk, **fields))


def page(client: Client, **query: str) -> str:
    return client.get(reverse("residents:access_log"), query).content.decode()


def ask(client: Client, about: AccessEvent, remark: str = "") -> Any:
    key = f"{about.actor_id} {about.at.isoformat()}"
    return client.post(reverse("residents:ask_about_access"), {"visit": key, "remark": remark})


@pytest.fixture
def looked(people: People) -> AccessEvent:
    """陈医生 of the county hospital looked at 贺兰芳."""
    person = people.chenyisheng
    fields = {"actor_id": person.pk, "facility_id": people.county.pk, "capacity": "care", "purpose": "复诊"}
    return event(people.helanfang, **fields)


def test_the_log_names_who_what_where_and_why(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    text = page(signed_in(people.helanfang_account))
    assert all(word in text for word in ("陈医生", "查看了一份检查检验报告", "县人民医院", "复诊", "诊疗服务"))


def test_the_log_is_the_persons_own(people: People, signed_in: SignedIn) -> None:
    event(people.wangjianguo)
    assert "陈医生" not in page(signed_in(people.helanfang_account))


def test_ones_own_sign_in_is_in_the_log(people: People, client: Client) -> None:
    by_password(client)
    text = page(client)
    assert "您本人" in text and "登录了门户" in text


def test_many_reads_of_one_visit_are_one_line(people: People, signed_in: SignedIn) -> None:
    actor = uuid7()
    for minute in range(12):
        event(people.helanfang, today(9, minute), actor_id=actor)
    text = page(signed_in(people.helanfang_account))
    assert text.count("陈医生") == 2 and "（共12次）" in text and "09:00" in text and "09:11" in text


def test_an_emergency_and_an_ordinary_visit_are_two_lines(people: People, signed_in: SignedIn) -> None:
    actor = uuid7()
    event(people.helanfang, today(9), actor_id=actor, capacity="care")
    event(people.helanfang, today(9, 1), actor_id=actor, capacity="emergency")
    text = page(signed_in(people.helanfang_account))
    assert "诊疗服务" in text and "紧急调阅" in text


def test_earlier_months_are_one_step_away(people: People, signed_in: SignedIn) -> None:
    long_ago = today() - timedelta(days=200)
    event(people.helanfang, long_ago, actor_name="很早的人")
    event(people.helanfang)
    client = signed_in(people.helanfang_account)
    month = timezone.localtime(long_ago).strftime("%Y-%m")
    text = page(client)
    assert "很早的人" not in text and f"?month={month}" in text
    assert "很早的人" in page(client, month=month)


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-01", "2026-1", "' OR 1=1"])
def test_an_odd_month_is_this_month(people: People, signed_in: SignedIn, month: str) -> None:
    event(people.helanfang)
    assert "陈医生" in page(signed_in(people.helanfang_account), month=month)


def test_a_question_says_who_answers_by_when(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    client = signed_in(people.helanfang_account)
    assert ask(client, looked, "我没去过").url == reverse("residents:access_log")
    text = page(client)
    assert "已问，待答复" in text and "前答复" in text
    with acting_as("owner"):
        case = AccessCase.objects.get()
    assert (case.remark, case.actor_id, case.facility_id) == ("我没去过", people.chenyisheng.pk, people.county.pk)


def test_asking_twice_is_one_case(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    client = signed_in(people.helanfang_account)
    ask(client, looked), ask(client, looked)
    with acting_as("owner"):
        assert AccessCase.objects.count() == 1


def test_nobody_asks_about_a_look_at_somebody_else(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    assert ask(signed_in(people.wangjianguo_account), looked).status_code == 404


def answer(client: Client, case: AccessCase, verdict: str = "justified") -> Any:
    address = reverse("admin:residents_accesscase_change", args=[case.pk])
    return client.post(address, {"verdict": verdict, "answer": "您预约了内科，陈医生提前看了结果。"})


def asked(people: People, signed_in: SignedIn, looked: AccessEvent) -> AccessCase:
    ask(signed_in(people.helanfang_account), looked)
    with acting_as("owner"):
        return AccessCase.objects.get()


def test_the_facilitys_manager_answers_and_the_person_is_told(
    people: People, signed_in: SignedIn, looked: AccessEvent
) -> None:
    case = asked(people, signed_in, looked)
    manager = factories.staff("fuzeren", "负责人", people.county, "manager")
    assert answer(signed_in(manager), case).status_code == 302
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="case_answered", subject_id=case.pk).exists()
    text = page(signed_in(people.helanfang_account))
    assert "正常的服务" in text and "陈医生提前看了结果" in text


def test_staff_of_another_facility_find_no_case(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    case = asked(people, signed_in, looked)
    other = factories.staff("bieren", "别处负责人", people.township, "manager")
    assert answer(signed_in(other), case).status_code == 404


def test_nobody_answers_about_themselves(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    case = asked(people, signed_in, looked)
    factories.membership(people.chenyisheng, people.county, "manager")
    assert answer(signed_in(people.chenyisheng), case).status_code == 403
    with pytest.raises(IntegrityError, match="nobody_answers"), acting_as("owner"):
        AccessCase.objects.update(
            verdict="justified", answer="x", answered_by=people.chenyisheng.pk, answered_at=clock.now()
        )


def test_an_answer_is_written_once(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    case = asked(people, signed_in, looked)
    manager = factories.staff("fuzeren", "负责人", people.county, "manager")
    answer(signed_in(manager), case)
    assert answer(signed_in(manager), case, "unjustified").status_code == 403
    with pytest.raises(DatabaseError, match="only ever answered"), acting_as("owner"):
        AccessCase.objects.update(answer="别的")


def test_the_person_cannot_answer_their_own_question(people: People, signed_in: SignedIn, looked: AccessEvent) -> None:
    case = asked(people, signed_in, looked)
    with seeing(signed_in(people.helanfang_account).session.get(TOKEN)), transaction.atomic():
        done = AccessCase.objects.filter(pk=case.pk).update(verdict="unjustified", answer="x")
    assert done == 0


def test_last_nights_comparison_is_told() -> None:
    assert "每一次都有访问记录" in str(looking_presenters.reconciled(1203, 0))
    assert "有 2 次没有对上" in str(looking_presenters.reconciled(1203, 2))
