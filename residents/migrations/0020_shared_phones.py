from importlib import import_module

from django.db import migrations

from foundation.operations import SIGNIN, WEB, as_it_was

two_people, second_look = (
    import_module(f"residents.migrations.{name}") for name in ("0017_two_people", "0019_after_a_second_look")
)


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

# --- the last two at the bureau -----------------------------------------------------------------------------------------
# To open a staff account again takes one of security and one of administration: a missed day must not close them all.
LAST_OF_BUREAU = f"""
CREATE FUNCTION app.is_late(login uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.residents_account a WHERE a.id = login AND a.is_staff AND a.is_active
      AND a.enrol_by < app.clock() AND NOT EXISTS (
        SELECT 1 FROM public.mfa_authenticator f WHERE f.user_id = a.id AND f.type IN ('totp', 'webauthn'))) $$;
COMMENT ON FUNCTION app.is_late(uuid) IS 'Whether a staff account was opened or reset, and not set up in time.';

CREATE FUNCTION app.last_of_bureau() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT ranked.id), '{{}}') FROM (
    SELECT holders.id, row_number() OVER (PARTITION BY holders.role ORDER BY holders.late, holders.id) AS place
    FROM (
      SELECT DISTINCT a.id, m.role, app.is_late(a.id) AS late
      FROM public.facilities_membership m
      JOIN public.facilities_facility f ON f.id = m.facility_id AND f.level = 'bureau'
      JOIN public.residents_account a ON a.id = m.account_id AND a.is_staff AND a.is_active
      WHERE m.role IN ('security', 'administrator') AND m.starts_at <= app.clock()
        AND (m.ended_at IS NULL OR m.ended_at > app.clock())
    ) AS holders
  ) AS ranked WHERE ranked.place <= 2 $$;
COMMENT ON FUNCTION app.last_of_bureau() IS
  'Two active accounts of security and two administrators at the bureau, those first that are set up.';

CREATE FUNCTION app.kept_at_bureau() RETURNS TABLE (called varchar) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT a.name FROM public.residents_account a WHERE app.has_role_at_bureau(ARRAY['administrator', 'security'])
    AND a.id = ANY (app.last_of_bureau()) AND app.is_late(a.id) ORDER BY a.name $$;
COMMENT ON FUNCTION app.kept_at_bureau() IS
  'Who was not set up in time and stays all the same, for the desk of administration and security.';
REVOKE ALL ON FUNCTION app.is_late(uuid), app.last_of_bureau(), app.kept_at_bureau() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.kept_at_bureau() TO {WEB};
"""
NO_LAST_OF_BUREAU = "DROP FUNCTION app.kept_at_bureau(), app.last_of_bureau(), app.is_late(uuid);"
BUREAU = [
    migrations.RunSQL(LAST_OF_BUREAU, NO_LAST_OF_BUREAU),
    changed_again(
        as_it_was(two_people.CLOSE_UNUSED, "close_unused_accounts"),
        ("WITH late AS (", "WITH kept AS MATERIALIZED (SELECT app.last_of_bureau() AS ids), late AS ("),
        (
            "AND f.type IN ('totp', 'webauthn'))",
            """AND f.type IN ('totp', 'webauthn'))
      AND a.id <> ALL ((SELECT ids FROM kept)::uuid[])""",
        ),
    ),
]

# --- a death entered in a village ---------------------------------------------------------------------------------------
# A village clinic has no manager: its township's decide, as they answer for its residents elsewhere.
OWN_PLACES = "app.facilities_for(ARRAY['manager'])"
AND_VILLAGES = f"({OWN_PLACES} || app.catchment(ARRAY['manager']))"
DEATHS = [
    changed_again(as_it_was(two_people.DEATHS[2].sql, "decide_death"), (OWN_PLACES, AND_VILLAGES)),
    changed_again(as_it_was(two_people.WAITING, "waiting_deaths"), (OWN_PLACES, AND_VILLAGES)),
    migrations.RunSQL(
        "COMMENT ON FUNCTION app.waiting_deaths() IS"
        " 'The deaths that wait for the word of a manager of their facility, or of the township above their village.';",
        "COMMENT ON FUNCTION app.waiting_deaths() IS"
        " 'The deaths that wait for the word of a manager of their facility.';",
    ),
]


class Migration(migrations.Migration):
    """Who may read what comes to a phone, whoever has an account; and what one person alone no longer does."""

    dependencies = [("residents", "0019_after_a_second_look")]

    operations = [*PHONES, FIRST, *BUREAU, *DEATHS]
