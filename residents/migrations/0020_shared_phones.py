from importlib import import_module

from django.db import migrations

from foundation.operations import SIGNIN, as_it_was

second_look = import_module("residents.migrations.0019_after_a_second_look")


def changed_again(before: str, *changes: tuple[str, str]) -> migrations.RunSQL:
    """What an earlier migration left, with some of its words changed, each of which must be there once."""
    after = before
    for old, new in changes:
        assert after.count(old) == 1, old
        after = after.replace(old, new)
    return migrations.RunSQL(after, before)


# --- a phone that serves several ----------------------------------------------------------------------------------------
# Whose number a facility noted may read what comes to the phone, with or without an account; as in app.register_person.
IS_SHARED = f"""
CREATE FUNCTION app.is_shared_phone(login uuid, indexes bytea[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_account o
      WHERE o.phone_index = ANY (indexes) AND o.is_active AND o.id <> login)
    OR EXISTS (SELECT 1 FROM public.residents_resident r WHERE r.phone_index = ANY (indexes)
      AND r.deceased_on IS NULL
      AND r.id IS DISTINCT FROM (SELECT a.resident_id FROM public.residents_account a WHERE a.id = login)) $$;
COMMENT ON FUNCTION app.is_shared_phone(uuid, bytea[]) IS
  'Whether a number is another account''s too, or was noted by a facility for another living person.';
REVOKE ALL ON FUNCTION app.is_shared_phone(uuid, bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_shared_phone(uuid, bytea[]) TO {SIGNIN};
"""
OTHER_ACCOUNTS = """AND NOT EXISTS (SELECT 1 FROM public.residents_account o
        WHERE o.phone_index = a.phone_index AND o.is_active AND o.id <> a.id);"""
PHONES = [
    migrations.RunSQL(IS_SHARED, "DROP FUNCTION app.is_shared_phone(uuid, bytea[]);"),
    changed_again(
        as_it_was(second_look.SENT.sql, "spoken_to_phone"),
        (OTHER_ACCOUNTS, "AND NOT app.is_shared_phone(a.id, ARRAY[a.phone_index]);"),
    ),
]

# --- a first account without a card read and without a phone to ring ----------------------------------------------------
# Who may print a slip alone is told on by the phone it rings; where there is none, a colleague has to agree as well.
ACCOUNT_ONLY = "proved < 3 AND EXISTS (SELECT 1 FROM public.residents_account a WHERE a.resident_id = person)"
NOBODY_HEARS = """proved < 3 AND (present.phone_index IS NULL
       OR EXISTS (SELECT 1 FROM public.residents_account a WHERE a.resident_id = person))"""
FIRST = changed_again(second_look.AFTER, (ACCOUNT_ONLY, NOBODY_HEARS))


class Migration(migrations.Migration):
    """Who may read what comes to a phone, whoever has an account; and what one person alone no longer does."""

    dependencies = [("residents", "0019_after_a_second_look")]

    operations = [*PHONES, FIRST]
