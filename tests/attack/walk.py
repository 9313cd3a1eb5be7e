"""Walking the portal as a browser would: every link, every form, and what a page asks for."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client

HOST = "http://testserver"
LIMIT = 400
VARIANTS = 40  # of one path, by what follows the question mark
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|/verify/[0-9A-Z-]{10,}")
METHODS = ("get", "head", "options", "post", "put", "delete", "patch")


@dataclass
class Form:
    """A form of a page: where it goes, how, and its fields as they stand."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """The links and forms of one page."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address = address
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get", "src", "formaction"):
            if name in given:
                self._link(given[name])
        if tag == "form":
            self._form(given)
        elif "hx-post" in given:
            self.forms.append(Form(self._full(given["hx-post"]), "post"))
        elif self.forms and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self._select and self.forms:
            self._option(given)

    def _link(self, target: str) -> None:
        full = self._full(target)
        if urlsplit(full).netloc == "testserver" and not urlsplit(full).path.startswith("/static/"):
            self.links.add(full.removeprefix(HOST))

    def _full(self, target: str) -> str:
        return urldefrag(urljoin(HOST + self.address, target)).url

    def _form(self, given: dict[str, str]) -> None:
        address = self._full(given.get("action", "")).removeprefix(HOST)
        self.forms.append(Form(address, given.get("method", "get").lower()))

    def _field(self, tag: str, given: dict[str, str]) -> None:
        fields, kind = self.forms[-1].fields, given.get("type", "")
        if tag == "select":
            self._select = given["name"]
            fields[self._select] = ""
        elif kind in {"radio", "checkbox"}:
            fields.setdefault(given["name"], given.get("value", "on"))
        else:
            fields[given["name"]] = given.get("value", "")

    def _option(self, given: dict[str, str]) -> None:
        fields = self.forms[-1].fields
        fields[self._select] = fields.get(self._select) or given.get("value", "")


@dataclass
class Walk:
    """All that a walk found: pages by address, and the addresses of each kind."""

    pages: dict[str, Page] = field(default_factory=dict)
    answers: dict[str, HttpResponse] = field(default_factory=dict)

    @property
    def forms(self) -> list[Form]:
        """Each form once, by its address and its fields."""
        found = {(f.method, f.action, *sorted(f.fields)): f for page in self.pages.values() for f in page.forms}
        return list(found.values())

    @property
    def addresses(self) -> set[str]:
        """Whatever was linked to or could be sent."""
        return set(self.answers) | {form.action for form in self.forms}

    def keyed(self) -> list[str]:
        """The addresses that name one object."""
        return sorted(address for address in self.addresses if KEY.search(address))


def walk(client: Client, start: str = "/") -> Walk:
    """Follow every link from `start` with GET, also from the pages that forms with GET lead to.

    Of one page that filters combine without end, so many variants are enough.
    """
    found, ahead, variants = Walk(), [start], Counter[str]()
    while ahead and len(found.answers) < LIMIT:
        address = ahead.pop(0)
        path = urlsplit(address).path
        if address in found.answers or variants[path] >= VARIANTS:
            continue
        variants[path] += 1
        response = found.answers[address] = client.get(address)
        if response.status_code in (301, 302):
            ahead.append(urljoin(HOST + address, response["Location"]).removeprefix(HOST))
        elif response.get("Content-Type", "").startswith("text/html"):
            page = found.pages[address] = Page(address, response.content.decode())
            ahead += sorted(page.links | set(_asked(page)))
    assert len(found.answers) < LIMIT, "the walk does not end"
    return found


def _asked(page: Page) -> Iterator[str]:
    """Forms with GET, sent as they stand."""
    for form in page.forms:
        if form.method == "get":
            yield f"{urlsplit(form.action).path}?{urlencode(form.fields)}"
