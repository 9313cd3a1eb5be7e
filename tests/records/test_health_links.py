"""SMART Health Links, read by a program written from the specification alone: nothing of the portal opens them here.

https://hl7.org/fhir/uv/smart-health-cards-and-links/links-specification.html
"""

import base64
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from records.exchange.models import Source
from records.links import links, passcodes
from records.models import Condition, SharedFile, ShareLink
from residents.models import AccessEvent, Consent
from tests.factories import NOON
from tests.people import People
from tests.records import rows, shares
from tests.records.fhir.judged import all_of, judged

CODE = "730516"


def plain(text: str) -> bytes:
    """base64url without padding, RFC 7515."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Reader:
    """A program that was handed a link: what the link says, and how it asks."""

    payload: dict[str, Any]

    @classmethod
    def of(cls, link: str) -> "Reader":
        scheme, _, text = link.rpartition("#")[2].partition(":/")  # what stands before # is a viewer's address
        assert scheme == "shlink"
        return cls(json.loads(plain(text)))

    def decrypted(self, jwe: str) -> dict[str, Any]:
        """RFC 7516: direct encryption with A256GCM, deflated."""
        head, wrapped, nonce, body, tag = jwe.split(".")
        header = json.loads(plain(head))
        assert (header["alg"], header["enc"], wrapped) == ("dir", "A256GCM", "")
        found = AESGCM(plain(self.payload["key"])).decrypt(plain(nonce), plain(body) + plain(tag), head.encode())
        return dict(json.loads(zlib.decompress(found, -zlib.MAX_WBITS) if header.get("zip") == "DEF" else found))


def link_made(client: Client, passcode: str = CODE, days: int = 3, key: str = "") -> tuple[str, str]:
    """What the person's page shows, this once: the link and the passcode."""
    form = {"days": str(days), "passcode": passcode, "form_key": key or shares.new_key()}
    response = client.post(reverse("records:health_link_new"), form)
    assert response.status_code == 200, response.content.decode()
    return response.context["link"], response.context["passcode"]


def asked(link: str, passcode: str | None = CODE, **more: Any) -> Any:
    """The manifest, as a program without a cookie asks for it."""
    body = {"recipient": "省人民医院", "passcode": passcode} | more
    told = json.dumps({name: value for name, value in body.items() if value is not None})
    return Client().post(urlsplit(Reader.of(link).payload["url"]).path, told, content_type="application/json")


def opened(link: str) -> dict[str, Any]:
    """The summary behind a link."""
    return Reader.of(link).decrypted(asked(link).json()["files"][0]["embedded"])


@pytest.fixture
def diabetes(people: People, feed: Source) -> Condition:
    """What her summary says."""
    return rows.statement(Condition, people.helanfang, feed, name="糖尿病", state="active")


