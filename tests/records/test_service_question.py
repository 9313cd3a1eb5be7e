"""Did this visit happen? Asked once, by SMS or in the inbox; a "no" is a dispute with a due date."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.models import Dispute, FollowUp, ServiceQuestion
from records.services import asking
from residents import answers, messages_port, replies
from residents.messages_port import Reply
from residents.models import Consent, Delivery, MessageChoice, Notice, Resident, SmsReply
from residents.spreading import spread
from tests import factories
from tests.factories import NOON
from tests.people import People
from tests.portal.staffing import Enter
from tests.records import rows
from tests.residents.test_messages_rules import Phone
from tests.sessions import session_of

Clock = Callable[[datetime], AbstractContextManager[Any]]
HER_PHONE, SECRET = "19900000001", "回复的钥匙"


@pytest.fixture(autouse=True)
def noon(at: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The county asks about every service."""
    key = "records.service_question_percent"
    monkeypatch.setitem(REGISTRY, key, Registered(key, 100, ""))
    monkeypatch.setattr(messages_port, "sms", Phone)
    with at(NOON):
        yield


@pytest.fixture
def place(people: People) -> Source:
    """The township's feed."""
    return factories.source(people.township)


def served(people: People, place: Source, of: Resident | None = None, **fields: Any) -> FollowUp:
    row: FollowUp = rows.statement(FollowUp, of or people.helanfang, place, **fields)
    return row


def asked(now: datetime = NOON) -> int:
    with acting_as("worker"):
        return asking.sweep(now)


def replied(text: str, phone: str = HER_PHONE, key: str = "m1") -> None:
    with acting_as("worker"):
        replies.keep([Reply(key, phone, text)], NOON)
        answers.read(NOON)


def questions() -> list[ServiceQuestion]:
    with acting_as("owner"):
        return list(ServiceQuestion.objects.select_related("dispute").order_by("asked_at", "id"))


def texts() -> list[tuple[str | None, dict[str, str]]]:
    with acting_as("owner"):
        found = Delivery.objects.filter(template="service_asked")
        return [(row.recipient, json.loads(row.parameters)) for row in found]


def meanings() -> list[str]:
    with acting_as("owner"):
        return list(SmsReply.objects.order_by("provider_id").values_list("meaning", flat=True))


def test_the_sms_says_when_and_at_which_health_centre_and_nothing_of_what_was_done(
    people: People, place: Source
) -> None:
    served(people, place)
    assert asked() == 1
    assert texts() == [(HER_PHONE, {"place": "河东镇卫生院", "day": "11月22日"})]


def test_a_hospitals_name_could_tell_what_somebody_has_and_is_not_in_it(people: People, feed: Source) -> None:
    served(people, feed)
    asked()
    assert texts()[0][1]["place"] == "一家机构"


def test_a_service_is_asked_about_once(people: People, place: Source) -> None:
    served(people, place)
    assert [asked(), asked()] == [1, 0]
    with acting_as("owner"):
        assert (Notice.objects.filter(kind="service_asked").count(), len(texts())) == (1, 1)


def test_nothing_is_asked_where_the_county_asks_about_none(
    people: People, place: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "records.service_question_percent"
    monkeypatch.setitem(REGISTRY, key, Registered(key, 0, ""))
    served(people, place)
    assert asked() == 0


def test_a_sample_is_the_same_services_each_time(people: People, place: Source) -> None:
    found = [served(people, place, identifier=f"s{number}") for number in range(60)]
    sampled = [row.identifier for row in found if asking._sampled(row, 30)]
    assert 5 < len(sampled) < 35
    assert sampled == [row.identifier for row in found if asking._sampled(row, 30)]


def test_a_person_is_not_asked_more_often_than_the_county_lets(people: People, place: Source) -> None:
    served(people, place)
    served(people, place)
    assert (asked(), asked()) == (1, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"sensitivity": 5},
        {"release": "withheld"},
        {"withdrawn_at": NOON},
        {"occurred_at": NOON - timedelta(days=31)},
        {"occurred_at": NOON + timedelta(days=1)},
    ],
)
def test_what_she_may_not_read_is_long_ago_or_to_come_is_not_asked_about(
    people: People, place: Source, fields: dict[str, Any]
) -> None:
    served(people, place, **fields)
    assert asked() == 0


def test_one_telephone_has_one_question_at_a_time(people: People, place: Source) -> None:
    with acting_as("owner"):
        wang = Resident.objects.get(pk=people.wangjianguo.pk)
        wang.phone = HER_PHONE
        wang.save()
        type(people.wangjianguo_account).objects.filter(pk=people.wangjianguo_account.pk).update(phone_verified_at=None)
    served(people, place)
    served(people, place, of=people.wangjianguo)
    assert (asked(), asked()) == (1, 0)
    replied("1")
    assert asked() == 1


