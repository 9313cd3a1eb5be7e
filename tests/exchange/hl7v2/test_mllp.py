"""The listener over a real socket, with the MLLP client of the hl7 package, and with senders that behave badly."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import hl7
import pytest
from django.db import OperationalError
from hl7.client import MLLPClient

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange.hl7v2 import listening
from records.exchange.hl7v2.frames import Bounds
from records.exchange.hl7v2.listening import Listener
from records.exchange.models import Source, StoredFile, Translation
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.factories import NOON

BOUNDS = Bounds(frame_bytes=100_000, frame_seconds=5, idle_seconds=5, connections=5)


@pytest.fixture
def lis(county: Facility) -> Source:
    """A laboratory that sends from this machine."""
    return factories.source(county, "county-lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])


@contextmanager
def listening_with(bounds: Bounds = BOUNDS, **given: object) -> Iterator[int]:
    """A listener on a port of 127.0.0.1, in a thread with a loop of its own, until the block ends."""
    ready, ports = threading.Event(), []

    async def serve() -> None:
        listener = Listener(bounds, lambda: NOON, **given)
        server = await listener.start("127.0.0.1", 0)
        stop = asyncio.Event()
        ports.extend([server.sockets[0].getsockname()[1], asyncio.get_running_loop(), stop])
        ready.set()
        await stop.wait()
        await listener.close(server)

    def run() -> None:
        with acting_as("worker"):
            asyncio.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    port, loop, stop = ports
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(15)
        assert not thread.is_alive()


def answers(port: int, *messages: str | bytes) -> list[hl7.Message]:
    """What the listener answers to messages on one connection."""
    with MLLPClient("127.0.0.1", port) as client:
        client.socket.settimeout(10)
        raw = [client.send_message(message if isinstance(message, bytes) else message.encode()) for message in messages]
    return [hl7.parse(answer.strip(b"\x0b\x1c\r").decode()) for answer in raw]


def codes(port: int, *messages: str | bytes) -> list[str]:
    return [str(answer.segment("MSA")[1]) for answer in answers(port, *messages)]


def test_a_message_is_kept_before_it_is_acknowledged(lis: Source) -> None:
    seen: list[int] = []

    with listening_with() as port:
        (answer,) = answers(port, oru(GLUCOSE))
        seen.append(len(rows(StoredFile, source=lis)))
    assert str(answer.segment("MSA")[1]) == "AA" and str(answer.segment("MSA")[2]) == "MSG00001"
    assert seen == [1]
    (kept,) = rows(StoredFile)
    assert (kept.layout, kept.name) == ("hl7v2", "MSG00001")
    assert [row.state for row in rows(Translation)] == ["waiting"]


def test_the_very_bytes_are_kept(lis: Source) -> None:
    raw = oru(GLUCOSE, charset="GB18030-2000").encode("gb18030")
    kept: list[bytes] = []
    with listening_with(store=lambda content, source, name, now: kept.append(content) or True) as port:
        with MLLPClient("127.0.0.1", port) as client:
            client.send_message(raw)
    assert kept == [raw]


def test_many_messages_on_one_connection_are_answered_in_their_order(lis: Source) -> None:
    messages = [oru(GLUCOSE).replace("MSG00001", f"MSG{number}") for number in range(10)]
    with listening_with() as port:
        found = [str(answer.segment("MSA")[2]) for answer in answers(port, *messages)]
    assert found == [f"MSG{number}" for number in range(10)]
    assert len(rows(StoredFile)) == 10


def test_the_same_message_again_is_acknowledged_and_kept_once(lis: Source) -> None:
    with listening_with() as port:
        assert codes(port, oru(GLUCOSE), oru(GLUCOSE)) == ["AA", "AA"]
    assert len(rows(StoredFile)) == 1


def test_senders_at_the_same_time_do_not_mix(lis: Source) -> None:
    found: list[str] = []

    def send(number: int) -> None:
        (answer,) = answers(port, oru(GLUCOSE).replace("MSG00001", f"MSG{number}"))
        found.append(str(answer.segment("MSA")[2]))

    with listening_with() as port:
        threads = [threading.Thread(target=send, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert sorted(found) == [f"MSG{number}" for number in range(5)]
    assert len(rows(StoredFile)) == 5


def test_a_message_that_cannot_be_read_is_kept_and_its_sender_hears_why(lis: Source) -> None:
    with listening_with() as port:
        (answer,) = answers(port, oru(GLUCOSE, pid="PID|1"))
    assert str(answer.segment("MSA")[1]) == "AE"
    assert "已保存，但不能读取" in str(answer.segment("MSA")[3]) and "PID-3" in str(answer.segment("MSA")[3])
    assert len(rows(StoredFile)) == 1


def test_what_is_no_hl7_is_rejected_and_not_kept(lis: Source) -> None:
    with listening_with() as port:
        assert codes(port, "GET / HTTP/1.1") == ["AR"]
    assert rows(StoredFile) == []


@pytest.mark.parametrize(
    ("hosts", "options"),
    [
        ([], {}),
        (["10.0.0.0/8"], {}),
        (["127.0.0.1"], {"application": "RIS"}),
        (["127.0.0.1"], {"facility": "TOWNSHIP"}),
        (["127.0.0.1"], {"port": 1}),
    ],
)
def test_a_stranger_is_rejected_and_nothing_is_kept(
    county: Facility, hosts: list[str], options: dict, caplog: pytest.LogCaptureFixture
) -> None:
    factories.source(county, "other", kind="hl7v2", allowed_hosts=hosts, options=options)
    with listening_with() as port, caplog.at_level(logging.INFO):
        assert codes(port, oru(GLUCOSE)) == ["AR"]
    assert rows(StoredFile) == []
    assert "unknown sender" in caplog.text
    assert not any(word in caplog.text for word in ("贺", "10020137", "GLU"))


def test_of_two_sources_at_one_address_the_message_says_which(county: Facility) -> None:
    for application in ("LIS", "RIS"):
        options = {"application": application}
        factories.source(county, application.lower(), kind="hl7v2", allowed_hosts=["127.0.0.0/8"], options=options)
    with listening_with() as port:
        assert codes(port, oru(GLUCOSE), oru(GLUCOSE).replace("|LIS|", "|RIS|", 1)) == ["AA", "AA"]
    with acting_as("owner"):
        assert sorted(StoredFile.objects.values_list("source__code", flat=True)) == ["lis", "ris"]


def test_between_two_sources_that_fit_alike_nobody_chooses(lis: Source, county: Facility) -> None:
    factories.source(county, "twin", kind="hl7v2", allowed_hosts=["127.0.0.1"])
    with listening_with() as port:
        assert codes(port, oru(GLUCOSE)) == ["AR"]


def test_a_paused_source_keeps_its_messages_for_later(county: Facility) -> None:
    factories.source(county, "paused", kind="hl7v2", allowed_hosts=["127.0.0.1"], state="paused")
    with listening_with() as port:
        (answer,) = answers(port, oru(GLUCOSE))
    assert str(answer.segment("MSA")[1]) == "AR" and "暂停" in str(answer.segment("MSA")[3])
    assert rows(StoredFile) == []


def test_while_the_database_is_away_nothing_is_promised(lis: Source) -> None:
    def away(raw: bytes, source: Source, name: str, now: datetime) -> bool:
        raise OperationalError

    with listening_with(store=away) as port:
        assert codes(port, oru(GLUCOSE), oru(GLUCOSE)) == ["AR", "AR"]


def test_before_the_senders_are_known_nobody_is_called_a_stranger() -> None:
    def away() -> list:
        raise OperationalError

    with listening_with(known=away) as port:
        (answer,) = answers(port, oru(GLUCOSE))
    assert "稍后重新发送" in str(answer.segment("MSA")[3])


def raw_answer(port: int, *pieces: bytes) -> bytes:
    """All that comes back for some bytes, sent piece by piece, until the listener hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_frame_may_come_in_pieces_and_without_its_last_byte(lis: Source) -> None:
    raw = oru(GLUCOSE).encode()
    with listening_with() as port:
        assert b"MSA|AA" in raw_answer(port, b"\x0b", raw[:50], raw[50:], b"\x1c")


