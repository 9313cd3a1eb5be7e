"""Changing the keys: every value is sealed anew while the portal runs, and nothing written meanwhile is lost."""

import base64
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client
from psycopg.conninfo import make_conninfo

from foundation import resealing, rotation
from foundation.crypto import seal
from foundation.rowsecurity import acting_as
from records.exchange import ledger
from records.exchange.models import Inbound, Source
from residents.models import Account, Delivery, Identifier
from tests import factories
from tests.exchange.sending import deliver, patient
from tests.factories import NOON
from tests.faults.breaking import process
from tests.foundation.ring import AES, OLD, SM4, Terminal, owners, ring, rotate, sealed_by
from tests.people import HELANFANG_NUMBER, People

Enter = Callable[[Account], Client]
PHONE = "19900000001"


def deliveries(count: int) -> None:
    """That many messages that wait, each with a number of its own."""
    rows = [
        Delivery(template="booked", recipient=f"139{number:08d}", parameters="{}", key=f"k{number}", due_at=NOON)
        for number in range(count)
    ]
    with acting_as("owner"):
        Delivery.objects.bulk_create(rows, batch_size=1000)


def phone_of(account: Account) -> str | None:
    with acting_as("owner"):
        return Account.objects.get(pk=account.pk).phone


@pytest.mark.parametrize(("before", "after"), [(OLD, SM4), (SM4, AES)], ids=["AES to SM4", "SM4 to AES"])
def test_everything_is_sealed_anew_and_reads_as_before(
    before: dict, after: dict, people: People, signed_in: Enter
) -> None:
    with ring(before, OLD):
        rotate()
        client = signed_in(people.helanfang_account)
        deliveries(3)
    with ring(after, before):
        code, _said = rotate()
    assert code == 0
    assert len(sealed_by()) >= 5 and set().union(*sealed_by().values()) == set(after)
    with ring(after):
        assert phone_of(people.helanfang_account) == PHONE
        assert client.session["_auth_user_id"] == str(people.helanfang_account.pk)
        with acting_as("owner"):
            assert Identifier.objects.get(resident=people.helanfang).value == HELANFANG_NUMBER


def test_a_dry_run_counts_and_changes_nothing(people: People) -> None:
    before = sealed_by()
    with ring(SM4, OLD):
        code, said = rotate("--dry-run")
    assert code == 1 and "residents_identifier.value：t1 3" in said
    assert sealed_by() == before


def test_a_second_run_finds_nothing_to_do(people: People) -> None:
    with ring(SM4, OLD):
        rotate()
        written = owners("SELECT xmin::text, ctid::text FROM residents_identifier")
        assert rotate()[0] == 0
    assert owners("SELECT xmin::text, ctid::text FROM residents_identifier") == written


def test_old_and_new_are_read_while_it_goes_on(people: People) -> None:
    read = []

    def look(_rows: int) -> None:
        with acting_as("owner"):
            read.append(sorted(Identifier.objects.get(pk=pk).value for pk in keys))

    with acting_as("owner"):
        keys = list(Identifier.objects.values_list("pk", flat=True))
        column = next(one for one in rotation.sealed_columns() if one.label == "residents_identifier.value")
        with ring(SM4, OLD):
            look(0)
            rotation.sweep(column, look, size=1)
    assert len(read) == 4 and read.count(read[0]) == 4


