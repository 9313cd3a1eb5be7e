"""Asking a facility: only where its list allows, with a deadline for the whole answer, a size, and no redirects.

Per-read timeouts do not stop a server that drips bytes, so the deadline is kept by an event loop of its own
(reliability, finding 9). What goes wrong is said in plain words for the people who run the feed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from records.exchange import tls
from records.exchange.credentials import Secrets, secrets_of
from records.exchange.limits import Limits
from records.exchange.models import Source
from records.exchange.problems import NotListed, PullFailed

CONNECT_SECONDS = 3.0
PORTS = {"http": 80, "https": 443}
ACCEPT = "application/fhir+json, application/json;q=0.9"
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NO_ADDRESS = "请填写以 http:// 或 https:// 开头的接口地址。请核对数据来源的设置。"
BROKEN = "机构接口 {host} 的应答中途断开，或不符合 HTTP 规定。稍后会自动重试。"
# Of TLS 1.3 a server may hang up before its word that it wants another certificate has been read.
PERHAPS = "如果每次都这样，可能是机构要求出示客户端证书，或不接受门户的客户端证书：请核对“凭证”。"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    content_type: str
    body: bytes


class Asker:
    """Asks one source's interface; a context manager that keeps its connections between questions."""

    def __init__(self, source: Source, limits: Limits, secrets: Secrets | None = None) -> None:
        """`secrets` where the caller has them already; else they are looked up, which only the worker may."""
        self._allowed = {host.strip().lower() for host in source.allowed_hosts}
        self._origin = _origin(_address(source.address))
        secrets = secrets_of(source) if secrets is None else secrets
        self._verified = tls.context(secrets)
        self._headers = {"Accept-Encoding": "identity", **_authorization(secrets)}
        self._limits = limits

    def __enter__(self) -> Self:
        self._entered = start_blocking_portal()
        self._portal: BlockingPortal = self._entered.__enter__()
        self._client = self._portal.call(self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._portal.call(self._client.aclose)
        self._entered.__exit__(kind, error, trace)

    def get(self, address: str, accept: str = ACCEPT) -> Answer:
        """The answer to one GET for a kind of content; raises PullFailed where there is none worth having."""
        with _in_words(self._origin, self._limits):
            return self._portal.call(self._get, address, accept, None)

    def search(self, address: str, fields: dict[str, str], accept: str = ACCEPT) -> Answer:
        """The answer to a search whose words stand in no address, and so in no log; raises PullFailed as `get`."""
        with _in_words(self._origin, self._limits):
            return self._portal.call(self._get, address, accept, fields)

    async def _open(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(self._limits.answer_seconds, connect=CONNECT_SECONDS)
        return httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False, verify=self._verified)

    async def _get(self, address: str, accept: str, form: dict[str, str] | None) -> Answer:
        async with asyncio.timeout(self._limits.answer_seconds):
            request = await self._request(address, accept, form)
            response = await self._client.send(request, stream=True)
            try:
                return Answer(
                    response.status_code, response.headers.get("content-type", ""), await self._body(response)
                )
            finally:
                await response.aclose()

    async def _request(self, address: str, accept: str, form: dict[str, str] | None) -> httpx.Request:
        """A request to an address that has been looked up and found fit: the connection goes to that very address."""
        url = httpx.URL(address)
        self._check(url)
        found = await _look_up(url)
        return self._client.build_request(
            "GET" if form is None else "POST",
            url.copy_with(host=found),
            data=form,
            headers={**self._headers, "Accept": accept, "Host": url.netloc.decode()},
            extensions={"sni_hostname": url.host},
        )

    def _check(self, url: httpx.URL) -> None:
        """Same scheme, host and port as the source's address, and on its list; nothing else is ever asked."""
        origin = _origin(url)
        _check_listed(url, origin, self._allowed)
        if origin != self._origin or url.userinfo:
            raise PullFailed("机构接口给出的下一页地址指向另一台主机，没有跟随。请机构检查接口的外部地址设置。")

    async def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise PullFailed("机构接口返回了压缩内容，门户没有要求压缩。请机构关闭接口的强制压缩。")
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self._limits.answer_bytes:
                most = self._limits.answer_bytes // (1024 * 1024)
                raise PullFailed(f"机构接口一次返回的内容超过 {most} MB，没有接收。请减小每页条数。")
        return bytes(body)


def check_place(source: Source) -> None:
    """Raise NotListed or PullFailed for a source that could not be asked at all, as the questions themselves would."""
    url = _address(source.address)
    if url.userinfo or url.query or url.fragment:
        raise PullFailed("接口地址里不能写用户名、密码和参数。请把凭证保存在数据来源的“凭证”里。")
    _check_listed(url, _origin(url), {host.strip().lower() for host in source.allowed_hosts})


def _check_listed(url: httpx.URL, origin: str, allowed: Set[str]) -> None:
    host = origin.partition("://")[2]
    if host not in allowed and (url.port is not None or url.host.lower() not in allowed):
        raise NotListed(f"接口地址 {host} 不在“允许访问的主机”中，没有访问。请核对数据来源的设置。", host)


def _address(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise PullFailed(NO_ADDRESS) from None


def _origin(url: httpx.URL) -> str:
    """Scheme, host and port, written in one way."""
    if url.scheme not in PORTS or not url.host:
        raise PullFailed(NO_ADDRESS)
    return f"{url.scheme}://{url.host.lower()}:{url.port or PORTS[url.scheme]}"


def _authorization(secrets: Secrets) -> dict[str, str]:
    return {"Authorization": secrets.authorization} if secrets.authorization else {}


async def _look_up(url: httpx.URL) -> str:
    """The address a host name leads to now. A name may not lead to this machine; an address on the list may."""
    with_port = url.port or PORTS[url.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(url.host, with_port, type=socket.SOCK_STREAM)
    return fit(url.host, [str(place[0]) for *_rest, place in found])


def fit(host: str, found: Iterable[str]) -> str:
    """The first of the addresses that a host's name leads to, where it may lead there; raises PullFailed."""
    literal = _is_literal(host) or host.lower() == "localhost"
    for place in found:
        address = ipaddress.ip_address(place.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if literal or not _is_own(_meant(address)):
            return str(address)
    raise PullFailed("接口的主机名解析到了本机或无效的地址，没有访问。请检查域名解析。")


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _meant(address: Address) -> Address:
    """Where a gateway between the two families would take it: of an address that holds one of IPv4, that one."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.sixtofour
    return inner or address


def _is_own(address: Address) -> bool:
    return address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified


@contextmanager
def _in_words(origin: str, limits: Limits) -> Iterator[None]:
    host = origin.partition("://")[2]
    try:
        yield
    except TimeoutError:
        raise PullFailed(
            f"机构接口 {host} 在 {limits.answer_seconds:g} 秒内没有答完。稍后会自动重试；若一直这样，请机构检查前置机。"
        ) from None
    except socket.gaierror:
        raise PullFailed(
            f"找不到主机 {host.rpartition(':')[0]}。请核对接口地址的主机名，以及门户服务器的域名解析；稍后会自动重试。"
        ) from None
    except (httpx.HTTPError, OSError) as trouble:
        # Not every error of a connection is wrapped: an alert that comes with the first answer is ssl's own.
        raise PullFailed(tls.in_words(trouble, host) or _failed(trouble, origin)) from None
    except (httpx.InvalidURL, httpx.StreamError):
        raise PullFailed(BROKEN.format(host=host)) from None


def _failed(trouble: Exception, origin: str) -> str:
    scheme, _, host = origin.partition("://")
    if isinstance(trouble, httpx.ConnectError | httpx.ConnectTimeout):
        return f"连接不上机构接口 {host}。请确认机构的前置机已开机、网络和防火墙放行；稍后会自动重试。"
    if isinstance(trouble, httpx.TimeoutException):
        return f"机构接口 {host} 没有及时应答。稍后会自动重试。"
    return BROKEN.format(host=host) + (PERHAPS if scheme == "https" else "")
