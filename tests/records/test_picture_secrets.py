"""What a PACS is asked with for a picture: what staff saved, for a study that the session may see, and nothing else."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.exchange import credentials
from records.exchange.models import Source, SourceCredential
from records.models import ImagingStudy, Report
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.pacs.answers import UID
from tests.exchange.pacs.peer import Reply, pretending
from tests.factories import NOON
from tests.people import People
from tests.records.test_images import Pacs, SignIn, page, pictures, report_of, study

SECRETS = {"token": "tk-5f2c9d7e1a", "viewer": "abcdefghijklmnopqrstuvwxyz-0123456789"}


class Guarded(Pacs):
    """A PACS that answers whoever shows the token."""

    def __call__(self, path: str, headers: Any) -> Reply:
        shown = headers.get("Authorization") == f"Bearer {SECRETS['token']}"
        return super().__call__(path, headers) if shown else (401, {}, b"")


@pytest.fixture
def report(people: People) -> Iterator[Report]:
    """A report of hers with pictures in a PACS whose secrets staff have saved; no variable of the environment."""
    with pretending(Guarded()) as address:
        feed = factories.source(
            people.county,
            "pacs",
            kind="dicomweb",
            address=address,
            allowed_hosts=[urlsplit(address).netloc],
            options={"viewer": {"template": "https://viewer.example/?s={study}&e={expires}&x={signature}"}},
        )
        with acting_as("owner"):
            for purpose, secret in SECRETS.items():
                credentials.keep(feed, credentials.Given(purpose, secret), by="孙接口", now=NOON)
        study(people, feed)
        yield report_of(people, feed)


def given(client: Client | None) -> list[str]:
    """Of which purposes the database gives a session the secrets, for the study there is."""
    (own,) = rows(ImagingStudy)
    token = client.session.get(TOKEN) if client else None
    with seeing(token), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT purpose FROM app.picture_secrets(%s) ORDER BY purpose", [own.pk])
        return [purpose for (purpose,) in cursor.fetchall()]


def test_a_token_that_staff_saved_opens_the_pictures(people: People, report: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    shown = pictures(client, report)
    assert (len(shown), client.get(shown[0]).status_code) == (4, 200)


def test_a_link_into_the_viewer_is_signed_with_what_staff_saved(
    people: People, report: Report, signed_in: SignIn
) -> None:
    (own,) = rows(ImagingStudy)
    answer = signed_in(people.helanfang_account).get(reverse("records:image_viewer", args=[report.pk, own.pk]))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}
    said = f"{UID}|ACCESSION-1|{asked['e']}".encode()
    assert asked["x"] == hmac.new(SECRETS["viewer"].encode(), said, hashlib.sha256).hexdigest()


def test_only_a_session_that_sees_the_study_is_given_what_its_pacs_is_asked_with(
    people: People, report: Report, signed_in: SignIn
) -> None:
    others = (people.wangjianguo_account, people.engineer, people.administrator, people.licunyi)
    assert given(signed_in(people.helanfang_account)) == ["token", "viewer"]
    assert [given(signed_in(account)) for account in others] == [[], [], [], []]
    assert given(None) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"release": "withheld"},
        {"release": "pending"},
        {"release": "recalled"},
        {"sensitivity": 5},
        {"withdrawn_at": NOON},
        {"superseded_at": NOON},
    ],
)
def test_a_study_that_cannot_be_seen_gives_nothing(
    people: People, report: Report, signed_in: SignIn, fields: dict[str, Any]
) -> None:
    with acting_as("owner"):
        ImagingStudy.objects.update(**fields)
    assert given(signed_in(people.helanfang_account)) == []


def test_a_paused_feed_and_an_erased_secret_give_nothing(people: People, report: Report, signed_in: SignIn) -> None:
    client = signed_in(people.helanfang_account)
    with acting_as("owner"):
        credentials.remove(Source.objects.get(code="pacs"), "token", by="孙接口", now=NOON)
    assert given(client) == ["viewer"]
    with acting_as("owner"):
        Source.objects.filter(code="pacs").update(state="paused")
    assert given(client) == []


def test_what_the_session_is_given_is_sealed(people: People, report: Report, signed_in: SignIn) -> None:
    (own,) = rows(ImagingStudy)
    token = signed_in(people.helanfang_account).session.get(TOKEN)
    with seeing(token), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM app.picture_secrets(%s)", [own.pk])
        said = [bytes(sealed) for (sealed,) in cursor.fetchall()]
    assert len(said) == 2
    assert not any(secret.encode() in sealed for secret in SECRETS.values() for sealed in said)


def test_a_secret_that_cannot_be_opened_costs_the_pictures_and_no_more(
    people: People, report: Report, signed_in: SignIn
) -> None:
    with connections["owner"].cursor() as cursor:
        table = SourceCredential._meta.db_table
        cursor.execute(f"UPDATE {table} SET sealed = '\\x0001' WHERE purpose = 'token'")
    client = signed_in(people.helanfang_account)
    assert "影像系统现在没有应答" in page(client, report).content.decode()
