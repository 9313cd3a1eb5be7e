"""Going back over the migrations of the residents' room, and forth again: each undoes exactly what it did."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from portal import testdb

BACK_TO = ("residents", "0004_openings_by_role")
# Everything of the schema that a migration can leave behind: a name, and what it is.
SCHEMA = """
SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
    || ARRAY(SELECT unnest(coalesce(p.proacl, acldefault('f', p.proowner)))::text ORDER BY 1)::text
  FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname = 'app') AND p.prokind = 'f'
UNION ALL SELECT 'policy', tablename || '.' || policyname, concat_ws('; ', permissive, roles, cmd, qual, with_check)
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'table', c.relname, concat_ws('; ', c.relrowsecurity,
    ARRAY(SELECT unnest(coalesce(c.relacl, acldefault('r', c.relowner)))::text ORDER BY 1))
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
UNION ALL SELECT 'column', c.relname || '.' || a.attname, concat_ws('; ', format_type(a.atttypid, a.atttypmod),
    a.attnotnull, a.attacl) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index', indexname, regexp_replace(indexdef, ' ON .* USING', ' USING')
  FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
  FROM pg_trigger WHERE NOT tgisinternal
"""
Schema = dict[tuple[str, str], str]
Change = dict[tuple[str, str], tuple[str | None, str | None]]


@pytest.fixture
def scratch(db: None) -> Iterator[None]:
    """An empty database of this test's own; the aliases come back to the worker's clone afterwards."""
    usual = str(connections["owner"].settings_dict["NAME"])
    name = f"{usual}_back"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(testdb.SUPER, autocommit=True) as server:
        server.execute(drop)
        testdb.clone(server, name)
        testdb.use(name)
        yield
        testdb.use(usual)
        server.execute(drop)


def schema() -> Schema:
    """What stands in the database."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(SCHEMA)
        return {(kind, name): definition for kind, name, definition in cursor.fetchall()}


def different(one: Schema, other: Schema) -> Change:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def migrated(*targets: tuple[str, str]) -> dict[str, Change]:
    """Go there, or to the newest of all; returns what each migration on the way changed."""
    changes: dict[str, Change] = {}
    last = schema()

    def look(action: str, migration: Migration | None = None, fake: bool = False) -> None:
        nonlocal last
        if migration is not None and action.endswith("_success"):
            now = schema()
            changes[str(migration)], last = different(last, now), now

    executor = MigrationExecutor(connections["owner"], look)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    return changes


def test_each_migration_undoes_what_it_did(scratch: None) -> None:
    forth = migrated()
    newest = schema()
    back = migrated(BACK_TO)
    assert "residents.0005_people" in back
    did = {name: forth[name] for name in back}
    undid = {name: {key: pair[::-1] for key, pair in change.items()} for name, change in back.items()}
    troubles = {
        (name, *key): (did[name].get(key), undid[name].get(key))
        for name in back
        for key in different(did[name], undid[name])
    }
    assert sorted(troubles) == []
    migrated()
    assert different(newest, schema()) == {}
