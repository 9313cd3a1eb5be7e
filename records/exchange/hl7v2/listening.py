"""The MLLP listener: connections with limits, one message after the other on each, an ACK only for what is kept."""

import asyncio
import contextvars
import logging
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from foundation.dated import register, setting
from records.exchange.hl7v2 import receiving, senders
from records.exchange.hl7v2.frames import Bounds, BrokenOff, Frames, TooLarge, framed
from records.exchange.hl7v2.receiving import Keep, Peer, keep
from records.exchange.hl7v2.senders import Sender
from records.exchange.transactions import alias

Answered = TypeVar("Answered")

logger = logging.getLogger(__name__)

FRAME_MEGABYTES = register("exchange.mllp_megabytes", 20, "MLLP 一条消息的最大兆字节数")
FRAME_SECONDS = register("exchange.mllp_frame_seconds", 30, "MLLP 一条消息从开始到结束的最长秒数")
IDLE_SECONDS = register("exchange.mllp_idle_seconds", 600, "MLLP 连接没有消息时保持的最长秒数")
CONNECTIONS = register("exchange.mllp_connections", 50, "MLLP 同时保持的最多连接数")
PER_SENDER = register("exchange.mllp_connections_per_sender", 10, "MLLP 同一网络地址同时保持的最多连接数")

MEGABYTE = 1024 * 1024
DEFAULT_ADDRESS = "127.0.0.1:2575"
# Enough for a header, and long enough for it to come: a stranger hears that he is one, and costs no more.
STRANGERS_BYTES = 64 * 1024
STRANGERS_SECONDS = 10.0
FRESH_SECONDS = 5.0
THREADS = 2
CLOSING_SECONDS = 10.0


