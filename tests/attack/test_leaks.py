"""After a whole visit, nothing the portal wrote or asked for holds her number, her name or a result in the open."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core import signing
from django.db import connections
from django.test import override_settings
from django.urls import reverse

from foundation.rowsecurity import acting_as
from residents import documents, tasks
from residents.models import ConsentText
from tests.attack import journey
from tests.attack.journey import Browser, Journey, code_of, people_walk
from tests.attack.scene import DIAGNOSIS, NAME, PHONE, VALUE, Scene, every_row, say
from tests.factories import PASSWORD
from tests.people import HELANFANG_NUMBER
from tests.residents.door import ask_code, by_password, give_code, work

SECRETS = {
    "number": HELANFANG_NUMBER,
    "number registered": journey.NEW_NUMBER,
    "number in the card reader": journey.OLD_NUMBER,
    "number of the daughter": journey.DAUGHTER_NUMBER,
    "number of somebody unconscious": journey.WANG_NUMBER,
    "phone": PHONE,
    "phone registered": journey.NEW_PHONE,
    "phone at the facility": journey.OLD_PHONE,
    "phone of the daughter": journey.DAUGHTER_PHONE,
    "phone that is new": journey.NEXT_PHONE,
    "name": NAME,
    "name registered": journey.NEW_NAME,
    "name at the counter": journey.OLD_NAME,
    "name of the daughter": journey.DAUGHTER_NAME,
    "name of somebody unconscious": journey.WANG_NAME,
    "value": VALUE,
    "diagnosis": DIAGNOSIS,
}
# Where a thing may stand, because that is what the table is for. Numbers and phones: nowhere, they are sealed.
AT_HOME = {
    "name": {"residents_resident", "residents_account", "residents_accessevent", "appointments_booking"},
    "value": {"records_observation"},
    "diagnosis": {"records_condition"},
    "number": set(),
    "phone": set(),
}


def visit(scene: Scene) -> Journey:
    """A wrong password, the right one, the record, a report on paper, a visit booked and cancelled; then by code,
    and from there whatever there is about people."""
    way = Journey(scene)
    browser = way.browser()
    by_password(browser.client, HELANFANG_NUMBER, "wrong-password")
    browser.post(reverse("account_login"), login=HELANFANG_NUMBER, password=PASSWORD)
    for name in ("home", "records:home", "records:reports", "residents:me", "residents:access_log"):
        browser.get(reverse(name))
    for name in ("records:report", "records:report_pdf"):
        browser.get(reverse(name, args=[scene.report.pk]))
    browser.post(reverse("residents:open_notice", args=[scene.notice.pk]))
    free = reverse("appointments:confirm", args=[scene.free.pk])
    browser.get(free)
    booked = browser.post(free, form_key="01900000-0000-7000-8000-00000000000d")["Location"]
    browser.get(booked)
    browser.get(booked + "calendar.ics")
    browser.post(booked + "cancel/")
    browser.get(reverse("appointments:bookings"))
    browser.post(reverse("account_logout"))
    people_walk(way, lambda: signed_in_by_code(browser))
    return way


def signed_in_by_code(browser: Browser) -> Browser:
    ask_code(browser.client)
    give_code(browser.client, code_of("sign_in_code"))
    browser.get(reverse("residents:me"))
    return browser


@pytest.fixture
def texts(db: None) -> Iterator[None]:
    """Texts that the people of the visit can agree to."""
    with journey.texts_in_force():
        yield


def test_the_visit_leaves_no_text_of_its_own(db: None) -> None:
    def kept() -> list[tuple[str, int]]:
        with acting_as("owner"):
            return sorted(ConsentText.objects.values_list("purpose", "version"))

    before = kept()
    with journey.texts_in_force():
        during = kept()
    assert len(during) > len(before) == len(kept())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder broker as `make run` has it without Redis; its files stay, as no worker takes them."""
    app = tasks.send_due.app
    places = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    (tmp_path / "c").mkdir()
    before = dict(app.conf.broker_transport_options)
    app.conf.broker_transport_options = {**before, **places}
    yield tmp_path
    app.conf.broker_transport_options = before


