"""The attacker has a SQL injection in each login's process, and writes whatever statement they like."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from portal.testdb import PASSWORD
from residents.models import Account
from tests.architecture.tables import PRIVATE, RESIDENT, TABLES
from tests.attack.scene import MARKS, Scene, marks_in, say
from tests.people import People

Enter = Callable[[Account], Client]
LOGINS = {"stranger": "default", "nobody": "default", "signin": "signin", "worker": "worker"}

# What no login of the portal may do, whoever is signed in.
FORBIDDEN = [
    *[f"SET ROLE {role}" for role in ("portal_owner", "portal_backup", "postgres", "pg_read_all_data")],
    "SET LOCAL ROLE postgres",
    "SET SESSION AUTHORIZATION portal_owner",
    "ALTER TABLE residents_resident DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE residents_resident NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY web_select ON residents_resident",
    "CREATE POLICY mine ON residents_resident USING (true)",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE portal_owner PASSWORD 'mine'",
    "CREATE ROLE mine",
    "GRANT portal_owner TO CURRENT_USER",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', true)",
    "ALTER TABLE residents_accessevent DISABLE TRIGGER ALL",
    "TRUNCATE residents_accessevent",
    "DELETE FROM residents_accessevent",
    "UPDATE residents_accessevent SET actor_name = ''",
    "DELETE FROM appointments_booking",
    "DELETE FROM records_report",
    "DROP TABLE records_report",
    "COPY facilities_facility FROM PROGRAM 'id'",
    "COPY facilities_facility TO PROGRAM 'cat'",
    "COPY facilities_facility TO '/nowhere/out'",
    "COPY facilities_facility FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT pg_ls_logdir()",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/nowhere/out')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_get(1)",
    "SELECT lo_unlink(1)",
    "SELECT loread(lo_open(1, 262144), 1)",
    "SELECT pg_terminate_backend(0)",
    "SELECT pg_cancel_backend(0)",
    "SELECT pg_sleep(0)",
    "SELECT pg_sleep_for('0')",
    "SELECT pg_sleep_until(now())",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_advisory_lock_shared(1, 2)",
    "SELECT pg_try_advisory_lock(1)",
    "SELECT pg_advisory_unlock_all()",
    "SELECT pg_logical_emit_message(false, 'x', 'y')",
    "SELECT query_to_xml('SELECT 1', true, false, '')",
    "SELECT database_to_xml(true, false, '')",
    "SELECT * FROM ts_stat('SELECT to_tsvector(''x'')')",
    "SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')",
    "DO $$ BEGIN PERFORM 1; END $$",
    "SET temp_file_limit = -1",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM pg_statistic",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT pg_reload_conf()",
    "SELECT pg_promote()",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SET log_statement = 'all'",
    "CREATE EXTENSION dblink",
    "CREATE LANGUAGE plpython3u",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "CREATE TABLE public.mine (a int)",
    "CREATE TEMP TABLE mine (a int)",
    "CREATE SCHEMA mine",
    "ALTER FUNCTION app.account() SECURITY INVOKER",
    "SELECT app.account_for_document('resident_id_card', NULL::bytea)",
    "SELECT app.ensure_months('residents_accessevent', now(), 600)",
    "SELECT app.setting('identity.level_for_records')",
    "SELECT app.required_level('records')",
    "SELECT app.token_hash()",
    "SELECT app.refuse()",
    "SELECT app.clear_expired_sessions(1)",
    "SELECT app.clear_old_deliveries(1)",
    "SELECT app.clear_stored_copies(1)",
    "SELECT app.residents_for('records')",
    "SELECT app.open_person(gen_random_uuid(), gen_random_uuid(), 'emergency', 'xxxxxx', NULL, '')",
]
# Each of these is the work of one login.
OWN_WORK = {
    "signin": {"SELECT app.account_for_document('resident_id_card', NULL::bytea)"},
    "worker": {
        "SELECT app.ensure_months('residents_accessevent', now(), 600)",
        "SELECT app.clear_expired_sessions(1)",
        "SELECT app.clear_old_deliveries(1)",
        "SELECT app.clear_stored_copies(1)",
    },
    # For these two the answer is empty, which other tests ask.
    "stranger": {s for s in FORBIDDEN if "residents_for" in s or "open_person" in s},
    "nobody": {s for s in FORBIDDEN if "residents_for" in s or "open_person" in s},
}
# What each login must not read at all.
CLOSED = {
    "stranger": [name for name, (kind, _) in TABLES.items() if kind == PRIVATE],
    "nobody": [name for name, (kind, _) in TABLES.items() if kind == PRIVATE],
    "signin": [
        name
        for name, (kind, _) in TABLES.items()
        # Of the log it reads when a line was written, which an INSERT hands back; the test below holds it to that.
        if name != "residents_accessevent" and (kind == RESIDENT or name.startswith("exchange_"))
    ],
    "worker": ["residents_account", "residents_accountsession", "residents_verification", "django_admin_log"],
}
# What runs, and must show a stranger nothing of hers.
SEARCHES = [
    *[f"SELECT t::text FROM {name} t" for name, (kind, _) in TABLES.items() if kind == RESIDENT],
    "SELECT r.name FROM (SELECT set_config('app.token', 'x', true)) s, LATERAL (SELECT * FROM residents_resident) r",
    "SELECT r.name FROM (SELECT set_config('app.token', encode(sha256('x'), 'hex'), true) AS t) s"
    " CROSS JOIN LATERAL (SELECT * FROM residents_resident WHERE s.t IS NOT NULL) r",
    "SELECT set_config('app.token', '', false), (SELECT string_agg(name, ',') FROM residents_resident)",
    "SELECT '1'::text UNION ALL SELECT value_text FROM records_observation",
    "SELECT query_to_xml('SELECT * FROM residents_resident', true, false, '')::text",
    "SELECT table_to_xml('residents_resident', true, false, '')::text",
    "SELECT schema_to_xml('app', true, false, '')::text",
    "WITH stolen AS (UPDATE records_report SET first_seen_at = NULL RETURNING title, resident_id) SELECT * FROM stolen",
    "SELECT name FROM residents_resident WHERE 1 / (CASE WHEN name = '贺兰芳' THEN 0 ELSE 1 END) = 1",
    "SELECT name::integer FROM residents_resident WHERE name = '贺兰芳'",
    "SELECT most_common_vals::text FROM pg_stats WHERE tablename LIKE 'residents%' OR tablename LIKE 'records%'",
    "SELECT query FROM pg_stat_activity",
    "SELECT * FROM app.check_issued(sha256('x'), sha256('y'))",
    "SELECT id::text FROM app.search_revisions('''贺兰芳'' | ''a''', 100)",
    "SELECT name FROM app.source_freshness()",
    "SELECT app.residents_for('records')::text",
    "SELECT app.facilities_for(ARRAY['administrator', 'manager', 'clinician', 'reception'])::text",
    "SELECT 1; SET LOCAL app.token = 'x'; SELECT name FROM residents_resident",
    "SELECT 1; RESET ALL; SELECT name FROM residents_resident",
    "SELECT 1; COMMIT; BEGIN; SELECT name FROM residents_resident",
    "DECLARE c CURSOR WITH HOLD FOR SELECT name FROM residents_resident",
]


@contextmanager
def cursor_of(who: str, people: People, signed_in: Enter) -> Iterator[Any]:
    """A cursor where the injection lands: the login, and for the web login the session's token."""
    alias = LOGINS[who]
    token = signed_in(people.wangjianguo_account).session.get(TOKEN) if who == "stranger" else None
    with seeing(token), transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        yield cursor


