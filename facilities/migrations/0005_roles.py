from django.db import migrations, models

from foundation.operations import WEB, own_account, staff

ROLES = [
    ("administrator", "系统管理员"),
    ("security", "安全管理员"),
    ("auditor", "审计员"),
    ("manager", "机构负责人"),
    ("reception", "窗口人员"),
    ("clinician", "医生"),
    ("village_doctor", "村医"),
    ("public_health", "公卫人员"),
    ("editor", "宣教编辑"),
    ("reviewer", "医学审核"),
    ("engineer", "接口工程师"),
]

# Administration, security and audit are three persons' work (GB/T 22239-2019, level 3), and a role that ended was held:
# it is given anew, never brought back. Both hold for every login, the owner's imports included.
RULES = """
CREATE FUNCTION app.membership_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at <= app.clock() AND NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
    RAISE EXCEPTION 'a_role_that_ended_stays_ended'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_role_that_ended_stays_ended';
  END IF;
  IF NEW.role IN ('administrator', 'security', 'auditor') THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('facilities.separate_roles:' || NEW.account_id::text, 0));
    IF EXISTS (
      SELECT 1 FROM public.facilities_membership m
      WHERE m.account_id = NEW.account_id AND m.id <> NEW.id AND m.role <> NEW.role
        AND m.role IN ('administrator', 'security', 'auditor')
        AND tstzrange(m.starts_at, CASE WHEN m.ended_at IS NOT NULL THEN greatest(m.starts_at, m.ended_at) END)
         && tstzrange(NEW.starts_at, CASE WHEN NEW.ended_at IS NOT NULL THEN greatest(NEW.starts_at, NEW.ended_at) END)
    ) THEN
      RAISE EXCEPTION 'administration_security_and_audit_are_separate'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'administration_security_and_audit_are_separate';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER membership_rules BEFORE INSERT OR UPDATE ON public.facilities_membership
  FOR EACH ROW EXECUTE FUNCTION app.membership_rules();
"""
NO_RULES = """
DROP TRIGGER membership_rules ON public.facilities_membership;
DROP FUNCTION app.membership_rules();
"""

# Where somebody works themselves: the bureau reaches every facility's desk, but has no patients of its own.
WORKPLACES = f"""
CREATE FUNCTION app.workplaces(roles text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(DISTINCT m.facility_id), '{{}}') FROM public.facilities_membership m
  JOIN public.residents_account a ON a.id = m.account_id AND a.is_staff
  WHERE m.account_id = app.account() AND m.role = ANY (roles) AND app.has_second_factor()
    AND m.starts_at <= app.clock() AND (m.ended_at IS NULL OR m.ended_at > app.clock()) $$;
COMMENT ON FUNCTION app.workplaces(text[]) IS
  'The facilities where this session''s account itself holds one of the roles; the bureau reaches no further here.';

CREATE FUNCTION app.catchment(roles text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(f.id), '{{}}') FROM public.facilities_facility f, app.workplaces(roles) AS mine
  WHERE f.id = ANY (mine) OR (f.level = 'village' AND f.parent_id = ANY (mine)) $$;
COMMENT ON FUNCTION app.catchment(text[]) IS
  'The facilities whose registered residents this session may see listed: its workplaces, and the villages under them.';

GRANT EXECUTE ON FUNCTION app.workplaces(text[]), app.catchment(text[]) TO {WEB};
"""

# A role can be ended, never rewritten. Taking away needs one person; giving is decided in residents, migration 0012.
ENDERS = " OR ".join(
    [
        staff("administrator", "security"),
        f"({staff('manager')} AND role NOT IN ('administrator', 'security', 'auditor'))",
    ]
)
RIGHTS = f"""
ALTER POLICY web_select ON public.facilities_membership
  USING ({own_account()} OR {staff("administrator", "security", "manager", "auditor")});
ALTER POLICY web_update ON public.facilities_membership USING ({ENDERS}) WITH CHECK ({ENDERS});
REVOKE UPDATE ON public.facilities_membership FROM {WEB};
GRANT UPDATE (ended_at) ON public.facilities_membership TO {WEB};
"""
NO_RIGHTS = f"""
REVOKE UPDATE (ended_at) ON public.facilities_membership FROM {WEB};
GRANT UPDATE ON public.facilities_membership TO {WEB};
ALTER POLICY web_update ON public.facilities_membership
  USING ({staff("administrator")}) WITH CHECK ({staff("administrator")});
ALTER POLICY web_select ON public.facilities_membership
  USING ({own_account()} OR {staff("administrator", "manager", "auditor")});
"""


class Migration(migrations.Migration):
    """Public-health workers and security administrators; three roles that one person never holds together."""

    dependencies = [("facilities", "0004_bureau_decides"), ("residents", "0005_whom_you_act_for")]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(choices=ROLES, max_length=20, verbose_name="角色"),
        ),
        migrations.RunSQL(RULES, NO_RULES),
        migrations.RunSQL(WORKPLACES, "DROP FUNCTION app.catchment(text[]), app.workplaces(text[]);"),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