def test_who_has_not_agreed_to_messages_is_asked_in_the_inbox_alone(people: People, place: Source) -> None:
    with acting_as("owner"):
        Consent.objects.filter(resident=people.helanfang, purpose="messages").update(
            withdrawn_at=NOON, withdrawn_by=people.helanfang_account.pk
        )
    served(people, place)
    assert (asked(), texts(), questions()[0].texted) == (1, [], False)
    with acting_as("owner"):
        assert Notice.objects.filter(resident=people.helanfang, kind="service_asked").count() == 1


def test_the_sweep_rings_her_no_second_time_and_tells_who_helps_her(people: People, place: Source) -> None:
    factories.delegation(people.helanfang, people.hexiaoyu, "records", "notices")
    served(people, place)
    asked()
    with acting_as("worker"):
        spread(NOON)
    with acting_as("owner"):
        left = Delivery.objects.filter(template__in=["service_asked", "family_notice"]).order_by("template")
        assert list(left.values_list("template", "resident_id")) == [
            ("family_notice", people.hexiaoyu.pk),
            ("service_asked", people.helanfang.pk),
        ]


def test_nobody_is_asked_for_the_dead(people: People, place: Source) -> None:
    with acting_as("owner"):
        Resident.objects.filter(pk=people.helanfang.pk).update(deceased_on=NOON.date())
    served(people, place)
    assert asked() == 0


def test_one_means_yes_and_is_kept(people: People, place: Source) -> None:
    served(people, place)
    asked()
    replied("１ ")
    (question,) = questions()
    assert (question.answer, question.via, question.dispute) == ("yes", "sms", None)


def test_two_opens_a_dispute_at_the_facility_with_a_due_date(people: People, place: Source) -> None:
    row = served(people, place)
    asked()
    replied("2")
    (question,) = questions()
    assert question.dispute is not None
    told = question.dispute
    assert (told.reason, told.facility_id, told.identifier) == ("not_done", people.township.pk, row.identifier)
    assert (told.due_at - NOON, told.asked_by) == (timedelta(days=15), None)


def test_the_same_reply_twice_is_kept_once(people: People, place: Source) -> None:
    served(people, place)
    asked()
    replied("2")
    replied("2")
    with acting_as("owner"):
        assert (SmsReply.objects.count(), Dispute.objects.count()) == (1, 1)


def test_what_was_answered_stays_as_it_was_answered(people: People, place: Source) -> None:
    served(people, place)
    asked()
    replied("1")
    replied("2", key="m2")
    assert (questions()[0].answer, meanings()) == ("yes", ["yes", "unasked"])


def test_a_reply_that_nobody_understands_changes_nothing(people: People, place: Source) -> None:
    served(people, place)
    asked()
    replied("我想问一下")
    assert (questions()[0].answer, meanings()) == ("", ["unknown"])


def test_another_telephone_answers_nothing(people: People, place: Source) -> None:
    served(people, place)
    asked()
    replied("2", phone="19900000009")
    assert (questions()[0].answer, meanings()) == ("", ["unasked"])


def test_too_late_an_answer_is_none(people: People, place: Source, at: Clock) -> None:
    served(people, place)
    asked()
    later = NOON + timedelta(days=8)
    with at(later), acting_as("worker"):
        replies.keep([Reply("m1", HER_PHONE, "2")], later)
        answers.read(later)
    assert (questions()[0].answer, meanings()) == ("", ["unasked"])


def test_what_was_answered_is_forgotten_once_it_is_understood(people: People, place: Source) -> None:
    served(people, place)
    asked()
    replied("1")
    with acting_as("owner"):
        kept = SmsReply.objects.get()
    assert (kept.phone, kept.phone_index, kept.text, kept.handled_at) == (None, None, None, NOON)


def test_t_ends_these_messages_and_no_others(people: People, place: Source, at: Clock) -> None:
    served(people, place)
    asked()
    replied("Ｔ")
    with acting_as("owner"):
        refused = MessageChoice.objects.filter(wanted=False).values_list("template", "channel")
        assert list(refused) == [("service_asked", "sms")]
    later = NOON + timedelta(days=40)
    with at(later):
        served(people, place, at=later)
        assert (asked(later), len(texts())) == (1, 1)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("1", "yes"), ("属实。", "yes"), ("2", "no"), ("没有", "no"), ("TD", "stop"), ("12", "unknown"), ("", "unknown")],
)
def test_few_words_are_understood(people: People, place: Source, text: str, meaning: str) -> None:
    served(people, place)
    asked()
    replied(text)
    assert meanings() == [meaning]