def test_two_frames_at_once_are_both_answered(lis: Source) -> None:
    frame = b"\x0b" + oru(GLUCOSE).encode() + b"\x1c\r"
    with listening_with() as port:
        assert raw_answer(port, b"\r\n" + frame + frame).count(b"MSA|AA") == 2


def test_half_a_message_is_neither_kept_nor_answered(lis: Source) -> None:
    with listening_with() as port:
        assert raw_answer(port, b"\x0b" + oru(GLUCOSE).encode()[:100]) == b""
    assert rows(StoredFile) == []


def test_a_frame_too_large_is_rejected_and_the_connection_ends(lis: Source) -> None:
    message = oru(GLUCOSE, "NTE|1||" + "长" * 50_000)
    with listening_with() as port:
        assert codes(port, message) == ["AR"]
    assert rows(StoredFile) == []


def test_a_stranger_may_not_send_much(county: Facility, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "STRANGERS_BYTES", 1000)
    with listening_with() as port:
        (answer,) = answers(port, oru(GLUCOSE, "NTE|1||" + "x" * 2000))
    assert "消息太大" in str(answer.segment("MSA")[3])


@pytest.mark.parametrize("sent", [b"", b"\x0bMSH|"])
def test_a_silent_sender_is_hung_up_on(lis: Source, sent: bytes) -> None:
    with listening_with(replace(BOUNDS, frame_seconds=0.2, idle_seconds=0.2)) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(sent)
            assert connection.recv(10) == b""


