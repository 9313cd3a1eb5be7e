"""What the walk must tell, in a house of a few pages made for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page

from tests.browser import Watch
from tests.crawl.walk import Walk

Answer = tuple[int, str, bytes]
Stroll = Callable[[dict[str, Answer]], Walk]


def shown(main: str) -> Answer:
    frame = f'<!doctype html><html lang="zh-hans"><title>屋</title><main><h1>屋</h1>{main}</main></html>'
    return 200, "text/html; charset=utf-8", frame.encode()


@contextmanager
def house(pages: dict[str, Answer]) -> Iterator[str]:
    """A server of `pages` by path; everything else is not found."""

    class Room(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = pages.get(self.path, (404, "text/plain", b"no"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing of it belongs into the report."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Room)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def stroll(page: Page) -> Stroll:
    """Walk through a house of these pages (the browser also asks for an icon)."""

    def go(pages: dict[str, Answer]) -> Walk:
        with house({"/favicon.ico": (200, "image/x-icon", b""), **pages}) as base:
            walk = Walk(page, base, Watch(page))
            walk.go()
            walk.watch.troubles = [trouble.replace(base, "") for trouble in walk.watch.troubles]
        return walk

    return go


def test_a_house_in_order_gives_no_trouble(stroll: Stroll) -> None:
    walk = stroll({"/": shown('<a href="/a/">甲</a>'), "/a/": shown("甲")})
    assert (walk.pages, walk.watch.troubles) == (2, [])


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_link_that_leads_to_a_refusal_is_told_with_its_page(stroll: Stroll, status: int) -> None:
    walk = stroll({"/": shown('<a href="/gone/">甲</a>'), "/gone/": (status, "text/html", b"no")})
    assert walk.watch.troubles == [f"dead link on /: /gone/ answers {status}"]


def test_a_missing_picture_is_still_told_after_a_refused_page(stroll: Stroll) -> None:
    walk = stroll({"/": shown('<img src="/no.png" alt="图">')})
    assert len(walk.watch.troubles) == 1
    assert "404" in walk.watch.troubles[0]


def test_a_link_to_a_place_that_is_not_on_the_page_is_told(stroll: Stroll) -> None:
    assert stroll({"/": shown('<a href="#no">甲</a>')}).watch.troubles == ["#no is nowhere on /"]


@pytest.mark.parametrize(
    ("kind", "body", "trouble"),
    [
        ("application/pdf", b"%PDF-1.7 ... %%EOF\n", []),
        ("application/pdf", b"", ["file /f/: application/pdf, but 0 bytes of none"]),
        ("text/html", b"<h1>sign in</h1>", ["file /f/: came as text/html from /f/"]),
        ("application/json", b"{}", ["file /f/: came as application/json, its link says application/pdf"]),
    ],
)
def test_a_file_is_fetched_and_looked_into(stroll: Stroll, kind: str, body: bytes, trouble: list[str]) -> None:
    walk = stroll({"/": shown('<a href="/f/" type="application/pdf">甲</a>'), "/f/": (200, kind, body)})
    assert (walk.files, walk.watch.troubles) == (1, trouble)


def test_a_file_behind_a_link_that_does_not_say_so_is_told(stroll: Stroll) -> None:
    calendar = (200, "text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    walk = stroll({"/": shown('<a href="/f/">甲</a>'), "/f/": calendar})
    assert walk.watch.troubles == ["/f/ is a file, and its link on / does not say so"]


def test_no_more_than_two_of_a_kind_are_looked_at(stroll: Stroll) -> None:
    articles = [f"/education/{slug}/" for slug in ("salt", "sugar", "sleep")]
    front = shown("".join(f'<p><a href="{path}">文</a></p>' for path in articles))
    walk = stroll({"/": front, **{path: shown("文") for path in articles}})
    assert (walk.pages, walk.watch.troubles) == (3, [])
