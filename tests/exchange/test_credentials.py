"""Secrets of feeds: typed in on the web, opened by the worker alone, shown never again; and what they open."""

import base64
import re
import ssl
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from foundation.middleware import TOKEN
from foundation.rotation import sealed_columns
from foundation.rowsecurity import acting_as, seeing
from records.exchange import credentials
from records.exchange.http import Asker
from records.exchange.limits import Limits
from records.exchange.models import Source, SourceCredential
from records.exchange.problems import PullFailed
from records.exchange.sqlviews import plan
from residents.models import AccessEvent
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.test_desk import Enter
from tests.exchange.test_fhir_versions import served
from tests.exchange.tls import Pair, made, serving
from tests.factories import NOON
from tests.people import People

SECRET = "tk-5f2c9d7e1a"


@pytest.fixture
def engineer(people: People, signed_in: Enter) -> Client:
    return signed_in(people.engineer)


@pytest.fixture
def feed(people: People) -> Source:
    """A FHIR feed of the county hospital."""
    return feed_at("x:1", people.county)


def feed_at(place: str, county: Facility, scheme: str = "http", **fields: Any) -> Source:
    fields = {"kind": "fhir_r4", "state": "paused", "address": f"{scheme}://{place}/fhir"} | fields
    return factories.source(county, "county", allowed_hosts=[place], **fields)


def page(source: Source) -> str:
    return reverse("admin:exchange_source_credentials", args=[source.pk])


def saved(source: Source, *given: tuple[str, str]) -> Source:
    """The feed with these secrets."""
    with acting_as("owner"):
        for purpose, secret in given:
            credentials.keep(source, credentials.Given(purpose, secret), by="孙接口", now=NOON)
    return Source.objects.using("owner").get(pk=source.pk)


def asked(source: Source) -> int:
    """What a question to the feed's metadata answers, as the worker."""
    with acting_as("worker"), Asker(source, Limits.at(NOON)) as asker:
        return asker.get(f"{source.address}/metadata").status


def failure(source: Source) -> str:
    with pytest.raises(PullFailed) as problem:
        asked(source)
    return str(problem.value)


def test_an_engineer_saves_a_token_and_never_sees_it_again(engineer: Client, feed: Source, people: People) -> None:
    engineer.post(page(feed), {"purpose": "token", "deed": "keep", "token": f"Bearer {SECRET}"})
    shown = engineer.get(page(feed)).content.decode()
    assert re.search(rf"已保存，\d{{4}}-\d\d-\d\d \d\d:\d\d 由 {people.engineer.name} 更换", shown)
    assert SECRET not in shown
    with acting_as("worker"):
        assert credentials.secrets_of(Source.objects.get()).authorization == f"Bearer {SECRET}"


def test_what_was_typed_in_wrongly_is_not_repeated_on_the_page(engineer: Client, feed: Source) -> None:
    shown = engineer.post(
        page(feed), {"purpose": "token", "deed": "keep", "token": "two words secret"}
    ).content.decode()
    assert "中间没有空格" in shown
    assert "two words secret" not in shown


def test_the_row_holds_nothing_that_can_be_read_without_the_key(feed: Source) -> None:
    saved(feed, ("token", SECRET))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT t::text, encode(sealed, 'escape') FROM exchange_sourcecredential t")
        assert SECRET not in str(cursor.fetchall())


@pytest.mark.parametrize("what", ["sealed", "*", "length(sealed)"])
def test_the_web_login_can_write_a_secret_and_not_read_it(engineer: Client, feed: Source, what: str) -> None:
    engineer.post(page(feed), {"purpose": "token", "deed": "keep", "token": SECRET})
    token = engineer.session.get(TOKEN)
    with pytest.raises(ProgrammingError, match="permission denied"), seeing(token), transaction.atomic():
        connection.cursor().execute(f"SELECT {what} FROM exchange_sourcecredential")


def test_a_secret_that_is_replaced_or_removed_is_erased(engineer: Client, feed: Source) -> None:
    for token in (SECRET, "another-token"):
        engineer.post(page(feed), {"purpose": "token", "deed": "keep", "token": token})
    engineer.post(page(feed), {"purpose": "token", "deed": "remove"})
    with acting_as("owner"):
        assert [row.sealed for row in SourceCredential.objects.all()] == [None, None]
    assert "没有保存" in engineer.get(page(feed)).content.decode()


