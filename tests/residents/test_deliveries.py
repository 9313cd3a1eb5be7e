"""The outbox at work: each message once, failures tried again, nothing lost without a broker."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from kombu.exceptions import OperationalError

from foundation.rowsecurity import acting_as
from residents import deliveries, messages_port, tasks
from residents.messages_port import CannotSend, Handed, Report
from residents.models import Delivery
from tests.factories import NOON, made
from tests.residents.door import work

Clock = Callable[[datetime], AbstractContextManager[Any]]


class Phone:
    """An adapter that writes down what it was given, after failing as often as it is told."""

    available = True

    def __init__(self) -> None:
        self.failures = 0
        self.problem = CannotSend("短信通道暂时没有回应。")
        self.keys: list[str] = []

    def send(self, *, phone: str, template: str, parameters: Mapping[str, str], key: str) -> Handed:
        if self.failures:
            self.failures -= 1
            raise self.problem
        self.keys.append(key)
        return Handed(provider_id=f"serial-{key}")


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Phone:
    adapter = Phone()
    monkeypatch.setattr(messages_port, "sms", lambda: adapter)
    return adapter


def waiting(key: str = "one", template: str = "emergency_access", **fields: Any) -> Delivery:
    fields = {"recipient": "19900000001", "parameters": "{}", "due_at": NOON} | fields
    return made(Delivery(template=template, key=key, **fields))


def now_is(delivery: Delivery) -> Delivery:
    with acting_as("owner"):
        return Delivery.objects.get(pk=delivery.pk)


def test_a_due_message_is_sent_and_dated(db: None, phone: Phone, at: Clock) -> None:
    delivery = waiting()
    with at(NOON):
        assert work() == 1
    sent = now_is(delivery)
    assert (sent.status, sent.sent_at, sent.attempts, phone.keys) == ("sent", NOON, 1, ["one"])


def test_a_second_sweep_sends_nothing(db: None, phone: Phone, at: Clock) -> None:
    waiting()
    with at(NOON):
        assert (work(), work()) == (1, 0)


def test_a_message_that_is_not_due_waits(db: None, phone: Phone, at: Clock) -> None:
    waiting(due_at=NOON + timedelta(seconds=1))
    with at(NOON):
        assert work() == 0


def test_two_workers_at_once_send_each_message_once(db: None, phone: Phone) -> None:
    keys = [waiting(f"message-{n:02}").key for n in range(30)]
    start = Barrier(2)

    def sweep() -> None:
        start.wait()
        work()
        connections.close_all()

    workers = [Thread(target=sweep) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(phone.keys) == keys


def test_a_failure_is_written_down_and_tried_again_later(db: None, phone: Phone, at: Clock) -> None:
    phone.failures = 1
    delivery = waiting()
    with at(NOON):
        assert (work(), work()) == (0, 0)
    failed = now_is(delivery)
    assert (failed.status, failed.attempts, failed.error) == ("waiting", 1, "短信通道暂时没有回应。")
    with at(NOON + timedelta(seconds=30)):
        assert work() == 1
    assert now_is(delivery).error == ""


def test_after_five_tries_it_is_given_up(db: None, phone: Phone, at: Clock) -> None:
    phone.failures = 9
    delivery = waiting()
    for turn in range(9):
        with at(NOON + timedelta(hours=turn)):
            work()
    assert (now_is(delivery).status, now_is(delivery).attempts) == ("failed", 5)


def test_a_worker_that_dies_leaves_the_message_for_the_next(db: None, phone: Phone, at: Clock) -> None:
    delivery = waiting()
    with at(NOON), acting_as("worker"):
        deliveries.claim(NOON)  # and nothing more: the process is gone
    with at(NOON + timedelta(seconds=29)):
        assert work() == 0
    with at(NOON + timedelta(seconds=30)):
        assert work() == 1
    assert now_is(delivery).attempts == 2


def test_a_message_that_kills_each_worker_is_given_up(db: None, phone: Phone, at: Clock) -> None:
    delivery = waiting(attempts=5)
    with at(NOON):
        work()
    assert (now_is(delivery).status, now_is(delivery).error) == ("failed", "多次发送都没有得到确认。")


def test_a_code_that_came_late_is_not_sent(db: None, phone: Phone, at: Clock) -> None:
    with at(NOON):
        delivery = waiting(template="sign_in_code", parameters='{"code": "123456"}')
    with at(NOON + timedelta(seconds=301)):
        assert work() == 0
    assert (now_is(delivery).status, phone.keys) == ("failed", [])


def test_a_code_is_forgotten_once_it_was_sent(db: None, phone: Phone) -> None:
    delivery = waiting(template="sign_in_code", parameters='{"code": "123456"}')
    work()
    assert now_is(delivery).parameters == "{}"


def test_a_problem_that_no_further_try_mends_ends_it(db: None, phone: Phone) -> None:
    phone.failures, phone.problem = 1, CannotSend("这个号码不能接收短信。", final=True)
    delivery = waiting()
    work()
    ended = now_is(delivery)
    assert (ended.status, ended.attempts, ended.error) == ("failed", 1, "这个号码不能接收短信。")


def test_what_the_provider_calls_it_is_kept(db: None, phone: Phone) -> None:
    delivery = waiting()
    work()
    assert now_is(delivery).provider_id == "serial-one"


def test_a_report_of_arrival_settles_the_message(db: None, phone: Phone) -> None:
    delivery = waiting()
    work()
    with acting_as("worker"):
        assert deliveries.confirm(Report("serial-one", delivered=True, at=NOON), NOON) == 1
    assert (now_is(delivery).status, now_is(delivery).delivered_at) == ("delivered", NOON)


def test_a_report_of_failure_says_why(db: None, phone: Phone) -> None:
    delivery = waiting()
    work()
    with acting_as("worker"):
        deliveries.confirm(Report("serial-one", delivered=False, at=None, reason="手机关机。"), NOON)
    assert (now_is(delivery).status, now_is(delivery).error) == ("failed", "手机关机。")


def test_a_report_that_comes_twice_changes_nothing_more(db: None, phone: Phone) -> None:
    delivery = waiting()
    work()
    with acting_as("worker"):
        deliveries.confirm(Report("serial-one", delivered=True, at=NOON), NOON)
        assert deliveries.confirm(Report("serial-one", delivered=False, at=None, reason="手机关机。"), NOON) == 0
    assert now_is(delivery).status == "delivered"


@pytest.mark.parametrize(("before", "after"), [("sent", "waiting"), ("failed", "sent"), ("delivered", "failed")])
def test_no_message_goes_back_says_the_database(before: str, after: str, db: None) -> None:
    dates = {"sent_at": NOON, "delivered_at": NOON if before == "delivered" else None}
    delivery = waiting(status=before, **dates)
    with pytest.raises(DatabaseError, match="delivery_moves_forward"), acting_as("worker"):
        Delivery.objects.filter(pk=delivery.pk).update(status=after, sent_at=NOON, delivered_at=None)


def test_a_withheld_message_never_leaves(db: None, phone: Phone) -> None:
    waiting(recipient=None, status="withheld")
    assert work() == 0


@pytest.mark.parametrize("trouble", [OperationalError("no broker"), ConnectionRefusedError(), FileNotFoundError()])
def test_a_broker_that_is_away_fails_no_request(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(**options: Any) -> None:
        raise trouble

    monkeypatch.setattr(tasks.send_due, "apply_async", away)
    with caplog.at_level(logging.WARNING):
        tasks.wake()
    assert "the broker is away" in caplog.text


@pytest.mark.parametrize("path", ["residents.messages_port.Missing", "residents.nowhere.Sms", "builtins.dict"])
def test_a_wrong_adapter_stops_the_start_with_a_sentence(path: str, settings: Any) -> None:
    settings.SMS_ADAPTER = path
    with pytest.raises(ImproperlyConfigured, match="SMS_ADAPTER"):
        messages_port.sms()