@pytest.fixture
def visited(scene: Scene, texts: None, folder: Path, caplog: pytest.LogCaptureFixture) -> Journey:
    with caplog.at_level(logging.DEBUG):
        return visit(scene)


def spellings(secret: str) -> dict[str, bytes]:
    """A secret as it might lie in a file or a column."""
    plain = secret.encode()
    escaped = secret.encode("unicode_escape")
    return {
        "plain": plain,
        "hex": plain.hex().encode(),
        "base64": base64.b64encode(plain).rstrip(b"="),
        "escaped": escaped,
        "hex of escaped": escaped.hex().encode(),
        "quoted": "".join(f"%{byte:02X}" for byte in plain).encode(),
        "gb18030": secret.encode("gb18030"),
    }


def found_in(data: bytes) -> list[str]:
    """The secrets that some bytes hold, in whatever spelling."""
    known = [(name, how, text) for name, secret in SECRETS.items() for how, text in spellings(secret).items()]
    return [f"{name} ({how})" for name, how, text in known if text in data]


def test_no_log_line_holds_anything(visited: Journey, caplog: pytest.LogCaptureFixture) -> None:
    # The visit was the fixture's work: its lines are those of the set-up, and `caplog.records` has none of them.
    records = [*caplog.get_records("setup"), *caplog.records]
    ours = [record for record in records if record.name != "django.db.backends"]
    lines = "\n".join(f"{caplog.handler.format(record)} {record.args} {record.__dict__}" for record in ours)
    assert ours and found_in(lines.encode()) == []


def test_no_table_holds_what_is_not_its_own(visited: Journey, capsys: pytest.CaptureFixture[Any]) -> None:
    work()
    wrong, cells = {}, 0
    for table, rows in every_row().items():
        cells += len(rows)
        text = "\n".join(rows)
        if stray := [name for name in found_in(text.encode()) if table not in AT_HOME[name.split(" ")[0]]]:
            wrong[table] = stray
    say(capsys, f"{cells} rows read, {len(wrong)} tables hold something in the open")
    assert wrong == {}


def test_the_control_the_search_finds_what_is_at_home(visited: Journey) -> None:
    rows = every_row()
    at_home = {(table, name) for name, tables in AT_HOME.items() for table in tables}
    assert {(t, n) for t, n in at_home if f"{n} (plain)" not in found_in("\n".join(rows[t]).encode())} == set()


def test_no_cached_value_holds_anything(visited: Journey) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM django_cache")
        rows = cursor.fetchall()
    assert rows and found_in(b"\n".join(key.encode() + base64.b64decode(value) for key, value in rows)) == []


def test_no_message_to_the_workers_holds_anything(visited: Journey, folder: Path) -> None:
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    opened = b"".join(base64.b64decode(part) for text in files for part in text.split(b'"') if _is_base64(part))
    assert len(files) >= 3 and found_in(b"".join(files) + opened) == []


def _is_base64(part: bytes) -> bool:
    return len(part) > 3 and len(part) % 4 == 0 and all(chr(byte).isalnum() or byte in b"+/=" for byte in part)


def everything_in(address: str) -> bytes:
    """Each key of a Redis with its value, whatever its type; what is written as base64 or compressed also opened."""
    with redis.Redis.from_url(address) as server:
        read = {
            b"string": lambda key: [server.get(key)],
            b"list": lambda key: server.lrange(key, 0, -1),
            b"set": server.smembers,
            b"zset": lambda key: server.zrange(key, 0, -1),
            b"hash": lambda key: [cell for pair in server.hgetall(key).items() for cell in pair],
        }
        cells = [cell for key in server.scan_iter() for cell in (key, *read[server.type(key)](key))]
    opened = [base64.b64decode(part) for cell in cells for part in cell.split(b'"') if _is_base64(part)]
    return b"\n".join(cells + opened)


