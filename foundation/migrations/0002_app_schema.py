from django.db import migrations

from foundation.operations import BACKUP, SIGNIN, WEB, WORKER

SCHEMA = f"""
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO {WEB}, {SIGNIN}, {WORKER}, {BACKUP};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE SET search_path = pg_catalog
  AS $$ SELECT now() $$;
COMMENT ON FUNCTION app.clock() IS 'The database''s one clock; only the owner of a test database redefines it.';
GRANT EXECUTE ON FUNCTION app.clock() TO {WEB}, {SIGNIN}, {WORKER}, {BACKUP};

CREATE FUNCTION app.ensure_months(parent text, first timestamptz, months integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  start timestamp := date_trunc('month', first AT TIME ZONE 'Asia/Shanghai');
  child text;
  made integer := 0;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
                 WHERE c.relname = parent AND c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r') THEN
    RAISE EXCEPTION '% is not partitioned by month', parent;
  END IF;
  FOR n IN 0 .. months - 1 LOOP
    child := parent || to_char(start + make_interval(months => n), '_YYYYMM');
    IF to_regclass('public.' || quote_ident(child)) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)', child, parent,
        (start + make_interval(months => n)) AT TIME ZONE 'Asia/Shanghai',
        (start + make_interval(months => n + 1)) AT TIME ZONE 'Asia/Shanghai');
      -- Monthly tables are append-only, and unlike row triggers those of TRUNCATE do not reach a partition.
      EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.%I EXECUTE FUNCTION app.refuse()', child);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
GRANT EXECUTE ON FUNCTION app.ensure_months(text, timestamptz, integer) TO {WORKER};

CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '% on %: rows of this table are never changed or deleted', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION app.setting(wanted text) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$ SELECT value FROM public.foundation_datedsetting WHERE key = wanted AND valid_from <= app.clock()
        ORDER BY valid_from DESC LIMIT 1 $$;

CREATE UNLOGGED TABLE public.django_cache (
  cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX django_cache_expires ON public.django_cache (expires);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.django_cache TO {SIGNIN}, {WORKER};
"""

UNDO = """
DROP TABLE public.django_cache;
DROP SCHEMA app CASCADE;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]

    operations = [migrations.RunSQL(SCHEMA, UNDO)]