def test_a_login_takes_the_place_of_a_token(feed: Source) -> None:
    source = saved(feed, ("token", SECRET), ("login", '["portal", "p:w"]'))
    with acting_as("worker"):
        said = credentials.secrets_of(source).authorization
    assert base64.b64decode(said.removeprefix("Basic ")).decode() == "portal:p:w"


def test_who_changed_a_secret_is_written_down_without_it(engineer: Client, feed: Source) -> None:
    engineer.post(page(feed), {"purpose": "token", "deed": "keep", "token": SECRET})
    (event,) = rows(AccessEvent, action="staff.changed")
    assert "更换凭证：访问令牌（Bearer）" in event.purpose
    assert SECRET not in str(vars(event))


def test_an_engineer_of_another_facility_cannot_put_a_secret_into_a_feed(
    people: People, signed_in: Enter, feed: Source
) -> None:
    other = signed_in(factories.staff("other", "别家工程师", people.township, "engineer"))
    assert other.post(page(feed), {"purpose": "token", "deed": "keep", "token": SECRET}).status_code == 404
    row = SourceCredential(
        source=feed, facility=people.township, purpose="token", sealed="x", set_at=NOON, set_by="别家"
    )
    with (
        pytest.raises(IntegrityError, match="not the facility"),
        seeing(other.session.get(TOKEN)),
        transaction.atomic(),
    ):
        row.save(force_insert=True)


def test_an_auditor_sees_who_and_when_and_no_form(people: People, signed_in: Enter, feed: Source) -> None:
    saved(feed, ("token", SECRET))
    shown = signed_in(factories.staff("audit", "审计", people.bureau, "auditor")).get(page(feed)).content.decode()
    assert "由 孙接口 更换" in shown
    assert 'name="token"' not in shown


def test_kinds_that_send_by_themselves_have_no_such_page(engineer: Client, people: People) -> None:
    push = factories.source(people.county, "push", kind="fhir_push", state="paused")
    assert engineer.get(page(push)).status_code == 404