@pytest.fixture
def web() -> Any:
    """Another connection, whose transaction stays open until it is told to commit."""
    given = connections["owner"].settings_dict
    names = {"host": "HOST", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    with psycopg.connect(make_conninfo("", **{ours: given[theirs] for ours, theirs in names.items()})) as connection:
        yield connection


def change_phone(web: psycopg.Connection, account: Account, number: str, key_id: str = "t1") -> None:
    sealed = seal(number.encode(), f"residents_account.phone.{account.pk}".encode(), key_id)
    web.execute("UPDATE residents_account SET phone = %s WHERE id = %s", [sealed, account.pk])


def test_a_row_in_use_is_asked_again_and_its_new_value_kept(people: People, web: psycopg.Connection) -> None:
    with ring(SM4, OLD):
        change_phone(web, people.helanfang_account, "13811112222")
        threading.Timer(0.5, web.commit).start()
        assert rotate()[0] == 0
    with ring(SM4):
        assert phone_of(people.helanfang_account) == "13811112222"


def test_a_value_written_between_reading_and_writing_is_kept(
    people: People, web: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Row locks forbid it; the swap would hold without them.
    lockless = resealing.LOCK_WHAT_IS_FREE.replace("FOR NO KEY UPDATE SKIP LOCKED", "")
    monkeypatch.setattr(resealing, "LOCK_WHAT_IS_FREE", lockless)
    unseal = resealing.unseal

    def slowly(value: bytes, place: bytes) -> bytes:
        if place.endswith(str(people.helanfang_account.pk).encode()) and b"residents_account.phone" in place:
            change_phone(web, people.helanfang_account, "13811112222")
            web.commit()
        return unseal(value, place)

    monkeypatch.setattr(resealing, "unseal", slowly)
    with ring(SM4, OLD):
        rotate()
        assert phone_of(people.helanfang_account) == "13811112222"


def test_the_web_waits_for_no_more_than_one_batch(
    people: People, web: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    def write(_rows: int) -> None:
        change_phone(web, people.helanfang_account, "13811112222", "s1")
        web.commit()
        waited.append(True)

    with ring(SM4, OLD), acting_as("owner"):
        web.execute("SET lock_timeout = '200ms'")
        column = next(one for one in rotation.sealed_columns() if one.label == "residents_account.phone")
        rotation.sweep(column, write, size=1)
    assert len(waited) == 3


def test_what_stays_locked_is_told_and_fails_the_run(
    people: People, web: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "WAITING", resealing.WAITING.replace("5s", "100ms"))
    with ring(SM4, OLD):
        web.execute("SELECT 1 FROM residents_account WHERE id = %s FOR UPDATE", [people.helanfang_account.pk])
        code, said = rotate()
        assert code == 1 and "residents_account.phone：1 条一直被别的事务占用" in said
        web.rollback()
        assert rotate()[0] == 0


def test_a_value_that_does_not_open_is_named_and_left_as_it_is(people: People) -> None:
    moved = "UPDATE residents_identifier SET value = (SELECT value FROM residents_identifier WHERE resident_id = %s)"
    owners(f"{moved} WHERE resident_id = %s", people.helanfang.pk, people.wangjianguo.pk)
    [[key, value]] = owners("SELECT id, value FROM residents_identifier WHERE resident_id = %s", people.wangjianguo.pk)
    with ring(SM4, OLD):
        code, said = rotate()
    assert code == 1 and str(key) in said and "还有 1 条" in said
    assert owners("SELECT value FROM residents_identifier WHERE id = %s", key) == [(value,)]


def test_a_value_of_a_key_that_is_gone_is_no_crash(people: People) -> None:
    with ring(SM4):
        code, said = rotate()
    assert code == 1 and "还有" in said


@pytest.fixture
def stubborn(people: People) -> Iterator[People]:
    """One person's row, which a trigger of its own refuses to change."""
    owners(
        "CREATE FUNCTION app.stubborn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF OLD.resident_id = '" + str(people.helanfang.pk) + "' THEN RAISE EXCEPTION 'no'; END IF;"
        " RETURN NEW; END $$"
    )
    owners("CREATE TRIGGER stubborn BEFORE UPDATE ON residents_identifier FOR EACH ROW EXECUTE FUNCTION app.stubborn()")
    yield people
    owners("DROP FUNCTION app.stubborn() CASCADE")


def test_a_row_that_a_trigger_protects_is_named_and_the_others_renewed(stubborn: People) -> None:
    with ring(SM4, OLD):
        code, said = rotate()
    [[key]] = owners("SELECT id FROM residents_identifier WHERE resident_id = %s", stubborn.helanfang.pk)
    assert code == 1 and str(key) in said and "residents_identifier.value：s1 2，t1 1" in said


def test_long_values_are_taken_a_few_at_a_time(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    column = next(one for one in rotation.sealed_columns() if one.label == "residents_identifier.value")
    with acting_as("owner"):
        usual = column.batch()
        monkeypatch.setattr(resealing, "MOST_BYTES", 150)
        few = column.batch()
    assert usual == 200 and few == 150 // len(seal(HELANFANG_NUMBER.encode(), b""))


def received() -> Source:
    """A facility's feed whose message was stored as it came, sealed with the key of its day."""
    feed = factories.source(factories.facility("COUNTY", "县人民医院", "county"), "county-files")
    with acting_as("worker"):
        deliver(feed, patient())
    return feed


def test_what_is_only_ever_added_to_is_left_and_its_key_must_stay(db: None) -> None:
    received()
    before = owners("SELECT payload FROM exchange_inbound")
    with ring(SM4, OLD):
        code, said = rotate()
        assert (code, owners("SELECT payload FROM exchange_inbound")) == (3, before)
        assert "旧密钥须留在密钥环里" in said
        with acting_as("owner"):
            assert ledger.payload(Inbound.objects.get())["resourceType"] == "Patient"


def test_progress_is_a_line_for_each_thousand_rows(db: None) -> None:
    deliveries(2100)
    with ring(SM4, OLD):
        _code, said = rotate()
    assert [line for line in said.splitlines() if line.startswith("residents_delivery.parameters ")] == [
        "residents_delivery.parameters 1000/2100",
        "residents_delivery.parameters 2000/2100",
    ]


def test_progress_is_a_bar_on_a_terminal(db: None) -> None:
    deliveries(400)
    with ring(SM4, OLD):
        _code, said = rotate(out=Terminal())
    assert "residents_delivery.parameters [###############...............] 200/400" in said


@pytest.mark.parametrize("login", ["default", "signin", "worker"])
def test_only_the_owner_sees_enough_to_do_it(people: People, login: str) -> None:
    with ring(SM4, OLD):
        code, said = rotate(login=login)
    assert code == 1 and "请以数据库所有者（DATABASE_URL）运行" in said
    assert sealed_by()["residents_account.phone"] == {"t1"}


def key_ring(*keys: dict[str, tuple[str, bytes]]) -> str:
    """FIELD_KEYS as the environment has it."""
    entries = [(name, *key) for part in keys for name, key in part.items()]
    return ",".join(f"{name}:{cipher}:{base64.b64encode(key).decode()}" for name, cipher, key in entries)


def test_it_is_killed_and_goes_on_where_it_was(db: None) -> None:
    deliveries(6000)
    keys = key_ring(SM4, OLD)
    with process("manage.py", "rotate_keys", login="owner", FIELD_KEYS=keys) as run:
        heard: list[str] = []
        for line in run.stdout or []:
            heard.append(line)
            if line.startswith("residents_delivery.parameters 1000/6000"):
                break
        else:
            pytest.fail("".join(heard))
        run.kill()
        assert run.wait() == -9
    half = dict(owners("SELECT substring(parameters from 3 for 2), count(*) FROM residents_delivery GROUP BY 1"))
    assert sum(half.values()) == 6000 and half[b"s1"] >= 1000 and half[b"t1"] >= 1
    with process("manage.py", "rotate_keys", login="owner", FIELD_KEYS=keys) as again:
        said = again.stdout.read() if again.stdout else ""
        assert again.wait() == 0, said
    assert f"residents_delivery.parameters：已换 {half[b't1']} 条" in said
    with ring(SM4), acting_as("owner"):
        assert Delivery.objects.get(key="k5999").recipient == "13900005999"