def answered(client: Client, said: str) -> Any:
    return client.post(reverse("records:answer_service", args=[questions()[0].pk]), {"answer": said})


def test_in_the_portal_a_no_opens_the_same_dispute(people: People, place: Source, hers: Client) -> None:
    served(people, place)
    asked()
    answered(hers, "no")
    (question,) = questions()
    assert question.dispute is not None
    assert (question.via, question.dispute.asked_by) == ("portal", people.helanfang_account.pk)
    page = hers.get(reverse("records:services")).content.decode()
    assert [word for word in ("您答复：没有这次服务", "河东镇卫生院", "看机构的答复") if word not in page] == []


def test_a_second_tap_changes_nothing(people: People, place: Source, hers: Client) -> None:
    served(people, place)
    asked()
    answered(hers, "yes")
    answered(hers, "no")
    assert (questions()[0].answer, questions()[0].dispute) == ("yes", None)


def test_a_stranger_neither_sees_nor_answers(people: People, place: Source, signed_in: Enter) -> None:
    served(people, place)
    asked()
    stranger = signed_in(people.wangjianguo_account)
    assert "河东镇卫生院" not in stranger.get(reverse("records:services")).content.decode()
    assert (answered(stranger, "no").status_code, questions()[0].answer) == (404, "")


def test_a_daughter_who_may_read_the_record_answers_for_her(people: People, place: Source, signed_in: Enter) -> None:
    served(people, place)
    asked()
    factories.delegation(people.helanfang, people.hexiaoyu, "records", "identity")
    daughter = signed_in(people.hexiaoyu_account)
    daughter.post(reverse("residents:act"), {"resident": str(people.helanfang.pk)})
    answered(daughter, "yes")
    assert (questions()[0].answer, questions()[0].answered_by) == ("yes", people.hexiaoyu_account.pk)


def test_the_database_lets_nobody_answer_under_another_name(people: People, place: Source, hers: Client) -> None:
    served(people, place)
    asked()
    with session_of(hers):
        ServiceQuestion.objects.update(
            answer="yes", via="sms", answered_at=NOON - timedelta(days=9), answered_by=people.wangjianguo_account.pk
        )
    kept = questions()[0]
    assert (kept.via, kept.answered_at, kept.answered_by) == ("portal", NOON, people.helanfang_account.pk)


def test_the_database_keeps_an_answer(people: People, place: Source, hers: Client) -> None:
    served(people, place)
    asked()
    answered(hers, "yes")
    with pytest.raises(DatabaseError, match="answered once"), session_of(hers):
        ServiceQuestion.objects.update(answer="no")


def test_no_session_reads_what_came_by_sms(people: People, hers: Client) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), session_of(hers):
        SmsReply.objects.exists()


@pytest.fixture
def provider(settings: Any) -> Callable[..., Any]:
    """The provider's delivery of one reply; what is wrong with it is told by keywords."""
    settings.SMS_REPLY_SECRET = SECRET

    def deliver(body: bytes | None = None, key: str = SECRET, age: int = 0, **said: Any) -> Any:
        body = json.dumps({"id": "m1", "phone": HER_PHONE, "text": "1"} | said).encode() if body is None else body
        stamp = str(int(NOON.timestamp()) - age)
        headers = {"X-Timestamp": stamp, "X-Signature": replies.signature(key, stamp, body)}
        return Client(enforce_csrf_checks=True).post(
            reverse("sms_replies"), body, content_type="application/json", headers=headers
        )

    return deliver


def kept() -> int:
    with acting_as("owner"):
        return SmsReply.objects.count()


def test_a_signed_reply_is_kept_before_it_is_understood_and_once(provider: Callable[..., Any], people: People) -> None:
    assert [provider().status_code, provider().status_code, kept()] == [200, 200, 1]
    assert meanings() == [""]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"key": "别的钥匙"}, 403),
        ({"age": 301}, 403),
        ({"age": -301}, 403),
        ({"body": b"{"}, 400),
        ({"body": b"[]"}, 400),
        ({"phone": "12"}, 400),
        ({"id": ""}, 400),
        ({"text": "1\x00"}, 400),
        ({"text": "长" * 5000}, 413),
    ],
)
def test_what_is_not_signed_old_or_not_a_reply_is_not_kept(
    provider: Callable[..., Any], people: People, wrong: dict[str, Any], status: int
) -> None:
    assert (provider(**wrong).status_code, kept()) == (status, 0)


def test_without_a_secret_there_is_no_such_address(settings: Any, people: People) -> None:
    settings.SMS_REPLY_SECRET = ""
    assert Client().post(reverse("sms_replies"), b"{}", content_type="application/json").status_code == 404
