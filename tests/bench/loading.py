"""Requests put on the wire as they are, by threads with a connection each, so that the client costs next to nothing."""

import socket
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from urllib.parse import urlencode

import psutil

from tests.faults.breaking import ask


@dataclass
class Load:
    """What so many requests came to: how long in all, each one's wait, how many had which status."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        return len(self.waits) / self.seconds

    @property
    def late(self) -> float:
        """Milliseconds that nineteen answers of twenty did not exceed."""
        return statistics.quantiles(self.waits, n=20)[-1] * 1000


class Wire:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def status(self, request: bytes) -> int:
        """Send a request; the status of its whole answer."""
        self._socket.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._read()
        head, _, body = got.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        left = length - len(body)
        while left > 0:
            left -= len(self._read())
        return int(head[9:12])

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> bytes:
        part = self._socket.recv(65536)
        assert part, "the server hung up"
        return part


def get(path: str, cookies: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n".encode()


def post(path: str, cookies: str, fields: dict[str, str]) -> bytes:
    body = urlencode(fields)
    kind = "Content-Type: application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n{kind}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()


def sent(port: int, requests: Sequence[bytes], clients: int) -> Load:
    """All requests, by so many clients, each with its share one after the other."""
    load = Load()

    def one(share: Sequence[bytes]) -> None:
        wire = Wire(port)
        for request in share:
            began = time.perf_counter()
            load.statuses.append(wire.status(request))
            load.waits.append(time.perf_counter() - began)
        wire.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, [requests[n::clients] for n in range(clients)]))
    load.seconds = time.perf_counter() - began
    return load


def read(port: int, requests: Sequence[bytes], stop: Event, pause: float = 0.02) -> Load:
    """One reader who looks at one page after the other until told to stop."""
    load, wire, began = Load(), Wire(port), time.perf_counter()
    while not stop.is_set():
        at = time.perf_counter()
        load.statuses.append(wire.status(requests[len(load.waits) % len(requests)]))
        load.waits.append(time.perf_counter() - at)
        stop.wait(pause)
    load.seconds = time.perf_counter() - began
    wire.close()
    return load


def processor(server: Sequence[int]) -> float:
    """CPU seconds so far of these processes and of their connections' side in PostgreSQL."""
    backends = ask(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename IN ('portal_web', 'portal_signin')"
    )
    times = [psutil.Process(pid).cpu_times() for pid in [*server, *(pid for (pid,) in backends)]]
    return sum(one.user + one.system for one in times)
