"""What one number gets on a day, and what is kept for people on their own devices when strangers flood the rest."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from foundation.dated import REGISTRY, Registered
from residents import message_limits as limits
from residents import messages, messages_port
from residents.models import Delivery
from tests import factories
from tests.factories import NOON
from tests.residents.door import work
from tests.residents.test_messages_rules import MIDNIGHT, MORNING, Phone, row, spent, waiting

Clock = Callable[[datetime], AbstractContextManager[Any]]
Set = Callable[[str, Any], None]
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("phone")


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch, db: None) -> Phone:
    adapter = Phone()
    for name in ("sms", "voice", "mail", "wechat"):
        monkeypatch.setattr(messages_port, name, lambda: adapter)
    return adapter


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Set:
    return lambda key, value: monkeypatch.setitem(REGISTRY, key, Registered(key, value, ""))


def known(key: str, **fields: Any) -> Delivery:
    """A code for a device that signed in here before."""
    return waiting("sign_in_code", key=f"{limits.KNOWN}{key}", **fields)


# --- one number ------------------------------------------------------------------------------------------------------
def test_a_number_gets_its_messages_of_the_day_and_the_rest_tomorrow(at: Clock, put: Set) -> None:
    put(limits.A_NUMBER_A_DAY, 3)
    with at(NOON):
        first = [waiting(kind, key=kind) for kind in ("booked", "report_ready", "delegation_invited")]
        assert work() == 3
        fourth = waiting("case_answered", key="4")
        assert work() == 0
    assert {row(each).status for each in first} == {"sent"}
    assert (row(fourth).status, row(fourth).due_at, row(fourth).attempts) == ("waiting", MIDNIGHT, 0)
    with at(MORNING):
        assert work() == 1


def test_notices_use_up_nothing_of_the_codes(at: Clock, put: Set) -> None:
    """Whoever makes a clinic send many messages keeps nobody out of their account."""
    put(limits.A_NUMBER_A_DAY, 1)
    with at(NOON):
        waiting("booked", key="1")
        work()
        waiting("sign_in_code", key="2"), waiting("sign_in_code", key="3", channel="voice")
        assert work() == 2


def test_codes_use_up_nothing_of_the_notices(at: Clock, put: Set) -> None:
    put(limits.A_NUMBER_A_DAY, 1)
    with at(NOON):
        waiting("registration_code", key="1"), waiting("sign_in_code", key="2", channel="voice")
        assert work() == 2
        waiting("booked", key="3")
        assert work() == 1


def test_each_person_on_a_shared_phone_has_messages_of_their_own(at: Clock, put: Set) -> None:
    """A village clinic notes one phone for thirty elders: the first one's messages are not the others'."""
    put(limits.A_NUMBER_A_DAY, 1)
    elders = [factories.resident(f"老人{n}") for n in range(3)]
    for elder in elders:
        factories.consent(elder, "messages")
    with at(NOON):
        for n, elder in enumerate(elders):
            waiting("booked", key=f"{n}", resident_id=elder.pk)
        assert work() == 3
        again = waiting("booked", key="again", resident_id=elders[0].pk)
        assert work() == 0
    assert row(again).waits_for == "budget"


@pytest.mark.parametrize("template", ["emergency_access", "new_device", "phone_changed", "password_changed"])
def test_what_keeps_an_account_safe_still_arrives(template: str, at: Clock, put: Set) -> None:
    """Nobody floods a number first, so that its owner hears tomorrow that the password was changed."""
    put(limits.A_NUMBER_A_DAY, 0)
    with at(NOON):
        waiting(template)
        assert work() == 1


def test_the_owners_own_device_still_gets_its_code(at: Clock, put: Set) -> None:
    put(limits.A_NUMBER_A_DAY, 0)
    with at(NOON):
        known("1")
        assert work() == 1


def test_another_number_is_another_days_messages(at: Clock, put: Set) -> None:
    put(limits.A_NUMBER_A_DAY, 1)
    with at(NOON):
        waiting("booked", key="1"), waiting("booked", key="2", recipient="19900000002")
        assert work() == 2


def test_wechat_is_no_sms(at: Clock, put: Set) -> None:
    put(limits.A_NUMBER_A_DAY, 0)
    with at(NOON):
        waiting("booked", channel="wechat", recipient="openid")
        assert work() == 1


def test_written_and_spoken_codes_of_a_day_are_ten_together(at: Clock) -> None:
    """Domain facts, section E3: ten a day and number, however they come."""
    for n in range(10):
        with at(NOON + n * 61 * MINUTE):
            waiting("sign_in_code", key=f"{n}", channel="voice" if n % 2 else "sms")
            assert work() == 1, n
    with at(NOON + 10 * 61 * MINUTE):
        waiting("sign_in_code", key="eleventh")
        assert work() == 0
    with at(NOON + timedelta(days=1, minutes=1)):
        waiting("sign_in_code", key="the first has left the day")
        assert work() == 1


# --- the reserve -----------------------------------------------------------------------------------------------------
def flood(amount: int) -> list[Delivery]:
    """Strangers ask for codes, each for another number."""
    rows = [waiting("registration_code", key=f"flood {n}", recipient=f"198{n:08}") for n in range(amount)]
    work()
    return rows


def test_a_flood_of_strangers_leaves_the_reserve(at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 100), put(limits.RESERVED, 30)
    with at(NOON):
        rows = flood(20)
    assert ([row(each).status for each in rows].count("sent"), spent("urgent")) == (14, 70)


def test_known_devices_and_emergencies_use_the_whole(at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 100), put(limits.RESERVED, 30)
    with at(NOON):
        flood(20)
        for n in range(5):
            known(f"{n}", recipient=f"197{n:08}")
        waiting("emergency_access", key="e")
        assert (work(), spent("urgent")) == (6, 100)
        last = known("6", recipient="19700000006")
        assert (work(), row(last).status) == (0, "failed")


def test_the_next_day_strangers_get_codes_again(at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 10), put(limits.RESERVED, 50)
    with at(NOON):
        flood(2)
    with at(MORNING):
        waiting("registration_code", key="next")
        assert work() == 1


def test_staff_hear_of_the_flood_while_there_is_a_reserve(at: Clock, put: Set, phone: Phone) -> None:
    put(limits.URGENT_FEN, 10), put(limits.RESERVED, 50), put(limits.STAFF_MAIL, "desk@example.cn")
    with at(NOON):
        flood(3)
        work()
    assert phone.sent == ["registration_code", "budget_reached"]


@pytest.mark.parametrize(("percent", "left"), [(0, 2), (50, 1), (100, 0), (900, 0), (-5, 2)])
def test_a_reserve_is_a_share_between_nothing_and_all(percent: int, left: int, at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 10), put(limits.RESERVED, percent)
    with at(NOON):
        flood(3)
    assert spent("urgent") == left * 5


def test_notices_have_no_reserve(at: Clock, put: Set) -> None:
    put(limits.DAILY_FEN, 10), put(limits.RESERVED, 100)
    with at(NOON):
        waiting("booked", key="1")
        assert work() == 1


def test_a_helper_code_is_asked_for_by_staff_and_no_stranger(db: None, at: Clock, put: Set) -> None:
    put(limits.URGENT_FEN, 10), put(limits.RESERVED, 100)
    with at(NOON):
        messages.send_code(purpose="helper", phone="19900000001", code="12345678", now=NOON, known=True)
        assert work() == 1


def test_what_helpers_ask_for_leaves_the_owners_own_codes_alone(at: Clock) -> None:
    """Else one member of staff could keep somebody out of their account all day."""
    with at(NOON):
        for number in range(10):
            waiting("helper_code", status="sent", sent_at=NOON - MINUTE, key=f"{limits.KNOWN}helper:{number}")
        mine, unknown = known("mine"), waiting("sign_in_code", key="elsewhere")
        assert work() == 2
    assert {row(mine).status, row(unknown).status} == {"sent"}
