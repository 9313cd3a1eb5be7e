from django.db import migrations

from foundation.operations import WORKER

# Sessions are behind the sign-in connection and messages are never deleted by the worker: it may clear away what is
# over, in small pieces, and nothing else of either.
FUNCTIONS = f"""
CREATE FUNCTION app.clear_expired_sessions(most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH over AS (
    SELECT key_hash FROM public.residents_accountsession WHERE expires_at < app.clock()
    LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
  ), cleared AS (
    DELETE FROM public.residents_accountsession s USING over WHERE s.key_hash = over.key_hash RETURNING 1
  )
  SELECT count(*) FROM cleared $$;
COMMENT ON FUNCTION app.clear_expired_sessions(integer) IS
  'Delete at most so many sessions that have ended; nobody can be signed in by them any more.';

CREATE FUNCTION app.clear_old_deliveries(most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH over AS (
    SELECT id FROM public.residents_delivery
    WHERE status <> 'waiting' AND created_at < app.clock() - make_interval(days =>
      greatest(coalesce((app.setting('messages.keep_days') #>> '{{}}')::integer, 180), 30))
    LIMIT least(greatest(most, 0), 10000) FOR UPDATE SKIP LOCKED
  ), cleared AS (
    DELETE FROM public.residents_delivery d USING over WHERE d.id = over.id RETURNING 1
  )
  SELECT count(*) FROM cleared $$;
COMMENT ON FUNCTION app.clear_old_deliveries(integer) IS
  'Delete at most so many messages that were dealt with longer ago than the setting messages.keep_days says.';

REVOKE ALL ON FUNCTION app.clear_expired_sessions(integer), app.clear_old_deliveries(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.clear_expired_sessions(integer), app.clear_old_deliveries(integer) TO {WORKER};
"""
UNDO = "DROP FUNCTION app.clear_old_deliveries(integer), app.clear_expired_sessions(integer);"


class Migration(migrations.Migration):
    """What the worker may clear away."""

    dependencies = [("residents", "0013_consent")]

    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
