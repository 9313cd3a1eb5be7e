"""Asking an authority's own server: only where the settings allow, one deadline for all of it, no redirects.

Per-read timeouts do not stop a server that drips bytes, so an event loop of its own keeps the wall clock.
"""

import asyncio
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from anyio.from_thread import start_blocking_portal

from residents.authorities.port import Unreachable

PORTS = {"http": 80, "https": 443}
MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class Question:
    """One GET, or with a form one POST. What it carries is secret: only the method is ever printed."""

    address: str = field(repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes = field(repr=False)

    def facts(self) -> dict[str, Any]:
        """The JSON object it holds; raises Unreachable where it holds none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreachable("no JSON") from None
        if not isinstance(found, dict):
            raise Unreachable("no JSON object")
        return found


class Ask(Protocol):
    """A way to put a question; raises Unreachable when no whole answer is there in time."""

    def __call__(self, question: Question, seconds: float) -> Answer: ...


class Patience:
    """The time left for one round trip, however many questions it takes."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; raises Unreachable when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unreachable("out of time")
        return left


def origin_of(address: str) -> str:
    """Scheme, host and port, written in one way; empty for what is no web address."""
    parts = urlsplit(address)
    try:
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


@dataclass(frozen=True)
class Outgoing:
    """Asks servers of `origins` and nobody else. Plain HTTP and this machine only where `loopback` allows it."""

    origins: frozenset[str]
    loopback: bool = False

    def __call__(self, question: Question, seconds: float) -> Answer:
        self.check(question.address)
        with _in_words(), start_blocking_portal() as portal:
            return portal.call(self._ask, question, seconds)

    def check(self, address: str) -> None:
        """Raise Unreachable for an address that is not to be asked."""
        origin = origin_of(address)
        if origin not in self.origins:
            raise Unreachable("an address outside the settings")
        if not origin.startswith("https://") and not (self.loopback and _is_loopback(origin)):
            raise Unreachable("an address without HTTPS")

    async def _ask(self, question: Question, seconds: float) -> Answer:
        async with asyncio.timeout(seconds):
            async with _client(seconds) as client:
                request = await self._request(client, question)
                response = await client.send(request, stream=True)
                return Answer(response.status_code, await _body(response))

    async def _request(self, client: httpx.AsyncClient, question: Question) -> httpx.Request:
        """A request to an address that was looked up and found fit: the connection goes to that very address."""
        url = httpx.URL(question.address)
        found = await self._look_up(url)
        return client.build_request(
            "GET" if question.form is None else "POST",
            url.copy_with(host=found),
            data=question.form,
            headers={**question.headers, "Host": url.netloc.decode(), "Accept-Encoding": "identity"},
            extensions={"sni_hostname": url.host},
        )

    async def _look_up(self, url: httpx.URL) -> str:
        with_port = url.port or PORTS[url.scheme]
        found = await asyncio.get_running_loop().getaddrinfo(url.host, with_port, type=socket.SOCK_STREAM)
        for *_rest, place in found:
            address = ipaddress.ip_address(str(place[0]).partition("%")[0])
            address = getattr(address, "ipv4_mapped", None) or address
            unfit = address.is_link_local or address.is_multicast or address.is_unspecified
            if not unfit and (self.loopback or not address.is_loopback):
                return str(address)
        raise Unreachable("a host name that leads to this machine or nowhere")


def _client(seconds: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=seconds, trust_env=False, follow_redirects=False, verify=ssl.create_default_context()
    )


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise Unreachable("an answer too long")
    return bytes(body)


def _is_loopback(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise Unreachable("no whole answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        raise Unreachable(type(error).__name__) from None
