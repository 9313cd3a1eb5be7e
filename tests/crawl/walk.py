"""A walk through the house: from a few doors along every link, each page looked at, no more than two of one kind."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page, Response

from tests.browser import Watch
from tests.crawl import files

DOORS = ("/", "/staff/")
MOST = 150  # more than this and something grows without end
# Here the slug chooses what the page is about and how it looks, so each is a kind of its own.
TOLD_BY_SLUG = {"records:section", "account_help_topic", "residents:withdraw_consent"}
# A link that says it is a file, by `download` or by the type of what it leads to.
LINKS = """all => all.map(one => ({
  address: one.href.split("#")[0],
  file: one.hasAttribute("download") || (one.type !== "" && one.type !== "text/html"),
  type: one.type,
}))"""
NOWHERE = """all => all.map(one => decodeURIComponent(one.hash.slice(1)))
  .filter(id => id && !document.getElementById(id))"""


@dataclass(frozen=True)
class Link:
    """An address, whether its link says that it is a file and of what type, and the page it was found on."""

    address: str
    file: bool = False
    type: str = ""
    found_on: str = ""


def kind_of(address: str) -> str:
    """The route behind an address: pages of one kind share a template; with a query they are another kind."""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return parts.path
    return (parts.path if match.view_name in TOLD_BY_SLUG else match.route) + ("?" if parts.query else "")


@dataclass
class Walk:
    """One visitor's walk with one browser: `kinds` and `pages` say what was seen, the watch what must not be.

    Each page is looked at as it comes, the first of its kind once more made `also` pixels wide; a sorted or filtered
    list once. A walk round the `desk` follows the links of the staff site and of the first page only.
    """

    page: Page
    base: str
    watch: Watch
    of_a_kind: int = 2
    also: int | None = None
    desk: bool = False
    pages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    files: int = 0
    waiting: deque[Link] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)

    def go(self) -> None:
        """From the doors to wherever links lead."""
        for door in DOORS:
            self._note(Link(f"{self.base}{door}"))
        while self.waiting and self.pages < MOST:
            self._follow(self.waiting.popleft())
        if self.waiting:
            self._say(f"more than {MOST} pages: {len(self.waiting)} links were not followed")

    def _note(self, link: Link) -> None:
        """Remember where to go; files at once, as some are handed over only shortly after signing in."""
        if link.address in self.known:
            return
        self.known.add(link.address)
        (self.waiting.appendleft if link.file else self.waiting.append)(link)

    def _follow(self, link: Link) -> None:
        kind = kind_of(link.address)
        if self.kinds[kind] >= (1 if kind.endswith("?") else self.of_a_kind):
            return
        if link.file:
            self._take(link)
        else:
            self._visit(link)

    def _take(self, link: Link) -> None:
        self.kinds[kind_of(link.address)] += 1
        self.files += 1
        self.watch.troubles += files.troubles_with(self.page.request, link.address, link.type)

    def _visit(self, link: Link) -> None:
        try:
            response = self.page.goto(link.address)
        except Error as failure:
            if "Download is starting" not in failure.message:
                raise
            self._say(f"{link.address} is a file, and its link on {link.found_on} does not say so")
            self._take(link)
            return
        for kind in {kind_of(link.address), kind_of(self.page.url)}:
            self.kinds[kind] += 1
        if response is None or not response.ok:
            self._refused(link, response)
        elif self.kinds[kind_of(self.page.url)] <= self.of_a_kind:
            self._look()

    def _look(self) -> None:
        self.pages += 1
        self.watch.look()
        if self.also and self.kinds[kind_of(self.page.url)] == 1:
            self._look_again(self.also)
        for id_ in self.page.eval_on_selector_all("a[href^='#']", NOWHERE):
            self._say(f"#{id_} is nowhere on {self.page.url}")
        path = urlsplit(self.page.url).path
        if self.desk and not path.startswith("/staff/") and path not in DOORS:
            return
        found: list[dict[str, Any]] = self.page.eval_on_selector_all("a[href]", LINKS)
        for one in found:
            if one["address"].startswith(f"{self.base}/"):
                self._note(Link(one["address"], one["file"], one["type"], self.page.url))

    def _look_again(self, width: int) -> None:
        """On a phone the page would be as narrow as this only if it says so."""
        if not self.page.locator("meta[name=viewport][content*='width=device-width']").count():
            self._say(f"no viewport for phones on {self.page.url}")
        usual = self.page.viewport_size
        assert usual
        self.page.set_viewport_size({**usual, "width": width})
        self.watch.look()
        self.page.set_viewport_size(usual)

    def _refused(self, link: Link, response: Response | None) -> None:
        """A door may be shut to a visitor. What a page offers may be shut only by a page of the house that says why.

        The console speaks of it too, once.
        """
        status = response.status if response else "nothing"
        said = f"console on {self.page.url}: Failed to load resource: the server responded with a status of {status}"
        for trouble in [trouble for trouble in self.watch.troubles if trouble.startswith(said)][:1]:
            self.watch.troubles.remove(trouble)
        if status == 403 and self.page.locator("nav.nav").count():
            self._look()
        elif link.found_on:
            self._say(f"dead link on {link.found_on}: {link.address} answers {status}")

    def _say(self, trouble: str) -> None:
        self.watch.troubles.append(trouble)