def address_of(text: str) -> tuple[str, int]:
    """The address and the port in `MLLP_ADDRESS`; raises ImproperlyConfigured where it names none."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ImproperlyConfigured(f"MLLP_ADDRESS={text} 不是“地址:端口”。应形如 10.1.0.8:2575。")
    return host.removeprefix("[").removesuffix("]"), int(port)


def bounds_at(now: datetime) -> Bounds:
    """The limits in force at `now`."""
    return Bounds(
        frame_bytes=setting(FRAME_MEGABYTES, now) * MEGABYTE,
        frame_seconds=setting(FRAME_SECONDS, now),
        idle_seconds=setting(IDLE_SECONDS, now),
        connections=setting(CONNECTIONS, now),
        per_sender=setting(PER_SENDER, now),
    )


class Listener:
    """A listening port. Its work with the database is done by a few threads, each with a connection of its own."""

    def __init__(
        self,
        bounds: Bounds,
        clock: Callable[[], datetime],
        store: Keep = keep,
        known: Callable[[], list[Sender]] = senders.known,
        limits: Callable[[datetime], Bounds] | None = None,
    ) -> None:
        """`bounds` hold until `limits`, if given, says otherwise: it is asked together with the senders."""
        self._bounds, self._clock, self._store, self._known, self._limits = bounds, clock, store, known, limits
        self._senders: list[Sender] | None = None
        self._asked = float("-inf")
        self._talks: dict[asyncio.Task[None], str] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._closing = False
        self._pool = ThreadPoolExecutor(THREADS, "mllp")

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Begin to listen; port 0 takes a free one."""
        return await asyncio.start_server(self._talk, host, port)

    async def close(self, server: asyncio.Server) -> None:
        """Stop listening. Whoever waits for an answer gets it; whoever is still sending keeps what he has."""
        self._closing = True
        server.close()
        for talk in self._waiting:
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks, timeout=CLOSING_SECONDS)
        together = threading.Barrier(THREADS)
        await asyncio.gather(*(self._in_thread(_close_connections, together) for _ in range(THREADS)))
        self._pool.shutdown()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task, host = asyncio.current_task(), str(writer.get_extra_info("peername")[0])
        if task is None or not self._has_room(host):
            logger.warning("MLLP connection refused: too many")
            writer.close()
            return
        self._talks[task] = host
        try:
            await self._answer_all(reader, writer, task)
        except (OSError, BrokenOff, asyncio.CancelledError):
            pass  # without an answer the sender sends again
        finally:
            self._talks.pop(task, None)
            self._waiting.discard(task)
            writer.close()

    def _has_room(self, host: str) -> bool:
        """Whether there is room for one more; a sender who leaves his connections open loses the oldest idle one."""
        own = [talk for talk, peer in self._talks.items() if peer == host]
        if len(own) >= self._bounds.per_sender:
            idle = next((talk for talk in own if talk in self._waiting), None)
            if idle is None:
                return False
            idle.cancel()
            self._talks.pop(idle)
        return len(self._talks) < self._bounds.connections

    async def _answer_all(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: "asyncio.Task[None]"
    ) -> None:
        peer = Peer(str(writer.get_extra_info("peername")[0]), int(writer.get_extra_info("sockname")[1]))
        near = await self._in_thread(self._near, peer)
        frames = Frames(reader, self._bounds)
        while not self._closing:
            frames.bounds = self._bounds if near else _narrow(self._bounds)
            self._waiting.add(task)
            try:
                raw = await frames.next()
            except TooLarge as trouble:
                await _send(writer, receiving.too_large(trouble.head, self._clock()))
                return
            self._waiting.discard(task)
            if raw is None:
                return
            answer, known = await self._in_thread(self._receive, raw, peer)
            await _send(writer, answer)
            if not (near and known):
                return

    async def _in_thread(self, work: Callable[..., Answered], *arguments: object) -> Answered:
        """Work with the database in a thread, with the context (whom one acts as) of this task."""
        run = contextvars.copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._pool, run, work, *arguments)

    def _near(self, peer: Peer) -> bool:
        """Whether anybody may send from there; while that cannot be asked, perhaps."""
        known = self._fresh()
        return known is None or any(sender.may_be(peer.host, peer.port) for sender in known)

    def _receive(self, raw: bytes, peer: Peer) -> tuple[bytes, bool]:
        """The answer, and whether anybody may (still) send from there."""
        known = self._fresh()
        if known is None:
            return receiving.busy(raw, self._clock()), True
        near = [sender for sender in known if sender.may_be(peer.host, peer.port)]
        return receiving.receive(raw, peer, near, self._clock(), self._store), bool(near)

    def _fresh(self) -> list[Sender] | None:
        """The senders, asked for again (as the limits are) every few seconds; without a database, those of before."""
        if time.monotonic() - self._asked >= FRESH_SECONDS:
            try:
                self._senders = self._known()
                if self._limits:
                    self._bounds = self._limits(self._clock())
                self._asked = time.monotonic()
            except DatabaseError as trouble:
                logger.error("MLLP senders not read: %s", type(trouble).__name__)
                connections[alias()].close()
        return self._senders


def _narrow(bounds: Bounds) -> Bounds:
    return replace(bounds, frame_bytes=STRANGERS_BYTES, idle_seconds=STRANGERS_SECONDS, frame_seconds=STRANGERS_SECONDS)


async def _send(writer: asyncio.StreamWriter, answer: bytes) -> None:
    """Send an answer; a sender who does not take it is hung up on."""
    writer.write(framed(answer))
    try:
        await asyncio.wait_for(writer.drain(), STRANGERS_SECONDS)
    except TimeoutError:
        raise BrokenOff from None


def _close_connections(together: threading.Barrier) -> None:
    """Close the connections of one thread; the threads wait for each other, or one would do it for all."""
    connections.close_all()
    together.wait(CLOSING_SECONDS)


async def listen(listener: Listener, host: str, port: int, say: Callable[[int], None]) -> None:
    """Listen until told to stop (SIGTERM, SIGINT); `say` hears the port when it is open."""
    server = await listener.start(host, port)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    say(int(server.sockets[0].getsockname()[1]))
    await stopped.wait()
    await listener.close(server)
