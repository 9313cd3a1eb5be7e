"""Whatever an address looks like, a source's interface is asked and nothing else: odd spellings, names, redirects."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from foundation.rowsecurity import acting_as
from records.exchange.http import ACCEPT, Asker, fit
from records.exchange.limits import Limits
from records.exchange.models import Source
from records.exchange.problems import PullFailed
from tests.exchange.pacs.peer import Reply, pretending
from tests.factories import NOON


@dataclass
class Peer:
    """Notes whatever it is asked; `answer` is what it says."""

    answer: Reply = (200, {"Content-Type": "application/json"}, b"{}")
    asked: list[str] = field(default_factory=list)

    def __call__(self, path: str, headers: Any) -> Reply:
        self.asked.append(path)
        return self.answer


@pytest.fixture
def good() -> Peer:
    return Peer()


@pytest.fixture
def ports(good: Peer, db: None) -> Iterator[tuple[int, int, Peer]]:
    """The source's port, a neighbour's on the same machine, and the neighbour."""
    neighbour = Peer()
    with pretending(good) as one, pretending(neighbour) as other:
        yield urlsplit(one).port or 0, urlsplit(other).port or 0, neighbour


def asker(address: str, *allowed: str) -> Asker:
    with acting_as("worker"):
        return Asker(Source(kind="fhir_r4", address=address, allowed_hosts=list(allowed)), Limits.at(NOON))


TRICKS = [
    "http://127.0.0.1:{good}@127.0.0.1:{other}/fhir",
    "http://user:word@127.0.0.1:{good}/fhir",
    "http://127.0.0.1:{other}#@127.0.0.1:{good}/fhir",
    "http://127.0.0.1:{other}?@127.0.0.1:{good}/fhir",
    "http://127.0.0.1:{other}\\@127.0.0.1:{good}/fhir",
    "http://127.0.0.1:{good}\\@127.0.0.1:{other}/fhir",
    "http://127.0.0.1:{good}%40127.0.0.1:{other}/fhir",
    "http://127.0.0.1:{good}\r\nHost: 127.0.0.1:{other}\r\n\r\n/fhir",
    "//127.0.0.1:{other}/fhir",
    "/fhir",
    "http:127.0.0.1:{other}/fhir",
    "https://127.0.0.1:{good}/fhir",
    "http://2130706433:{other}/fhir",
    "http://0x7f000001:{other}/fhir",
    "http://0177.0.0.1:{other}/fhir",
    "http://127.1:{other}/fhir",
    "http://[::1]:{other}/fhir",
    "http://[::ffff:127.0.0.1]:{other}/fhir",
    "http://[::ffff:7f00:1]:{good}/fhir",
    "http://localhost:{other}/fhir",
    "http://①②⑦.⓪.⓪.①:{other}/fhir",
    "http://127。0。0。1:{other}/fhir",
    "ftp://127.0.0.1:{good}/fhir",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{other}/_GET",
    "javascript:alert(1)",
    "",
    "http://",
    "http://127.0.0.1:99999/",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_tricky_address_leads_nowhere(ports: tuple[int, int, Peer], good: Peer, trick: str) -> None:
    own, other, neighbour = ports
    with asker(f"http://127.0.0.1:{own}/fhir", f"127.0.0.1:{own}") as asking, pytest.raises(PullFailed):
        asking.get(trick.format(good=own, other=other))
    assert (neighbour.asked, good.asked) == ([], [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(ports: tuple[int, int, Peer], good: Peer, status: int) -> None:
    own, other, neighbour = ports
    good.answer = (status, {"Location": f"http://127.0.0.1:{other}/secret", "Refresh": "0; url=/secret"}, b"")
    with asker(f"http://127.0.0.1:{own}/fhir", f"127.0.0.1:{own}") as asking:
        assert asking.get(f"http://127.0.0.1:{own}/fhir").status == status
    assert (neighbour.asked, len(good.asked)) == ([], 1)


@pytest.mark.parametrize("name", ["2130706433", "0x7f000001", "017700000001", "127.1", "0"])
def test_a_number_that_is_this_machine_in_disguise_is_not_asked_though_listed(
    ports: tuple[int, int, Peer], good: Peer, name: str
) -> None:
    own, _other, _neighbour = ports
    with asker(f"http://{name}:{own}/fhir", f"{name}:{own}") as asking, pytest.raises(PullFailed):
        asking.get(f"http://{name}:{own}/fhir")
    assert good.asked == []


@pytest.mark.parametrize(
    "place",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "224.0.0.1", "::1", "::", "fe80::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    ],
)
def test_a_name_may_not_lead_to_this_machine_in_any_family(place: str) -> None:
    with pytest.raises(PullFailed):
        fit("his.example", [place])


@pytest.mark.parametrize("place", ["10.1.2.3", "192.168.1.9", "fd00::9", "2001:db8::1", "::ffff:10.1.2.3"])
def test_a_name_may_lead_into_the_countys_own_network(place: str) -> None:
    assert fit("his.example", [place]) in (place, "10.1.2.3")


def test_a_name_is_looked_up_once_and_the_connection_goes_there(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found, real = iter(["10.1.2.3", "127.0.0.1", "127.0.0.1"]), socket.getaddrinfo
    asked: list[Any] = []

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real(next(found), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with asker("http://his.example:8080/fhir", "his.example:8080") as asking:
        request = asking._portal.call(asking._request, "http://his.example:8080/fhir/Patient", ACCEPT, None)
    assert (request.url.host, request.url.port, request.headers["host"]) == ("10.1.2.3", 8080, "his.example:8080")
    assert asked == ["his.example"]
