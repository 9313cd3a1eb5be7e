from django.db import migrations, models
from django.db.models import PROTECT

from foundation.clock import now
from foundation.keys import uuid7
from foundation.operations import WEB, Guard, at_bureau, own, own_account, staff
from residents.consent_texts import FIRST_TEXTS

# Taking back the consent to delegates ends what family and helpers may do; agreeing anew does not revive it.
WITHDRAWN = f"""
CREATE FUNCTION app.is_proved_for(category text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT app.required_level(category) = 0 OR EXISTS (
    SELECT 1 FROM public.residents_verification v
    WHERE v.account_id = app.account() AND v.level >= app.required_level(category) AND v.revoked_at IS NULL
      AND v.verified_at <= app.clock() AND (v.valid_until IS NULL OR v.valid_until > app.clock())) $$;
GRANT EXECUTE ON FUNCTION app.is_proved_for(text) TO {WEB};
CREATE FUNCTION app.consent_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.id, NEW.resident_id, NEW.purpose, NEW.given_at, NEW.given_by)
     IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.purpose, OLD.given_at, OLD.given_by)
     OR OLD.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'a consent is only ever withdrawn, once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.withdrawn_at IS NOT NULL AND NEW.purpose = 'delegates' THEN
    UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = NEW.withdrawn_by
      WHERE resident_id = NEW.resident_id AND relation <> 'guardian' AND ended_at IS NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_changes BEFORE UPDATE ON public.residents_consent
  FOR EACH ROW EXECUTE FUNCTION app.consent_changes();
CREATE TRIGGER consent_is_never_deleted BEFORE DELETE ON public.residents_consent
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE TRIGGER consent_text_is_never_changed BEFORE UPDATE OR DELETE ON public.residents_consenttext
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_WITHDRAWN = """
DROP TRIGGER consent_text_is_never_changed ON public.residents_consenttext;
DROP TRIGGER consent_is_never_deleted ON public.residents_consent;
DROP TRIGGER consent_changes ON public.residents_consent;
DROP FUNCTION app.consent_changes(), app.is_proved_for(text);
"""


# The answer is told by the database, so that it cannot be forgotten; the question stays as it was asked.
CASES = f"""
CREATE FUNCTION app.case_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.answered_at IS NOT NULL OR (NEW.id, NEW.resident_id, NEW.opened_at, NEW.opened_by, NEW.actor_id,
      NEW.actor_name, NEW.facility_id, NEW.opening_id, NEW.first_at, NEW.last_at, NEW.remark, NEW.due_at)
     IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.opened_at, OLD.opened_by, OLD.actor_id, OLD.actor_name,
      OLD.facility_id, OLD.opening_id, OLD.first_at, OLD.last_at, OLD.remark, OLD.due_at) THEN
    RAISE EXCEPTION 'a case is only ever answered, once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.answered_at IS NOT NULL THEN
    INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
      VALUES (gen_random_uuid(), NEW.resident_id, 'case_answered', NEW.id, app.clock()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER case_changes BEFORE UPDATE ON public.residents_accesscase
  FOR EACH ROW EXECUTE FUNCTION app.case_changes();
CREATE POLICY about_a_case_to_answer ON public.residents_accessevent FOR INSERT TO {WEB}
  WITH CHECK ({own_account("actor_id")} AND EXISTS (
    SELECT 1 FROM public.residents_accesscase c WHERE c.resident_id = residents_accessevent.resident_id));
CREATE POLICY answered_in_ones_own_name ON public.residents_accesscase AS RESTRICTIVE FOR UPDATE TO {WEB}
  WITH CHECK ({own_account("answered_by")});
CREATE TRIGGER case_is_never_deleted BEFORE DELETE ON public.residents_accesscase
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_CASES = """
DROP POLICY about_a_case_to_answer ON public.residents_accessevent;
DROP POLICY answered_in_ones_own_name ON public.residents_accesscase;
DROP TRIGGER case_is_never_deleted ON public.residents_accesscase;
DROP TRIGGER case_changes ON public.residents_accesscase;
DROP FUNCTION app.case_changes();
"""
ANSWERERS = f"{staff('auditor', 'manager')} OR {at_bureau('auditor')}"


def add_first_texts(apps, schema_editor):
    """What is asked from the first day; a county adds later versions on the staff site."""
    texts = apps.get_model("residents", "ConsentText").objects.using(schema_editor.connection.alias)
    for text in FIRST_TEXTS:
        texts.create(version=1, effective_from=now(), **text)


class Migration(migrations.Migration):
    """The first consent texts, and what withdrawing means."""

    dependencies = [("residents", "0012_staff"), ("facilities", "0004_bureau_decides")]

    operations = [
        migrations.CreateModel(
            name="AccessCase",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("opened_at", models.DateTimeField(verbose_name="提出时间")),
                ("opened_by", models.UUIDField(verbose_name="提出人")),
                ("actor_id", models.UUIDField(null=True, verbose_name="被问到的账号")),
                ("actor_name", models.CharField(blank=True, max_length=100, verbose_name="被问到的人")),
                (
                    "capacity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("self", "本人"),
                            ("delegate", "代办人"),
                            ("guardian", "监护人"),
                            ("assisted", "帮办"),
                            ("care", "诊疗服务"),
                            ("emergency", "紧急调阅"),
                            ("counter", "窗口办理"),
                            ("staff", "工作人员"),
                            ("system", "系统"),
                        ],
                        max_length=10,
                        verbose_name="身份",
                    ),
                ),
                ("opening_id", models.UUIDField(null=True)),
                ("first_at", models.DateTimeField(verbose_name="访问从")),
                ("last_at", models.DateTimeField(verbose_name="访问到")),
                ("remark", models.CharField(blank=True, max_length=300, verbose_name="居民说明")),
                ("due_at", models.DateTimeField(verbose_name="应答复时间")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("justified", "正常的服务"), ("mistaken", "误操作"), ("unjustified", "不该查看")],
                        max_length=12,
                        verbose_name="核查结果",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="答复")),
                ("answered_by", models.UUIDField(editable=False, null=True, verbose_name="答复人")),
                (
                    "answered_by_name",
                    models.CharField(blank=True, editable=False, max_length=100, verbose_name="答复人姓名"),
                ),
                ("answered_at", models.DateTimeField(editable=False, null=True, verbose_name="答复时间")),
                (
                    "facility",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="facilities.facility", verbose_name="机构"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(on_delete=PROTECT, related_name="access_cases", to="residents.resident"),
                ),
            ],
            options={
                "verbose_name": "访问疑问",
                "verbose_name_plural": "访问疑问",
                "indexes": [
                    models.Index(condition=models.Q(("answered_at", None)), fields=["due_at"], name="access_case_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resident", "actor_id", "first_at"), name="one_case_per_look", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at", None), ("answered_by", None), ("verdict", "")),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("verdict", ""), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="case_answered_exactly_when_signed_and_worded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_by", None),
                            ("actor_id", None),
                            models.Q(("answered_by", models.F("actor_id")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_answers_for_their_own_look",
                    ),
                ],
            },
        ),
        Guard(
            "residents_accesscase",
            select=[own("identity"), ANSWERERS],
            insert=[f"{own_account('opened_by')} AND {own('identity')} AND answered_at IS NULL"],
            update=[ANSWERERS],
            update_columns=["verdict", "answer", "answered_by", "answered_by_name", "answered_at"],
            worker="SELECT",
        ),
        migrations.RunSQL(CASES, NO_CASES),
        migrations.RunPython(add_first_texts, migrations.RunPython.noop),
        migrations.RunSQL(WITHDRAWN, NO_WITHDRAWN),
    ]
