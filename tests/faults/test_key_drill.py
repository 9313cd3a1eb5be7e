"""The drill of docs/keys.md, its steps read from the page and done on a database; and what it says of lost keys."""

import re
import shlex
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client, override_settings

from foundation.environment import env_key_ring, env_keys
from foundation.rowsecurity import acting_as
from portal.embedded import BASE
from residents.models import Account
from tests.factories import PASSWORD
from tests.faults.breaking import environment
from tests.foundation.ring import AES, NEW_INDEX, OLD, OLD_INDEX, SM4, index_ring, ring, rotate
from tests.people import HELANFANG_NUMBER, People

PAGE = (BASE / "docs/keys.md").read_text()
START = {"FIELD_KEYS": "k1:AES:" + b64encode(b"a" * 32).decode(), "INDEX_KEY": b64encode(OLD_INDEX).decode()}


def steps(heading: str) -> list[str]:
    """The lines of the block under a heading of the page."""
    found = re.search(rf"^### {heading}$.*?^```$(.*?)^```$", PAGE, re.M | re.S)
    assert found
    return [line for line in found[1].splitlines() if line]


@contextmanager
def restarted(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The portal as it is once every process was started again with these variables."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with override_settings(FIELD_KEYS=env_key_ring("FIELD_KEYS"), INDEX_KEYS=env_keys("INDEX_KEY", 32)):
        yield


def enter() -> tuple[Client, int]:
    """A new browser signed in with number and password, and what it was answered."""
    browser = Client(raise_request_exception=False)
    return browser, browser.post("/accounts/login/", {"login": HELANFANG_NUMBER, "password": PASSWORD}).status_code


def phone_page(browser: Client) -> str:
    return browser.get("/me/").content.decode()


def write_phone(account: Account, number: str) -> None:
    with acting_as("owner"):
        row = Account.objects.get(pk=account.pk)
        row.phone = number
        row.save(update_fields=["phone", "phone_index"])


class Drill:
    """One county that follows the page: the variables as they are, and those before the last restart."""

    def __init__(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        self.account, self.monkeypatch = account, monkeypatch
        self.before = self.now = dict(START)
        self.new = ""
        with restarted(self.now, monkeypatch):
            self.browser, _code = enter()

    def do(self, line: str) -> None:
        """One line of the page."""
        if line.startswith("openssl"):
            made = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True).stdout.strip()
            self.new = made
        elif "=" in line.split()[0]:
            self._change(*line.split("="))
        else:
            self.before = self.now  # every process was started again before a command is run
            command, _, expected = line.partition("#")
            outcome = subprocess.run(
                shlex.split(command),
                cwd=BASE,
                env=environment("owner", **self.now),
                capture_output=True,
                text=True,
                check=False,
            )
            assert f"退出码 {outcome.returncode}" in expected, outcome.stdout + outcome.stderr
        self.works()

    def _change(self, name: str, value: str) -> None:
        new = f"k2:SM4:{self.new}" if name == "FIELD_KEYS" else self.new
        self.before = self.now
        self.now = self.now | {name: value.replace("旧", START[name]).replace("新", new)}

    def works(self) -> None:
        """Processes of before and after the restart run side by side: each reads and finds what the other wrote."""
        both = [(self.before, self.now), (self.now, self.before)]
        for writer, reader in both if self.before != self.now else both[:1]:
            with restarted(writer, self.monkeypatch):
                write_phone(self.account, "13811112222")
            with restarted(reader, self.monkeypatch):
                browser, code = enter()
                assert code == 302 and "138****2222" in phone_page(browser)
                assert "138****2222" in phone_page(self.browser)


@pytest.mark.parametrize("heading", ["字段密钥", "索引密钥"])
def test_the_drill_as_it_is_written(people: People, monkeypatch: pytest.MonkeyPatch, heading: str) -> None:
    with restarted(START, monkeypatch):
        under_the_first_keys()
    drill = Drill(people.helanfang_account, monkeypatch)
    lines = steps(heading)
    for line in lines:
        drill.do(line)
    drill.before = drill.now  # the old processes are gone for good
    drill.works()
    name = "FIELD_KEYS" if heading == "字段密钥" else "INDEX_KEY"
    assert len(lines) == 7 and START[name] not in drill.now[name]


def under_the_first_keys() -> None:
    """Bring what the cast was made with under the drill's first keys."""
    with override_settings(FIELD_KEYS={**env_key_ring("FIELD_KEYS"), **OLD}):
        assert rotate()[0] == 0


def pages(browser: Client) -> dict[str, int]:
    """What some pages answer: those of the person, the records, the bookings, the log."""
    addresses = [
        "/",
        "/me/",
        "/me/messages/",
        "/me/notices/",
        "/me/access-log/",
        "/records/",
        "/appointments/bookings/",
    ]
    return {address: browser.get(address).status_code for address in addresses}


def test_with_the_field_keys_lost_people_still_sign_in_and_see_their_pages(people: People) -> None:
    before, _code = enter()
    with ring(SM4):
        browser, code = enter()
        assert code == 302 and set(pages(browser).values()) == {200}
        assert "暂时读不出" in phone_page(browser)
        assert before.get("/me/").status_code == 302  # the old sessions have ended


def test_with_the_field_keys_lost_a_new_phone_can_be_written(people: People) -> None:
    with ring(SM4):
        with acting_as("owner"):
            row = Account.objects.get(pk=people.helanfang_account.pk)
            row.phone = "13811112222"
            row.save(update_fields=["phone", "phone_index"])
        assert "138****2222" in phone_page(enter()[0])


def test_keys_put_back_from_the_envelope_open_everything_again(people: People) -> None:
    with ring(SM4):
        enter()
    with ring(SM4, OLD):
        assert "199****0001" in phone_page(enter()[0])
        assert rotate()[0] == 0
    with ring(SM4):
        assert "199****0001" in phone_page(enter()[0])


def test_with_the_index_key_lost_nobody_signs_in_until_it_is_worked_out_anew(people: People) -> None:
    signed_in_before, _code = enter()
    with index_ring(NEW_INDEX):
        assert enter()[1] == 200
        assert "199****0001" in phone_page(signed_in_before)
        assert rotate("--index")[0] == 0
        assert enter()[1] == 302


def test_a_new_secret_key_only_asks_everybody_to_sign_in_again(people: People) -> None:
    browser, _code = enter()
    with override_settings(SECRET_KEY="another-secret-of-this-test"):
        assert browser.get("/me/").status_code == 302
        assert "199****0001" in phone_page(enter()[0])


def test_an_old_backup_needs_the_key_of_its_day(people: People) -> None:
    with ring(SM4, OLD):
        rotate()
    with ring(AES):
        assert rotate("--dry-run")[0] == 1
    with ring(AES, SM4):
        assert rotate()[0] == 0
