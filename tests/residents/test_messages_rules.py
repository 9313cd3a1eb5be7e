"""When messages may leave and what they may cost: quiet hours, the day's pots, codes, consent until the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from foundation.dated import REGISTRY, Registered
from foundation.rowsecurity import acting_as
from residents import message_limits as limits
from residents import messages_port
from residents.messages_port import CannotSend, Handed
from residents.models import Consent, Delivery, MessageChoice, MessageSpending
from tests.factories import NOON, SHANGHAI, made
from tests.people import People
from tests.residents.door import work

Clock = Callable[[datetime], AbstractContextManager[Any]]
Set = Callable[[str, Any], None]
NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=SHANGHAI)
MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=SHANGHAI)
MIDNIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=SHANGHAI)


class Phone:
    """An adapter that counts what it was given, or fails as it is told."""

    available = True

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.problem: CannotSend | None = None
        self.parts = 1

    def send(self, *, template: str, **message: Any) -> Handed:
        if self.problem:
            raise self.problem
        self.sent.append(template)
        return Handed(parts=self.parts)

    def call(self, *, code: str, **message: Any) -> Handed:
        self.sent.append(f"spoken {code}")
        return Handed()


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch, db: None) -> Phone:
    adapter = Phone()
    for name in ("sms", "voice", "mail"):
        monkeypatch.setattr(messages_port, name, lambda: adapter)
    return adapter


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Set:
    return lambda key, value: monkeypatch.setitem(REGISTRY, key, Registered(key, value, ""))


def waiting(template: str = "new_device", key: str = "one", **fields: Any) -> Delivery:
    fields = {"recipient": "19900000001", "parameters": '{"code": "123456"}', "due_at": NOON} | fields
    return made(Delivery(template=template, key=key, **fields))


def row(delivery: Delivery) -> Delivery:
    with acting_as("owner"):
        return Delivery.objects.get(pk=delivery.pk)


def spent(pot: str = "notices", day: datetime = NOON) -> int:
    with acting_as("owner"):
        found = MessageSpending.objects.filter(pot=pot, day=day.date()).values_list("spent_fen", flat=True)
        return found[0] if found else 0


# --- quiet hours -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hour", "minute", "until"),
    [
        (20, 59, None),
        (21, 0, MORNING),
        (23, 59, MORNING),
        (0, 0, MORNING - timedelta(days=1)),
        (6, 59, MORNING - timedelta(days=1)),
        (7, 0, None),
    ],
)
def test_quiet_hours_go_over_midnight(hour: int, minute: int, until: datetime | None, db: None) -> None:
    assert limits.quiet_until(NOON.replace(hour=hour, minute=minute)) == until


def test_quiet_hours_of_a_county_that_rests_at_noon(put: Set, db: None) -> None:
    put(limits.QUIET_FROM, "11:30"), put(limits.QUIET_UNTIL, "13:30")
    assert limits.quiet_until(NOON) == NOON.replace(hour=13, minute=30)


def test_equal_times_mean_no_quiet_hours(put: Set, db: None) -> None:
    put(limits.QUIET_FROM, "07:00"), put(limits.QUIET_UNTIL, "07:00")
    assert limits.quiet_until(NIGHT) is None


def test_a_setting_that_is_no_time_keeps_the_nights_quiet(put: Set, monkeypatch: Any, db: None) -> None:
    monkeypatch.setattr(limits, "setting", lambda key, now: "nine")
    assert limits.quiet_until(NIGHT) == MORNING


def test_by_night_a_notice_waits_for_the_morning(phone: Phone, at: Clock) -> None:
    delivery = waiting()
    with at(NIGHT):
        assert work() == 0
    assert (row(delivery).status, row(delivery).waits_for, row(delivery).due_at) == ("waiting", "quiet", MORNING)
    with at(MORNING):
        assert work() == 1
    assert row(delivery).waits_for == ""


@pytest.mark.parametrize("template", ["emergency_access", "sign_in_code", "registration_code", "phone_code"])
def test_by_night_codes_and_emergencies_leave(template: str, phone: Phone, at: Clock) -> None:
    with at(NIGHT):
        waiting(template)
        assert work() == 1


# --- the day's pots --------------------------------------------------------------------------------------------------
def test_what_left_was_paid(phone: Phone, at: Clock) -> None:
    delivery = waiting()
    with at(NOON):
        work()
    assert (spent(), row(delivery).cost_fen) == (5, 5)


def test_a_long_message_is_paid_for_each_part(phone: Phone, at: Clock) -> None:
    phone.parts = 2
    delivery = waiting()
    with at(NOON):
        work()
    assert (spent(), row(delivery).cost_fen) == (10, 10)


def test_when_the_pot_is_empty_the_rest_waits_for_tomorrow(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.DAILY_FEN, 10)
    rows = [waiting(key=f"{n}") for n in range(3)]
    with at(NOON):
        assert work() == 2
    held = row(rows[2])
    assert (held.status, held.waits_for, held.due_at, held.attempts) == ("waiting", "budget", MIDNIGHT, 0)
    with at(MORNING):
        assert work() == 1


def test_the_first_message_held_back_tells_staff_once(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.DAILY_FEN, 0), put(limits.STAFF_MAIL, "desk@example.cn")
    waiting(key="1"), waiting(key="2")
    with at(NOON):
        work()
    assert phone.sent == ["budget_reached"]


def test_codes_have_a_pot_of_their_own(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.DAILY_FEN, 0)
    with at(NOON):
        waiting("sign_in_code")
        assert work() == 1
    assert (spent(), spent("urgent")) == (0, 5)


def test_a_code_beyond_the_cap_is_not_kept_for_tomorrow(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 0)
    with at(NOON):
        delivery = waiting("sign_in_code")
        work()
    assert (row(delivery).status, row(delivery).parameters) == ("failed", "{}")


def test_an_emergency_beyond_the_cap_waits_for_tomorrow(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 0)
    delivery = waiting("emergency_access")
    with at(NOON):
        work()
    assert row(delivery).waits_for == "budget"


def test_what_was_refused_is_not_paid(phone: Phone, at: Clock) -> None:
    phone.problem = CannotSend("没有发送。")
    delivery = waiting()
    with at(NOON):
        work()
    assert (spent(), row(delivery).cost_fen) == (0, 0)


def test_what_may_have_left_counts_as_paid(phone: Phone, at: Clock) -> None:
    phone.problem = CannotSend("没有答完。", unsure=True)
    delivery = waiting()
    with at(NOON):
        work()
    assert (spent(), row(delivery).cost_fen) == (5, 5)


def test_a_cap_holds_against_four_workers_at_once(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.DAILY_FEN, 35)
    for n in range(40):
        waiting(key=f"{n}")
    start = Barrier(4)

    def sweep() -> None:
        start.wait()
        work()
        connections.close_all()

    with at(NOON):
        workers = [Thread(target=sweep) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert (len(phone.sent), spent()) == (7, 35)


def test_wechat_and_mail_cost_nothing(db: None) -> None:
    assert (limits.price("wechat", NOON), limits.price("email", NOON)) == (0, 0)


# --- codes -----------------------------------------------------------------------------------------------------------
def test_a_sixth_code_within_the_hour_does_not_leave(phone: Phone, at: Clock) -> None:
    for n in range(5):
        with at(NOON + timedelta(minutes=n)):
            waiting("sign_in_code", key=f"{n}")
            work()
    with at(NOON + timedelta(minutes=6)):
        sixth = waiting("registration_code", key="6")
        assert work() == 0
    assert (row(sixth).status, row(sixth).error) == ("failed", "这个号码收到的验证码已达上限，没有发送。")
    with at(NOON + timedelta(minutes=61)):
        waiting("sign_in_code", key="7")
        assert work() == 1


def test_another_number_has_its_own_codes(phone: Phone, at: Clock, put: Set) -> None:
    put(limits.CODES_AN_HOUR, 1)
    with at(NOON):
        waiting("sign_in_code", key="1")
        waiting("sign_in_code", key="2", recipient="19900000002")
        assert work() == 2


def test_a_code_is_spoken_when_asked_for(phone: Phone, at: Clock) -> None:
    with at(NOON):
        waiting("sign_in_code", channel="voice")
        work()
    assert (phone.sent, spent("urgent")) == (["spoken 123456"], 8)


# --- consent and choices, until the very end -------------------------------------------------------------------------
def test_a_consent_taken_back_while_it_waits_holds_it_back(people: People, phone: Phone, at: Clock) -> None:
    delivery = waiting("booked", resident_id=people.helanfang.pk)
    with acting_as("owner"):
        Consent.objects.of(people.helanfang.pk).update(withdrawn_at=NOON, withdrawn_by=people.helanfang_account.pk)
    with at(NOON):
        assert work() == 0
    assert (row(delivery).status, row(delivery).recipient, row(delivery).recipient_index) == ("withheld", None, None)


def test_a_choice_changed_while_it_waits_holds_it_back(people: People, phone: Phone, at: Clock) -> None:
    delivery = waiting("booked", resident_id=people.helanfang.pk)
    made(
        MessageChoice(resident=people.helanfang, template="booked", channel="sms", wanted=False, changed_at=NOON),
    )
    with at(NOON):
        work()
    assert row(delivery).status == "withheld"


def test_a_notice_of_three_days_ago_is_not_sent_any_more(phone: Phone, at: Clock) -> None:
    with at(NOON):
        delivery = waiting()
    with at(NOON + timedelta(hours=73)):
        assert work() == 0
    assert row(delivery).status == "failed"