def test_one_connection_too_many_is_refused(lis: Source) -> None:
    with listening_with(replace(BOUNDS, connections=1)) as port:
        with MLLPClient("127.0.0.1", port) as first:
            assert b"MSA|AA" in first.send_message(oru(GLUCOSE).encode())
            with socket.create_connection(("127.0.0.1", port), timeout=5) as second:
                assert second.recv(10) == b""


def test_a_message_in_work_is_answered_before_the_listener_ends(lis: Source) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(raw: bytes, source: Source, name: str, now: datetime) -> bool:
        begun.set()
        return go_on.wait(10)

    found: list[bytes] = []
    with listening_with(store=slowly) as port:
        sender = threading.Thread(
            target=lambda: found.append(raw_answer(port, b"\x0b" + oru(GLUCOSE).encode() + b"\x1c"))
        )
        sender.start()
        assert begun.wait(10)
        threading.Timer(0.3, go_on.set).start()
    sender.join(10)
    assert b"MSA|AA" in found[0]


def test_limits_that_staff_change_hold_for_the_next_message(lis: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "FRESH_SECONDS", 0.0)
    today = [BOUNDS]
    with listening_with(limits=lambda now: today[0]) as port, MLLPClient("127.0.0.1", port) as client:
        first = client.send_message(oru(GLUCOSE).encode())
        today[0] = replace(BOUNDS, frame_bytes=100)
        client.send_message(oru(GLUCOSE).replace("MSG00001", "MSG2").encode())
        third = client.send_message(oru(GLUCOSE).replace("MSG00001", "MSG3").encode())
    assert b"MSA|AA" in first and b"MSA|AR|MSG3|" in third


def test_an_address_that_staff_strike_out_is_a_stranger_at_its_next_message(
    lis: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "FRESH_SECONDS", 0.0)
    with listening_with() as port, MLLPClient("127.0.0.1", port) as client:
        assert b"MSA|AA" in client.send_message(oru(GLUCOSE).encode())
        with acting_as("owner"):
            Source.objects.filter(pk=lis.pk).update(allowed_hosts=["10.1.2.3"])
        assert b"MSA|AR" in client.send_message(oru(GLUCOSE).replace("MSG00001", "MSG2").encode())
        client.socket.settimeout(10)
        assert client.socket.recv(1) == b""
    assert len(rows(StoredFile)) == 1


def test_a_sender_who_never_hangs_up_leaves_room_for_others(lis: Source) -> None:
    left_open: list[socket.socket] = []
    with listening_with(replace(BOUNDS, connections=5, per_sender=3, idle_seconds=60)) as port:
        for place in range(12):
            client = MLLPClient("127.0.0.1", port)
            left_open.append(client.socket)
            assert b"MSA|AA" in client.send_message(oru(GLUCOSE).replace("MSG00001", f"MSG{place}").encode())
        with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=("127.0.0.2", 0)) as other:
            other.sendall(b"\x0b" + oru(GLUCOSE).encode() + b"\x1c\r")
            assert b"MSA|AR" in other.recv(4096)  # a stranger: he is heard
        for one in left_open:
            one.close()
    assert len(rows(StoredFile)) == 12


def test_a_sender_who_breaks_off_and_begins_anew_in_one_frame_has_sent_the_second_message(lis: Source) -> None:
    whole = oru(GLUCOSE).replace("MSG00001", "MSG00002").encode()
    half = oru(GLUCOSE).encode().partition(b"|mmol/L")[0]
    with listening_with() as port:
        answered = raw_answer(port, b"\x0b" + half + b"\x0b" + whole + b"\x1c\r")
    assert b"MSA|AA|MSG00002" in answered
    assert [file.size for file in rows(StoredFile)] == [len(whole)]


def test_a_control_id_that_no_database_keeps_does_not_stop_its_message(lis: Source) -> None:
    with listening_with() as port:
        answered = raw_answer(port, b"\x0b" + oru(GLUCOSE).replace("MSG00001", "MSG\x0001").encode() + b"\x1c\r")
    assert b"MSA|AA|" in answered
    assert [file.name for file in rows(StoredFile)] == ["MSG01"]
