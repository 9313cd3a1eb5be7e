"""Attacks on shares: guessing, racing, stale and forged browsers; nobody reads more than was chosen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as, seeing
from records.models import Report, ShareLink
from records.sharing import limits, opened, secrets
from records.sharing.secrets import Secrets
from residents.models import AccessEvent
from tests import factories
from tests.people import People
from tests.records import rows, shares

VALUE = "5.6173"


@pytest.fixture
def report(people: People) -> Report:
    at = timezone.now() - timedelta(days=1)
    return rows.panel(people.helanfang, factories.source(people.county), at, {"value_text": VALUE}, title="血常规甲")


@pytest.fixture
def share(people: People, report: Report) -> ShareLink:
    return shares.share(people.helanfang, people.helanfang_account, [report])


@pytest.fixture
def known(people: People, share: ShareLink) -> Secrets:
    return shares.opens(people.helanfang_account)


def now_of(share: ShareLink) -> ShareLink:
    with acting_as("owner"):
        return ShareLink.objects.get(pk=share.pk)


def with_pin(known: Secrets, pin: str) -> Secrets:
    return Secrets(known.code, pin, known.link)


def setting(key: str, value: int) -> None:
    start = timezone.now() - timedelta(days=1)
    factories.made(DatedSetting(key=key, value=value, valid_from=start))
    forget(key)


# --- guessing ---------------------------------------------------------------------------------------------------------


def test_a_wrong_pin_says_how_many_are_left_and_the_fifth_closes(share: ShareLink, known: Secrets) -> None:
    bad = with_pin(known, shares.wrong(known.pin))
    texts = [shares.typed(Client(), bad).content.decode() for _ in range(5)]
    assert ["还可以试4次" in texts[0], "还可以试1次" in texts[3], "已经关闭" in texts[4]] == [True] * 3


def test_the_right_pin_comes_too_late_once_it_is_closed(share: ShareLink, known: Secrets) -> None:
    for _ in range(5):
        shares.typed(Client(), with_pin(known, shares.wrong(known.pin)))
    response = shares.typed(Client(), known)
    assert (response.status_code, "已经关闭" in response.content.decode()) == (200, True)
    assert now_of(share).uses == 0


def test_each_wrong_pin_is_in_her_log(share: ShareLink, known: Secrets) -> None:
    shares.typed(Client(), with_pin(known, shares.wrong(known.pin)))
    with acting_as("owner"):
        assert AccessEvent.objects.filter(action="records.refused_share", resident_id=share.resident_id).count() == 1


def test_twenty_tries_at_once_are_five_tries(share: ShareLink, known: Secrets) -> None:
    bad = with_pin(known, shares.wrong(known.pin))

    def guess(_: int) -> str:
        try:
            with transaction.atomic():
                return opened.try_pin(share.pk, bad.pin, reader="", address="10.0.0.1", reference="").state
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(6) as pool:
        states = list(pool.map(guess, range(20)))
    with acting_as("owner"):
        counted = AccessEvent.objects.filter(action="records.refused_share").count()
    assert (now_of(share).failures, counted, states.count("wrong")) == (5, 5, 4)


def test_the_right_and_the_wrong_pin_race_for_the_last_attempt(share: ShareLink, known: Secrets) -> None:
    with acting_as("owner"):
        ShareLink.objects.filter(pk=share.pk).update(failures=4)

    def attempt(pin: str) -> str:
        try:
            with transaction.atomic():
                return opened.try_pin(share.pk, pin, reader="", address="10.0.0.1", reference="").state
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(2) as pool:
        states = list(pool.map(attempt, [known.pin, shares.wrong(known.pin)]))
    assert states in (["open", "closed"], ["closed", "closed"]) and now_of(share).failures == 5


def test_one_address_may_not_try_for_ever(known: Secrets) -> None:
    setting(limits.PER_MINUTE, 3)
    codes = [f"{number:011d}" for number in range(4)]
    answers = [
        shares.typed(Client(), Secrets(code + secrets.check_digit(code), "000000", "")).status_code for code in codes
    ]
    assert answers == [200, 200, 200, 429]


def test_many_addresses_together_may_not_either(known: Secrets) -> None:
    setting(limits.WRONG_PER_MINUTE, 2)
    code = "0" * 11
    unknown = Secrets(code + secrets.check_digit(code), "000000", "")
    answers = [
        Client(REMOTE_ADDR=f"10.9.0.{place}")
        .post(reverse("records:shared"), {"code": unknown.code, "pin": unknown.pin})
        .status_code
        for place in range(4)
    ]
    assert answers == [200, 200, 429, 429]


def test_a_slip_of_the_finger_costs_no_attempt(share: ShareLink, known: Secrets) -> None:
    slipped = known.code[:-1] + str((int(known.code[-1]) + 1) % 10)
    text = shares.typed(Client(), Secrets(slipped, known.pin, "")).content.decode()
    assert ("有一位数字输错了" in text, now_of(share).failures) == (True, 0)


def test_the_pin_of_one_share_is_no_pin_of_another(people: People, report: Report, known: Secrets) -> None:
    key = UUID("01900000-0000-7000-8000-0000000000bb")
    shares.share(people.helanfang, people.helanfang_account, [report], key)
    other = shares.opens(people.helanfang_account, key)
    assert "还可以试" in shares.typed(Client(), with_pin(other, known.pin)).content.decode()


def test_nothing_stored_is_what_opens_it(share: ShareLink, known: Secrets) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(s)::text FROM records_sharelink s")
        stored = cursor.fetchone()[0]
    plain = [known.code, known.pin, known.link, *(one.encode().hex() for one in (known.code, known.pin, known.link))]
    assert [one for one in plain if one in stored.replace(str(share.pk), "")] == []


# --- browsers ---------------------------------------------------------------------------------------------------------


def test_two_doctors_read_at_once_and_one_leaving_does_not_close_the_other(share: ShareLink, known: Secrets) -> None:
    first, second = Client(), Client()
    for doctor in (first, second):
        shares.typed(doctor, known)
    first.post(reverse("records:shared_leave"))
    assert VALUE in shares.read(second)
    assert (first.get(reverse("records:shared_open")).status_code, now_of(share).uses) == (403, 2)


@pytest.mark.parametrize("cookie", ["", "x", "0" * 43, "' OR 1=1 --", "\xff", "x" * 4000])
def test_a_made_up_cookie_opens_nothing(known: Secrets, cookie: str) -> None:
    doctor = Client()
    shares.typed(Client(), known)
    doctor.cookies["share"] = cookie
    assert doctor.get(reverse("records:shared_open")).status_code == 403


def test_a_cookie_changed_by_one_letter_opens_nothing(known: Secrets) -> None:
    doctor = Client()
    shares.typed(doctor, known)
    token = doctor.cookies["share"].value
    doctor.cookies["share"] = ("A" if token[0] != "A" else "B") + token[1:]
    assert doctor.get(reverse("records:shared_open")).status_code == 403


def test_an_opening_ends_by_itself(known: Secrets, at: Callable[[Any], Any]) -> None:
    doctor = Client()
    shares.typed(doctor, known)
    with at(timezone.now() + timedelta(minutes=21)):
        assert doctor.get(reverse("records:shared_open")).status_code == 403


def test_her_own_session_token_is_no_share(people: People, signed_in: Any, known: Secrets) -> None:
    mine = signed_in(people.helanfang_account)
    mine.cookies["share"] = mine.session["row_security_token"]
    assert mine.get(reverse("records:shared_open")).status_code == 403


# --- the database -----------------------------------------------------------------------------------------------------


def read_as(token: str, statement: str, look: bool = True) -> list[Any]:
    """What a browser's token reads with a statement of the attacker's choice."""
    with seeing(token), transaction.atomic(), connections["default"].cursor() as cursor:
        if look:
            cursor.execute("SELECT * FROM app.read_share('records.read_share', NULL, NULL, '')")
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def token(known: Secrets) -> str:
    doctor = Client()
    shares.typed(doctor, known)
    return doctor.cookies["share"].value


@pytest.mark.parametrize(
    "table",
    [
        "records_report",
        "records_observation",
        "residents_resident",
        "residents_identifier",
        "records_sharelink",
        "records_sharedreport",
        "records_shareopening",
        "residents_accessevent",
    ],
)
def test_a_readers_token_reads_no_table(token: str, table: str) -> None:
    assert read_as(token, f"SELECT 1 FROM {table} LIMIT 1") == []


@pytest.mark.parametrize("name", ["shared_states", "shared_reports", "shared_observations", "shared_documents"])
def test_nothing_is_read_without_a_line_in_the_log(token: str, name: str) -> None:
    assert read_as(token, f"SELECT 1 FROM app.{name}()", look=False) == []


def test_another_report_of_hers_stays_closed(people: People, token: str) -> None:
    other = factories.report(people.helanfang, factories.source(people.township, "township-2"), title="丙丁报告")
    assert [row[0] for row in read_as(token, "SELECT title FROM app.shared_reports()")] == ["血常规甲"]
    assert read_as(token, f"SELECT * FROM app.read_share('records.downloaded_share', '{other.pk}', NULL, '')") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records_sharelink SET failures = 0",
        "UPDATE records_sharelink SET expires_at = 'infinity'",
        "UPDATE records_shareopening SET closes_at = 'infinity'",
        "DELETE FROM records_sharelink",
    ],
)
def test_no_session_of_hers_prolongs_a_share(people: People, signed_in: Any, share: ShareLink, statement: str) -> None:
    token = signed_in(people.helanfang_account).session["row_security_token"]
    with pytest.raises(DatabaseError):
        read_as(token, f"{statement} RETURNING 1", look=False)


def test_nobody_adds_a_report_to_a_share_that_was_used(
    people: People, signed_in: Any, token: str, share: ShareLink
) -> None:
    other = factories.report(people.helanfang, factories.source(people.township, "township-2"))
    hers = signed_in(people.helanfang_account).session["row_security_token"]
    with pytest.raises(DatabaseError):
        read_as(
            hers,
            "INSERT INTO records_sharedreport (id, resident_id, share_id, report_id, number) VALUES"
            f" (gen_random_uuid(), '{share.resident_id}', '{share.pk}', '{other.pk}', 2) RETURNING 1",
            look=False,
        )


def test_nobody_shares_somebody_elses_report(people: People, signed_in: Any, report: Report) -> None:
    his = shares.share(people.wangjianguo, people.wangjianguo_account, [])
    token = signed_in(people.wangjianguo_account).session["row_security_token"]
    with pytest.raises(DatabaseError):
        read_as(
            token,
            "INSERT INTO records_sharedreport (id, resident_id, share_id, report_id, number) VALUES"
            f" (gen_random_uuid(), '{people.wangjianguo.pk}', '{his.pk}', '{report.pk}', 1) RETURNING 1",
            look=False,
        )
