"""Input that no person types: NUL, half characters, endless text, everything twice. The answer is never a 500."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from residents.models import Account
from tests.attack.scene import Scene, say
from tests.attack.walk import KEY, Form, Page, walk
from tests.people import HELANFANG_NUMBER

Enter = Callable[[Account], Client]
pytestmark = pytest.mark.usefixtures("no_broker")

# Percent-encoded, as they travel.
WEIRD = {
    "NUL": "%00",
    "NUL inside": "a%00b",
    "a lone surrogate": "%ED%A0%80",
    "a broken UTF-8": "%C3%28",
    "an overlong slash": "%C0%AF",
    "no character": "%EF%BF%BF",
    "beyond Unicode": "%F4%90%80%80",
    "50 kB": "A" * 50_000,
    "50 kB of digits": "1" * 50_000,
    "brackets without end": "%5B" * 5_000,
    "a list": "%5B1%5D",
    "a mapping of odd things": quote('{"id": 1, "rawId": [], "type": null, "response": {"clientDataJSON": 7}}'),
    "50 kB of Chinese": quote("健" * 17_000),
    "a bidi override": quote("\u202egnp.exe"),
    "a new line": "a%0D%0ASet-Cookie:%20x=1",
    "a quote": "%27%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "SQL": quote("') OR 1=1; --"),
    "a template": quote("{{ 7*7 }}{% debug %}"),
    "a format": "%25s%25n%7B0%7D",
    "a path": quote("../../../../etc/passwd"),
    "a huge number": "9" * 400,
    "a negative": "-1",
    "no number": "NaN",
    "infinity": "1e999",
    "a full-width digit": quote("\uff12"),
    "a foreign digit": quote("\u00b2\u0663"),
    "empty": "",
}
NAMES = ["page", "q", "topic", "audience", "abnormal", "category", "facility", "year", "slot", "go", "code", "next"]
STAFF_NAMES = ["q", "o", "p", "e", "all", "day", "_changelist_filters", "_popup", "_to_field", "period__exact"]


def broken(response: HttpResponse) -> bool:
    return response.status_code >= 500


def hers(scene: Scene, signed_in: Enter) -> Client:
    client = signed_in(scene.people.helanfang_account)
    client.raise_request_exception = False
    return client


def queries(names: list[str]) -> Iterator[str]:
    """Each weird value under each name, alone, twice and as a list; and weird names."""
    for value in WEIRD.values():
        yield "&".join(f"{name}={value}" for name in names)
    yield "&".join(f"{value}={value}" for value in WEIRD.values())
    for name in names:
        yield f"{name}=1&{name}=2&{name}[]=3&{name}[$ne]=4"
    yield "&".join(f"n{number}=1" for number in range(2_000))


def pages(scene: Scene, client: Client) -> list[str]:
    """One address of each shape on her way: keys and slugs stand for one another."""
    shapes: dict[str, str] = {}
    for address in sorted(walk(client).addresses):
        path = urlsplit(address).path
        shapes.setdefault(KEY.sub("*", path), path)
    return [path for shape, path in shapes.items() if "pdf" not in shape and "logout" not in shape]


def test_no_query_breaks_a_page(scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]) -> None:
    client, fallen, asked = hers(scene, signed_in), [], 0
    ways = pages(scene, client)
    for path in ways:
        for query in queries(NAMES):
            asked += 1
            if broken(client.get(path, QUERY_STRING=query)):
                fallen.append((path, query[:60]))
    say(capsys, f"{asked} queries at {len(ways)} pages, {len(fallen)} broken")
    assert fallen == []


def test_no_path_breaks_the_portal(scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]) -> None:
    client, fallen, asked = hers(scene, signed_in), [], 0
    starts = ["/", "/records/verify/", "/education/", "/records/section/", "/records/reports/", "/appointments/slots/"]
    for start in [*starts, "/staff/", "/static/", "/accounts/", "/demo/"]:
        for value in WEIRD.values():
            asked += 1
            if broken(client.get(start + value + "/")):
                fallen.append((start, value[:40]))
    say(capsys, f"{asked} paths, {len(fallen)} broken")
    assert fallen == []


def posted(client: Client, form: Form, name: str, value: str) -> HttpResponse:
    """Send a form as it stands with one field made weird."""
    fields = urlencode({key: text for key, text in form.fields.items() if key != name})
    body = f"{fields}&{name}={value}"
    return client.post(form.action, body, content_type="application/x-www-form-urlencoded")


def her_forms(scene: Scene, signed_in: Enter) -> list[tuple[Client, Form]]:
    """Every form with POST, each with the browser it stands in."""
    client, nobody = hers(scene, signed_in), Client(raise_request_exception=False)
    forms = {
        (urlsplit(form.action).path, browser): (browser, form)
        for browser in (client, nobody)
        for form in walk(browser).forms
        if form.method == "post" and "logout" not in form.action
    }
    return list(forms.values())


def test_no_field_breaks_a_form(scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]) -> None:
    fallen, sent = [], 0
    forms = her_forms(scene, signed_in)
    for client, form in forms:
        for name in [*form.fields, "next"]:
            for label, value in WEIRD.items():
                sent += 1
                if broken(posted(client, form, name, value)):
                    fallen.append((form.action, name, label))
            cache.clear()  # the door's counters
    say(capsys, f"{sent} weird fields in {len(forms)} forms, {len(fallen)} broken")
    assert fallen == []


@pytest.mark.parametrize("field", ["code"])
def test_no_code_breaks_its_form(field: str, scene: Scene) -> None:
    fallen = []
    for label, value in WEIRD.items():
        client = Client(raise_request_exception=False)
        cache.clear()
        client.post(reverse("account_request_login_code"), {"number": HELANFANG_NUMBER})
        confirm = Form(reverse("account_confirm_login_code"), "post", {"code": ""})
        if broken(posted(client, confirm, field, value)):
            fallen.append(label)
    assert fallen == []


@pytest.mark.parametrize("who", ["zhangqiantai", "administrator", "editor"])
def test_no_query_breaks_the_staff_site(who: str, scene: Scene, signed_in: Enter) -> None:
    client, fallen = signed_in(getattr(scene.people, who)), []
    client.raise_request_exception = False
    links = Page("/staff/", client.get("/staff/").content.decode()).links
    lists = sorted({urlsplit(link).path for link in links if link.startswith("/staff/") and link.count("/") == 4})
    for address in lists:
        for query in queries(STAFF_NAMES):
            if broken(client.get(address, QUERY_STRING=query)):
                fallen.append((address, query[:60]))
    assert fallen == [] and lists


HEADERS = {
    "a cookie with NUL": {"cookie": "session=\x00; csrf=\x00; display=\x00; language=\x00"},
    "a cookie of bytes": {"cookie": "session=\xed\xa0\x80; display=\xff; language=\xc0"},
    "a cookie without end": {"cookie": "session=" + "x" * 50_000},
    "a broken messages cookie": {"cookie": "messages=a:b:c; session=;;;=="},
    "a language": {"accept-language": "x" * 5000 + ",*;q=9,\x00"},
    "an agent": {"user-agent": "\x00\xff" + "A" * 50_000},
    "a forwarded address": {"x-forwarded-for": "1.1.1.1, ' OR 1=1 --, " + "x" * 5000},
    "htmx": {"hx-request": "true", "hx-target": "\x00", "hx-current-url": "http://[", "hx-boosted": "x"},
    "a length": {"content-length": "-1"},
    "an accept": {"accept": "*/" + "*" * 5000},
    "a range": {"range": "bytes=999999999999-1,,-"},
    "since": {"if-modified-since": "Fri, 99 Zzz 99999 99:99:99"},
    "an origin": {"origin": "http://[::1", "referer": "http://[::1"},
}


@pytest.mark.parametrize("label", HEADERS)
def test_no_header_breaks_a_page(label: str, scene: Scene) -> None:
    client = Client(raise_request_exception=False)
    addresses = ["/", "/me/", "/records/verify/?code=1", "/education/?q=a", "/static/css/portal.css", "/accounts/"]
    fallen = [address for address in addresses if broken(client.get(address, headers=HEADERS[label]))]
    fallen += [a for a in ("/accounts/login/", "/me/display/") if broken(client.post(a, headers=HEADERS[label]))]
    assert fallen == []


ODD = [
    {"id": 1, "rawId": [], "type": None, "response": {"clientDataJSON": 7}},
    {"id": "x", "rawId": "x", "type": "x", "response": {"clientDataJSON": "x", "authenticatorData": "x"}},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "eA", "authenticatorData": "eA"}},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30", "signature": "eA"}},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": []},
    {"id": "\ud800", "rawId": "健", "type": {}, "response": {}},
]


@pytest.mark.parametrize("value", ["1" * 5_000, "%5B" * 5_000, "%00", "", *[quote(json.dumps(odd)) for odd in ODD]])
def test_no_passkey_breaks_a_form(value: str, scene: Scene, signed_in: Enter) -> None:
    nobody, her = Client(raise_request_exception=False), hers(scene, signed_in)
    places = [(nobody, "mfa_login_webauthn"), (her, "mfa_reauthenticate_webauthn"), (her, "mfa_add_webauthn")]
    fallen = [name for who, name in places if broken(posted(who, Form(reverse(name), "post", {}), "credential", value))]
    assert fallen == []


BODIES = {
    "no form": ("application/json", b'{"mode": {"a": [1, null]}}'),
    "half a form": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="mode"\r\n\r\nel'),
    "no boundary": ("multipart/form-data", b"--x--"),
    "a strange boundary": ("multipart/form-data; boundary=" + "\u00e9" * 300, b"--"),
    "a file for a word": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="mode"; filename="../../x"\r\n\r\nelder\r\n--x--\r\n',
    ),
    "a strange charset": ("application/x-www-form-urlencoded; charset=utf-7", b"mode=+AGU-"),
    "no charset": ("application/x-www-form-urlencoded; charset=nonsense", b"mode=elder"),
    "too many fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
    "too much": ("application/x-www-form-urlencoded", b"mode=" + b"a" * 3_000_000),
    "nothing": ("", b""),
}


@pytest.mark.parametrize("label", BODIES)
def test_no_body_breaks_a_form(label: str, scene: Scene, signed_in: Enter) -> None:
    kind, body = BODIES[label]
    client = hers(scene, signed_in)
    free = reverse("appointments:confirm", args=[scene.free.pk])
    addresses = ["/me/display/", "/language/", "/accounts/password/change/", "/accounts/login/code/", free]
    fallen = [a for a in addresses if broken(client.generic("POST", a, body, content_type=kind))]
    assert fallen == []