def test_a_program_written_from_the_specification_opens_a_link_over_the_network(
    diabetes: Condition, hers: Client, live_server: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    link, passcode = link_made(hers)
    reader = Reader.of(link)
    told = json.dumps({"recipient": "省人民医院", "passcode": passcode}).encode()
    request = Request(
        reader.payload["url"], told, {"Content-Type": "application/json", "Origin": "https://viewer.example"}
    )
    with urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        file = json.load(answer)["files"][0]
    assert (file["contentType"], file["status"]) == ("application/fhir+json", "finalized")
    bundle = judged(reader.decrypted(file["embedded"]))
    assert [one["code"]["text"] for one in all_of(bundle, "Condition")] == ["糖尿病"]


def test_a_file_too_long_for_the_program_is_fetched_once_from_a_place_of_its_own(
    diabetes: Condition, hers: Client
) -> None:
    link, _ = link_made(hers)
    place = urlsplit(asked(link, embeddedLengthMax=100).json()["files"][0]["location"]).path
    first, second = Client().get(place), Client().get(place)
    assert (first["Content-Type"], first["Access-Control-Allow-Origin"]) == ("application/jose", "*")
    judged(Reader.of(link).decrypted(first.content.decode()))
    assert second.status_code == 404


def test_the_link_says_what_the_specification_asks_and_names_nobody(people: People, hers: Client) -> None:
    payload = Reader.of(link_made(hers)[0]).payload
    assert (payload["flag"], payload["v"], len(payload["key"])) == ("P", 1, 43)
    assert len(payload["url"]) <= 128
    assert len(plain(urlsplit(payload["url"]).path.rstrip("/").rpartition("/")[2])) == 32
    assert people.helanfang.name not in payload["label"]
    assert timedelta(days=2.9) < datetime.fromtimestamp(payload["exp"], NOON.tzinfo) - timezone.now() <= timedelta(3)


def test_nothing_that_is_stored_opens_the_file(diabetes: Condition, hers: Client) -> None:
    reader = Reader.of(link_made(hers)[0])
    with acting_as("owner"):
        stored = repr([ShareLink.objects.values().get(), SharedFile.objects.values().get()]).encode()
        sealed = bytes(SharedFile.objects.get().content)
    for secret in (plain(reader.payload["key"]), reader.payload["key"].encode(), CODE.encode(), "糖尿病".encode()):
        assert secret not in stored + sealed


def test_wrong_passcodes_count_down_and_close_the_link_for_good(diabetes: Condition, hers: Client) -> None:
    link, passcode = link_made(hers)
    answers = [asked(link, shares.wrong(passcode)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert [answer.json() for answer in answers] == [{"remainingAttempts": left} for left in (4, 3, 2, 1, 0)]
    assert asked(link).status_code == 404


def test_wrong_passcodes_at_the_same_moment_are_counted_one_by_one(
    diabetes: Condition, hers: Client, live_server: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    link, passcode = link_made(hers)
    told = json.dumps({"recipient": "x", "passcode": shares.wrong(passcode)}).encode()

    def once(_turn: int) -> int:
        try:
            urlopen(Request(Reader.of(link).payload["url"], told, {"Content-Type": "application/json"}))
        except HTTPError as refused:
            return refused.code
        return 200

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(once, range(10))) == [401] * 5 + [404] * 5


def test_a_program_that_has_not_asked_for_the_passcode_yet_costs_no_attempt(diabetes: Condition, hers: Client) -> None:
    link, _ = link_made(hers)
    answers = [asked(link, None) for _ in range(3)]
    assert {(answer.status_code, answer.json()["remainingAttempts"]) for answer in answers} == {(401, 5)}
    assert asked(link).status_code == 200


def test_an_expired_a_revoked_and_an_unknown_link_get_the_same_answer(
    diabetes: Condition, hers: Client, at: Any
) -> None:
    late, ended = link_made(hers)[0], link_made(hers)[0]
    share = ShareLink.objects.using("owner").latest("created_at")
    assert hers.post(reverse("records:health_link_revoke", args=[share.pk])).status_code == 302
    unknown = Client().post(
        reverse("records:health_link", args=["x" * 43]), {"recipient": "x", "passcode": CODE}, "application/json"
    )
    answers = [unknown, asked(ended)]
    with at(timezone.now() + timedelta(days=3, minutes=1)):
        answers.append(asked(late))
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, unknown.content)}


@pytest.mark.parametrize(
    "fields",
    [{"withdrawn_at": NOON}, {"release": "recalled"}, {"release": "withheld"}, {"sensitivity": 5}, {"left_at": NOON}],
    ids=lambda fields: next(iter(fields)),
)
def test_a_link_ends_when_something_in_it_may_no_longer_be_shown(
    diabetes: Condition, hers: Client, fields: dict[str, Any]
) -> None:
    link, _ = link_made(hers)
    shares.changed(diabetes, **fields)
    assert asked(link).status_code == 404


def test_a_link_ends_when_a_newer_version_takes_back_what_is_in_it(
    people: People, feed: Source, diabetes: Condition, hers: Client
) -> None:
    link, _ = link_made(hers)
    shares.changed(diabetes, superseded_at=NOON)
    same = {"identifier": diabetes.identifier, "version": "2", "withdrawn_at": NOON}
    rows.statement(Condition, people.helanfang, feed, **same)
    assert asked(link).status_code == 404


def test_a_file_that_has_been_overtaken_says_so(
    people: People, feed: Source, diabetes: Condition, hers: Client
) -> None:
    link, _ = link_made(hers)
    shares.changed(diabetes, superseded_at=NOON)
    rows.statement(Condition, people.helanfang, feed, identifier=diabetes.identifier, version="2", name="2型糖尿病")
    assert asked(link).json()["files"][0]["status"] == "no-longer-valid"
    assert "里面有的内容后来更新了" in hers.get(reverse("records:health_links")).content.decode()


@pytest.mark.parametrize("purpose", ["records", "results"])
def test_a_link_ends_with_the_consent_that_it_was_made_under(
    people: People, diabetes: Condition, hers: Client, purpose: str
) -> None:
    link, _ = link_made(hers)
    with acting_as("owner"):
        mine = Consent.objects.filter(resident=people.helanfang, purpose=purpose)
        mine.update(withdrawn_at=timezone.now(), withdrawn_by=people.helanfang_account.pk)
    assert asked(link).status_code == 404


def test_what_may_not_be_read_is_not_in_a_link(people: People, feed: Source, diabetes: Condition, hers: Client) -> None:
    rows.statement(Condition, people.helanfang, feed, name="藏起来的", release="withheld")
    assert "藏起来的" not in json.dumps(opened(link_made(hers)[0]), ensure_ascii=False)


def test_whoever_opened_a_link_and_whoever_failed_is_in_the_access_log(diabetes: Condition, hers: Client) -> None:
    link, passcode = link_made(hers)
    asked(link, shares.wrong(passcode))
    asked(link)
    with acting_as("owner"):
        told = list(AccessEvent.objects.order_by("at").values_list("action", "actor_name"))[-2:]
    assert [deed for deed, _who in told] == ["records.refused_health_link", "records.opened_health_link"]
    assert {who for _deed, who in told} == {"持链接者（自填：省人民医院）"}
    page = hers.get(reverse("records:health_links")).content.decode()
    assert "省人民医院" in page
    assert "密码输错 1 次" in page


def test_a_form_sent_twice_makes_one_link_and_does_not_show_it_again(diabetes: Condition, hers: Client) -> None:
    key = shares.new_key()
    link_made(hers, key=key)
    again = hers.post(reverse("records:health_link_new"), {"days": "3", "passcode": "", "form_key": key}, follow=True)
    assert "只显示一次" in again.content.decode()
    assert ShareLink.objects.using("owner").count() == 1


def test_a_passcode_that_anybody_would_try_first_is_refused(people: People, hers: Client) -> None:
    for code in ("123456", "000000", "121212", "987654", f"{people.helanfang.birth_date:%Y%m%d}", "12345"):
        form = {"days": "3", "passcode": code, "form_key": shares.new_key()}
        assert "passcode" in hers.post(reverse("records:health_link_new"), form).context["form"].errors, code


def test_a_passcode_made_here_has_six_figures_and_opens(diabetes: Condition, hers: Client) -> None:
    link, passcode = link_made(hers, "")
    assert len(passcode) == passcodes.SHORTEST
    assert asked(link, passcode).status_code == 200


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"passcode": "1"}', '{"recipient": ""}', '{"recipient": 1}', '{"recipient": "a\\u0000"}']
    + ['{"recipient": "a", "passcode": 1}', '{"recipient": "a", "embeddedLengthMax": -1}', "[" * 4000, "x" * 5000],
    ids=str,
)
def test_a_request_that_is_not_as_specified_is_told_so(db: None, body: str) -> None:
    answer = Client().post(reverse("records:health_link", args=["x" * 43]), body, content_type="application/json")
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (400, "*")


def test_a_page_of_another_origin_may_ask(db: None) -> None:
    answer = Client().options(reverse("records:health_link", args=["x" * 43]))
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_stranger_neither_sees_nor_ends_her_links(
    people: People, diabetes: Condition, hers: Client, signed_in: Any
) -> None:
    link, _ = link_made(hers)
    his = signed_in(people.wangjianguo_account)
    share = ShareLink.objects.using("owner").get()
    assert his.post(reverse("records:health_link_revoke", args=[share.pk])).status_code == 404
    assert "还没有生成过" in his.get(reverse("records:health_links")).content.decode()
    assert asked(link).status_code == 200


def test_the_file_of_a_link_that_has_ended_is_erased(diabetes: Condition, hers: Client) -> None:
    link_made(hers)
    link_made(hers)
    shares.changed(
        ShareLink.objects.using("owner").latest("created_at"), expires_at=NOON, created_at=NOON - timedelta(1)
    )
    with acting_as("worker"):
        assert links.forget(timezone.now()) == 1
    assert SharedFile.objects.using("owner").filter(content=None).count() == 1
