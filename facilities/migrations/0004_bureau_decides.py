from django.db import migrations

from foundation.operations import WEB, at_bureau, role

# Who may change a facility's level may make it the bureau, which reaches every facility; and a setting holds for all.
FUNCTION = f"""
CREATE FUNCTION app.has_role_at_bureau(roles text[]) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.facilities_membership m
    JOIN public.facilities_facility f ON f.id = m.facility_id AND f.level = 'bureau'
    JOIN public.residents_account a ON a.id = m.account_id AND a.is_staff
    WHERE m.account_id = app.account() AND m.role = ANY (roles)
      AND m.starts_at <= app.clock() AND (m.ended_at IS NULL OR m.ended_at > app.clock())) $$;
COMMENT ON FUNCTION app.has_role_at_bureau(text[]) IS 'This session''s account holds one of the roles at the health bureau.';
GRANT EXECUTE ON FUNCTION app.has_role_at_bureau(text[]) TO {WEB};
"""


def policies(condition: str) -> str:
    return f"""
ALTER POLICY web_insert ON public.facilities_facility WITH CHECK ({condition});
ALTER POLICY web_update ON public.facilities_facility USING ({condition}) WITH CHECK ({condition});
ALTER POLICY web_insert ON public.foundation_datedsetting WITH CHECK ({condition});
"""


class Migration(migrations.Migration):
    """What is the whole county's, its facilities and its settings, only the bureau's administrators change."""

    dependencies = [("facilities", "0003_guards"), ("residents", "0003_guards")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION app.has_role_at_bureau(text[]);"),
        migrations.RunSQL(policies(at_bureau("administrator")), policies(role("administrator"))),
    ]