def answer_to(cursor: Any, statement: str) -> str:
    """All that a statement answers, every result set of it; an error's text counts as an answer."""
    shown = []
    try:
        with transaction.atomic(using=cursor.db.alias):
            cursor.execute(statement)
            raw = cursor.cursor
            while True:
                shown += [repr(row) for row in raw.fetchall()] if raw.description else []
                if not raw.nextset():
                    break
    except (DatabaseError, psycopg.Error) as refusal:
        shown.append(str(refusal))
    return "\n".join(shown)


@pytest.mark.parametrize("who", LOGINS)
def test_no_login_may_step_out_of_its_role(
    who: str, people: People, signed_in: Enter, capsys: pytest.CaptureFixture[Any]
) -> None:
    statements = [statement for statement in FORBIDDEN if statement not in OWN_WORK.get(who, set())]
    ran = []
    with cursor_of(who, people, signed_in) as cursor:
        for statement in statements:
            try:
                with transaction.atomic(using=cursor.db.alias):
                    cursor.execute(statement)
            except DatabaseError:
                continue
            ran.append(statement)
    say(capsys, f"{who}: {len(statements)} statements, {len(ran)} ran")
    assert ran == []


@pytest.mark.parametrize("who", LOGINS)
def test_no_login_passes_its_rights_on(who: str, people: People, signed_in: Enter) -> None:
    rights = "SELECT string_agg(relname || relacl::text, ',' ORDER BY oid) FROM pg_class WHERE relacl IS NOT NULL"
    with cursor_of(who, people, signed_in) as cursor:
        cursor.execute(rights)
        before = cursor.fetchone()
        for table in TABLES:
            answer_to(cursor, f"GRANT ALL ON {table} TO PUBLIC")  # PostgreSQL only warns
        cursor.execute(rights)
        assert cursor.fetchone() == before


@pytest.mark.parametrize("who", CLOSED)
def test_no_login_reads_a_table_that_is_not_its_work(who: str, people: People, signed_in: Enter) -> None:
    read = []
    with cursor_of(who, people, signed_in) as cursor:
        for table in CLOSED[who]:
            try:
                with transaction.atomic(using=cursor.db.alias):
                    cursor.execute(f"SELECT count(*) FROM {table}")
            except DatabaseError:
                continue
            read.append(table)
    assert read == []


