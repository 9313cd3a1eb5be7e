"""The broker is gone: residents notice nothing, and the sweep delivers what was to be sent."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents import tasks
from residents.models import Account
from tests.appointments.scenes import Clinic, clinic
from tests.factories import NOON
from tests.faults.breaking import ask, number, say
from tests.people import People
from tests.redis_server import running_redis
from tests.residents.door import ask_code, work

Enter = Callable[[Account], Client]
# A person waits at most so long for an absent broker.
PATIENCE = 3.0


@pytest.fixture(autouse=True)
def noon(at: Callable[..., Any]) -> Iterator[None]:
    with at(NOON):
        yield


@contextmanager
def silence() -> Iterator[int]:
    """A port that takes connections and never says a word, like a frozen Redis."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def missing_folder(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    gone = str(folder / "gone")
    yield "filesystem://", {"data_folder_in": gone, "data_folder_out": gone, "control_folder": gone}


@contextmanager
def full_folder(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A file stands where the folder was: nothing can be written, whoever tries."""
    (folder / "file").write_text("")
    gone = str(folder / "file" / "messages")
    yield "filesystem://", {"data_folder_in": gone, "data_folder_out": gone, "control_folder": gone}


@contextmanager
def stopped_redis(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with running_redis() as address:
        pass
    yield address, {}


@contextmanager
def frozen_redis(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with silence() as port:
        yield f"redis://127.0.0.1:{port}/0", {}


BROKERS = {
    "a missing folder": missing_folder,
    "a folder that cannot be written": full_folder,
    "a stopped Redis": stopped_redis,
    "a frozen Redis": frozen_redis,
}


@pytest.fixture(params=BROKERS)
def broken(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The portal's broker, broken in one way."""
    app = tasks.send_due.app
    with BROKERS[request.param](tmp_path) as (address, options):
        monkeypatch.setenv("CELERY_BROKER_URL", address)
        monkeypatch.setitem(app.conf, "broker_transport_options", options)
        yield request.param


@pytest.fixture
def morning(people: People) -> Clinic:
    people.helanfang.phone = "19900000001"
    with acting_as("owner"):
        people.helanfang.save(update_fields=["phone"])
    return clinic(people.township)


def test_a_booking_succeeds_and_its_message_leaves_with_the_sweep(
    broken: str, people: People, morning: Clinic, signed_in: Enter, capsys: pytest.CaptureFixture[Any]
) -> None:
    client = signed_in(people.helanfang_account)
    began = time.perf_counter()
    response = client.post(reverse("appointments:confirm", args=[morning.slot.pk]), {"form_key": uuid4()})
    took = time.perf_counter() - began
    booked = number("SELECT count(*) FROM appointments_booking WHERE status = 'booked'")
    waiting = number("SELECT count(*) FROM residents_notice WHERE told_at IS NULL")
    sent = work()
    say(capsys, f"{broken}: booked in {took * 1000:.0f} ms, {waiting} waiting, then {sent} sent")
    assert (response.status_code, booked, waiting, sent) == (302, 1, 1, 1)
    assert client.get(response["Location"]).status_code == 200


def test_a_code_is_asked_for_and_arrives_with_the_sweep(broken: str, people: People, client: Client) -> None:
    response = ask_code(client)
    assert (response.status_code, work()) == (302, 1)
    assert len(ask("SELECT 1 FROM demo_outboxmessage")) == 1


def test_nobody_waits_long_for_an_absent_broker(broken: str, people: People, morning: Clinic, signed_in: Enter) -> None:
    client = signed_in(people.helanfang_account)
    began = time.perf_counter()
    client.post(reverse("appointments:confirm", args=[morning.slot.pk]), {"form_key": uuid4()})
    assert time.perf_counter() - began < PATIENCE