@pytest.mark.redis
def test_a_real_redis_holds_nothing(
    scene: Scene, texts: None, redis_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_address}
    monkeypatch.setenv("CELERY_BROKER_URL", redis_address)
    monkeypatch.setitem(tasks.send_due.app.conf, "broker_transport_options", {})
    with override_settings(CACHES={**settings.CACHES, "default": caches}):
        visit(scene)
        held = everything_in(redis_address)
    assert b"residents.tasks.send_due" in held and b":1:" in held
    assert found_in(held) == []


def test_no_address_holds_anything(visited: Journey) -> None:
    assert len(visited.addresses) > 120 and found_in("\n".join(visited.addresses).encode()) == []


def test_no_cookie_holds_anything(visited: Journey) -> None:
    parts = [part for cookie in visited.cookies for part in cookie.replace('"', "").split("=", 1)[-1].split(":")]
    opened = b"".join(_opened(part.split(";")[0]) for part in parts)
    assert found_in("\n".join(visited.cookies).encode() + opened) == []


def _opened(part: str) -> bytes:
    try:
        return signing.b64_decode(part.lstrip(".").encode())
    except ValueError:
        return b""


def test_no_sms_says_anything(visited: Journey) -> None:
    work()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT phone, text FROM demo_outboxmessage")
        sent = cursor.fetchall()
    assert len(sent) >= 1 and found_in(repr(sent).encode()) == []


def test_the_session_lies_sealed(visited: Journey) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT data, key_hash, token_hash FROM residents_accountsession")
        cells = [bytes(cell) for row in cursor.fetchall() for cell in row if cell is not None]
    keys = [key.encode() for browser in visited.browsers if (key := browser.client.cookies["session"].value)]
    stored = b"".join(cells)
    assert len(keys) > 4 and found_in(stored) == [] and [key for key in keys if key in stored] == []


def test_an_error_says_nothing(scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    from records import access

    browser = Browser()
    browser.post(reverse("account_login"), login=HELANFANG_NUMBER, password=PASSWORD)
    browser.client.raise_request_exception = False

    def broken(*arguments: Any, **fields: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(access, "opened_report", broken)
    with caplog.at_level(logging.DEBUG):
        response = browser.client.get(reverse("records:report", args=[scene.report.pk]))
    lines = "".join(caplog.handler.format(record) for record in caplog.records if record.name != "django.db.backends")
    assert response.status_code == 500 and "RuntimeError" in lines
    assert found_in(lines.encode()) == [] and VALUE.encode() not in response.content


FORMS = {
    "registering": ("account_signup", {"number": journey.NEW_NUMBER, "name": journey.NEW_NAME, "phone": PHONE}),
    "activating": ("account_activate", {"number": journey.OLD_NUMBER, "code": "ACDEFGH3"}),
    "the counter": ("staff:counter", {"card": f"{journey.OLD_NUMBER} {journey.OLD_NAME}"}),
    "a search by staff": ("staff:residents", {"words": HELANFANG_NUMBER}),
    "an emergency": ("staff:emergency", {"number": HELANFANG_NUMBER, "name": NAME, "reason": "车祸昏迷急救"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_breaks_says_nothing_of_what_was_typed(
    form: str, scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, typed = FORMS[form]
    way = Journey(scene)
    browser = way.staff(scene.people.licunyi) if name.startswith("staff:") else way.browser()
    browser.client.raise_request_exception = False

    def broken(*arguments: Any, **fields: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(documents, "read", broken)
    with caplog.at_level(logging.DEBUG):
        response = browser.client.post(reverse(name), typed)
    lines = "".join(caplog.handler.format(record) for record in caplog.records if record.name != "django.db.backends")
    assert response.status_code == 500 and "RuntimeError" in lines
    assert found_in(lines.encode()) == [] and found_in(response.content) == []