def test_sign_in_reads_of_the_log_only_when_lines_were_written(db: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'residents_accessevent'::regclass AND attnum > 0"
            " AND has_column_privilege('portal_signin', attrelid, attnum, 'SELECT')"
        )
        assert cursor.fetchall() == [("written_at",)]


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_a_search_shows_nothing_of_hers(
    who: str, scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]
) -> None:
    connections["owner"].cursor().execute("ANALYZE")
    shown = {}
    with cursor_of(who, scene.people, signed_in) as cursor:
        for statement in SEARCHES:
            answer = answer_to(cursor, statement)
            # An error may repeat the statement, never a row.
            if found := [mark for mark in marks_in(answer) if mark not in statement]:
                shown[statement] = found
            if "division by zero" in answer:
                shown[statement] = ["a filter ran on her row"]
    say(capsys, f"{who}: {len(SEARCHES)} searches, {len(shown)} showed something")
    assert shown == {}


def test_the_control_she_finds_herself_by_the_same_searches(scene: Scene, signed_in: Enter) -> None:
    token = signed_in(scene.people.helanfang_account).session.get(TOKEN)
    with seeing(token), transaction.atomic(), connections["default"].cursor() as cursor:
        seen = "".join(answer_to(cursor, statement) for statement in SEARCHES[:30])
    assert {mark for mark in MARKS if mark in seen} >= {"贺兰芳", "5.6173", "高血压三级"}


def test_a_partition_is_no_way_around_its_parent(db: None, capsys: pytest.CaptureFixture[Any]) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, r.rolname FROM pg_class c, pg_roles r WHERE c.relispartition AND c.relkind = 'r'"
            " AND r.rolname IN ('portal_web', 'portal_signin', 'portal_worker') AND"
            " (has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')"
            " OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE'))"
        )
        open_ones = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'")
        count = cursor.fetchone()[0]
    say(capsys, f"partitions: {count}, reachable without their parent: {len(open_ones)}")
    assert count > 10 and open_ones == []


def test_stacked_statements_with_parameters_are_refused(people: People, signed_in: Enter) -> None:
    with cursor_of("stranger", people, signed_in) as cursor, pytest.raises(DatabaseError, match="multiple commands"):
        cursor.execute("SELECT %s::text; SELECT name FROM residents_resident", ["x"])


def test_nobody_sees_another_sessions_statements(scene: Scene, signed_in: Enter) -> None:
    token = signed_in(scene.people.helanfang_account).session[TOKEN]
    with psycopg.connect(**dsn("portal_web")) as hers, psycopg.connect(**dsn("portal_web")) as other:
        hers.execute("SELECT set_config('app.token', '" + token + "', true), '贺兰芳'")
        watched = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [hers.info.backend_pid]).fetchall()
    assert len(watched) == 1 and token not in str(watched) and "贺兰芳" not in str(watched)


def test_the_watch_cannot_be_switched_on(people: People, signed_in: Enter) -> None:
    with cursor_of("nobody", people, signed_in) as cursor, pytest.raises(DatabaseError, match="track_activities"):
        cursor.execute("SET track_activities = on")


def test_the_backup_login_writes_nothing(scene: Scene) -> None:
    with psycopg.connect(**dsn("portal_backup")) as backup:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            backup.execute("UPDATE residents_resident SET name = 'x'")


def dsn(login: str) -> dict[str, Any]:
    settings = connections["default"].settings_dict
    return {"host": settings["HOST"], "dbname": settings["NAME"], "user": login, "password": PASSWORD}


OPENERS = {
    "a stranger": ("wangjianguo_account", "township"),
    "reception, elsewhere": ("zhangqiantai", "county"),
    "a clinician without a care grant": ("chenyisheng", "county"),
    "an administrator": ("administrator", "bureau"),
    "an editor": ("editor", "township"),
}


@pytest.mark.parametrize("who", OPENERS)
def test_nobody_opens_a_person_without_a_care_grant(who: str, scene: Scene, signed_in: Enter) -> None:
    account, place = (getattr(scene.people, name) for name in OPENERS[who])
    with seeing(signed_in(account).session.get(TOKEN)), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT app.open_person(%s, %s, 'care', 'x', NULL, '')", [scene.people.helanfang.pk, place.pk])
        assert cursor.fetchone() == (None,)


def test_the_control_reception_with_a_care_grant_opens_her(scene: Scene, signed_in: Enter) -> None:
    people = scene.people
    token = signed_in(people.zhangqiantai).session.get(TOKEN)
    with seeing(token), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT app.open_person(%s, %s, 'care', '就诊', NULL, '')", [people.helanfang.pk, people.township.pk]
        )
        assert cursor.fetchone() != (None,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT app.ensure_months('residents_resident', now(), 1)",
        "SELECT app.ensure_months('pg_class', now(), 1)",
        "SELECT app.ensure_months('x\"; DROP TABLE residents_resident; --', now(), 1)",
    ],
)
def test_the_worker_makes_months_of_monthly_tables_only(statement: str, db: None) -> None:
    with pytest.raises(DatabaseError, match="not partitioned by month"), transaction.atomic(using="worker"):
        connections["worker"].cursor().execute(statement)