def test_the_environment_still_works_and_what_is_saved_comes_first(
    feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACILITY_TOKEN_COUNTY", "from-environment")
    with acting_as("owner"):
        Source.objects.update(credential="FACILITY_TOKEN_COUNTY")
    source = Source.objects.using("owner").get()
    with acting_as("worker"):
        assert credentials.secrets_of(source).authorization == "Bearer from-environment"
    saved(source, ("token", SECRET))
    with acting_as("worker"):
        assert credentials.secrets_of(source).authorization == f"Bearer {SECRET}"


def test_the_password_of_a_database_is_handed_to_the_connector(people: People) -> None:
    source = factories.source(
        people.county, "view", kind="sql_view", address="postgresql://u@h:5432/d", allowed_hosts=["h:5432"]
    )
    source = saved(source, ("password", "口令 with blank"))
    with acting_as("worker"):
        assert plan.target_of(source).password == "口令 with blank"


def test_secrets_do_not_show_in_a_traceback() -> None:
    assert SECRET not in repr(credentials.Secrets(f"Bearer {SECRET}", SECRET, SECRET, SECRET))


def test_the_keys_of_the_secrets_are_changed_with_all_others() -> None:
    assert "exchange_sourcecredential.sealed" in {column.label for column in sealed_columns()}


# --- over a real socket ----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def authority() -> Pair:
    return made("县医院 CA")


@pytest.fixture(scope="module")
def client(authority: Pair) -> Pair:
    return made("portal", authority)


def pem(pair: Pair) -> str:
    return pair.certificate_pem + pair.key_pem


@pytest.mark.usefixtures("db")
def test_a_server_that_demands_a_client_certificate_is_shown_it(
    county: Facility, authority: Pair, client: Pair
) -> None:
    with serving(made("his", authority), authority) as (place, heads):
        source = saved(
            feed_at(place, county, "https"),
            ("certificate", pem(client)),
            ("authority", authority.certificate_pem),
            ("token", SECRET),
        )
        assert asked(source) == 200
    assert heads[0]["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.usefixtures("db")
def test_without_the_certificate_the_sentence_says_what_is_missing(county: Facility, authority: Pair) -> None:
    with serving(made("his", authority), authority) as (place, heads):
        source = saved(feed_at(place, county, "https"), ("authority", authority.certificate_pem))
        assert "要求出示客户端证书" in failure(source)
    assert heads == []


@pytest.mark.usefixtures("db")
def test_a_certificate_of_somebody_else_is_said_to_be_refused(county: Facility, authority: Pair) -> None:
    stranger = made("portal", made("别家 CA"))
    with serving(made("his", authority), authority) as (place, _heads):
        given = [("authority", authority.certificate_pem), ("certificate", pem(stranger))]
        assert "不接受门户的客户端证书" in failure(saved(feed_at(place, county, "https"), *given))


@pytest.mark.usefixtures("db")
def test_an_alert_that_comes_with_the_first_answer_is_said_too(
    county: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def alert(*_arguments: Any) -> None:
        error = ssl.SSLError("alert")
        error.reason = "TLSV1_ALERT_UNKNOWN_CA"
        raise error

    monkeypatch.setattr(Asker, "_get", alert)
    assert "对方不接受门户的客户端证书" in failure(feed_at("x:1", county))


@pytest.mark.usefixtures("db")
def test_a_server_of_another_authority_is_not_told_the_token(county: Facility, authority: Pair) -> None:
    with serving(made("his", made("别家 CA")), None) as (place, heads):
        given = [("authority", authority.certificate_pem), ("token", SECRET)]
        said = failure(saved(feed_at(place, county, "https"), *given))
    assert "也不是“凭证”里保存的 CA 签发的" in said
    assert heads == []


@pytest.mark.usefixtures("db")
def test_a_private_authority_counts_only_where_it_was_saved(county: Facility, authority: Pair) -> None:
    with serving(made("his", authority), None) as (place, _heads):
        assert "请向机构索取 CA 证书" in failure(feed_at(place, county, "https"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"days": 0, "age": 9}, "证书已过期"), ({"host": "127.0.0.9"}, "主机名与接口地址不同")],
)
@pytest.mark.usefixtures("db")
def test_what_is_wrong_with_a_certificate_is_said(
    county: Facility, authority: Pair, fields: dict[str, Any], words: str
) -> None:
    with serving(made("his", authority, **fields), None) as (place, _heads):
        assert words in failure(saved(feed_at(place, county, "https"), ("authority", authority.certificate_pem)))


@pytest.mark.usefixtures("db")
def test_a_port_without_encryption_is_said_to_be_one(county: Facility) -> None:
    for server in served("4.0.1", []):
        assert "这个端口没有使用加密" in failure(feed_at(server.place, county, "https"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("other", "私钥和证书不是一对"),
        ("locked", "私钥有口令"),
        ("nonsense", "不是 PEM 格式的私钥"),
    ],
)
def test_a_key_that_will_not_do_is_refused_on_the_form(
    engineer: Client, feed: Source, client: Pair, key: str, words: str
) -> None:
    keys = {
        "other": made("x").key_pem,
        "locked": client.sealed_key(serialization.BestAvailableEncryption(b"x")),
        "nonsense": "hello",
    }
    fields = {"purpose": "certificate", "deed": "keep", "certificate": client.certificate_pem, "key": keys[key]}
    assert words in engineer.post(page(feed), fields).content.decode()
    assert rows(SourceCredential) == []


def test_a_certificate_is_saved_with_its_last_day(engineer: Client, feed: Source, client: Pair) -> None:
    fields = {"purpose": "certificate", "deed": "keep", "certificate": client.certificate_pem, "key": client.key_pem}
    assert engineer.post(page(feed), fields).status_code == 302
    last = client.certificate.not_valid_after_utc
    assert [row.valid_until for row in rows(SourceCredential)] == [last]
    assert f"有效期至 {last:%Y-%m}" in engineer.get(page(feed)).content.decode()


def test_a_certificate_that_is_over_is_refused_on_the_form(engineer: Client, feed: Source) -> None:
    old = made("old", days=0, age=9).certificate_pem
    assert (
        "证书已过期"
        in engineer.post(page(feed), {"purpose": "authority", "deed": "keep", "authority": old}).content.decode()
    )
