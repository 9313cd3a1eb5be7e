"""A program's whole way over real sockets: asked, agreed to in the resident's browser, read, renewed, stopped."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.conf import settings
from fhir.resources.R4B.bundle import Bundle

from residents.models import AccessEvent, Account
from tests import factories
from tests.people import People
from tests.residents.connected.programs import BACK, SECRET, program

pytestmark = pytest.mark.django_db(transaction=True)


def browser_of(live: str, signed_in: Any, account: Account) -> httpx.Client:
    """The resident's browser, signed in and just proved."""
    cookies = {name: one.value for name, one in signed_in(account).cookies.items()}
    browser = httpx.Client(base_url=live, cookies=cookies)
    browser.get("/me/")
    return browser


def test_a_program_comes_reads_goes_on_and_is_stopped(
    people: People, signed_in: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = live_server.url
    monkeypatch.setattr(settings, "PUBLIC_URL", live)
    factories.observation(people.helanfang, factories.source(people.county), "空腹血糖", code="2345-7")
    found, verifier = program(confidential=True), secrets.token_urlsafe(48)

    # The program knows the FHIR address alone, and finds the rest there.
    app = httpx.Client(base_url=live)
    known = app.get("/fhir/.well-known/smart-configuration").json()
    asked = {
        "response_type": "code",
        "client_id": str(found.pk),
        "redirect_uri": BACK,
        "scope": "launch/patient offline_access patient/Observation.rs patient/Patient.r",
        "state": secrets.token_urlsafe(8),
        "aud": f"{live}/fhir",
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }

    # The resident's browser: the page, a yes without the name, and back.
    browser = browser_of(live, signed_in, people.helanfang_account)
    page = browser.get(known["authorization_endpoint"], params=asked)
    assert "检验项目和测量值" in page.text
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    said = {"csrfmiddlewaretoken": token, "answer": "allow", "kinds": ["Observation"], "goes_on": "on"}
    back = browser.post(str(page.url), data=said, headers={"Referer": str(page.url)})
    sent = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["Location"]).query).items()}
    assert (sent["state"], sent["iss"]) == (asked["state"], known["issuer"])

    # The program's server: a code for tokens, and reading with them.
    mine = httpx.BasicAuth(str(found.pk), SECRET)
    trade = {"grant_type": "authorization_code", "code": sent["code"], "redirect_uri": BACK, "code_verifier": verifier}
    pair = app.post(known["token_endpoint"], data=trade, auth=mine).json()
    assert pair["scope"] == "launch/patient offline_access patient/Observation.rs"

    def read(path: str, access: str) -> httpx.Response:
        return app.get(f"/fhir/{path}", headers={"Authorization": f"Bearer {access}"})

    bundle = Bundle.model_validate(read(f"Observation?patient={pair['patient']}", pair["access_token"]).json())
    assert [entry.resource.code.text for entry in bundle.entry] == ["空腹血糖"]
    assert read("Patient", pair["access_token"]).status_code == 403

    # It goes on with a new pair, and gives that back.
    again = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    new = app.post(known["token_endpoint"], data=again, auth=mine).json()
    assert read("Observation", new["access_token"]).status_code == 200
    app.post(known["revocation_endpoint"], data={"token": new["refresh_token"]}, auth=mine)
    refused = read("Observation", new["access_token"])
    assert (refused.status_code, refused.json()["resourceType"]) == (401, "OperationOutcome")

    # And the resident reads all of it.
    log = browser.get("/me/access-log/").text
    assert all(
        word in log for word in ("应用“健康管家”", "读取了检验项目和测量值", "想读没有授权给它的内容", "应用退出")
    )
    assert AccessEvent.objects.using("owner").filter(capacity="program").count() == 4
