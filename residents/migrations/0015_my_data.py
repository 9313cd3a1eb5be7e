from django.db import migrations, models
from django.db.models import PROTECT

from foundation.keys import uuid7
from foundation.operations import WEB, Guard, at_bureau, own, own_account, staff

CLOSING = f"""
CREATE FUNCTION app.close_own_account(origin inet, request text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
DECLARE
  login uuid := app.account();
  person uuid := app.own_resident();
BEGIN
  IF person IS NULL OR NOT app.proved_recently() THEN RETURN false; END IF;
  PERFORM app.write_identity_event(person, NULL, login, 'residents.closed_account', 'self', origin, request);
  UPDATE public.residents_consent SET withdrawn_at = app.clock(), withdrawn_by = login
    WHERE resident_id = person AND withdrawn_at IS NULL;
  UPDATE public.residents_delegation SET ended_at = app.clock(), ended_by = login
    WHERE ended_at IS NULL AND (delegate_id = person OR (resident_id = person AND relation <> 'guardian'));
  UPDATE public.residents_presencecode SET revoked_at = app.clock() WHERE resident_id = person AND revoked_at IS NULL;
  UPDATE public.residents_verification SET revoked_at = app.clock() WHERE account_id = login AND revoked_at IS NULL;
  UPDATE public.residents_account SET is_active = false WHERE id = login;
  -- A number that was only claimed is free again: nobody keeps others from registering by closing.
  DELETE FROM public.residents_identifier WHERE resident_id = person AND claimed;
  PERFORM app.end_sign_in(login);
  RETURN true;
END $$;
COMMENT ON FUNCTION app.close_own_account(inet, text) IS
  'Ends the account of this session, which must just have proved itself. What facilities keep by law stays with them.';
GRANT EXECUTE ON FUNCTION app.close_own_account(inet, text) TO {WEB};
"""
CORRECTIONS = f"""
CREATE FUNCTION app.correction_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.answered_at IS NOT NULL OR (NEW.id, NEW.resident_id, NEW.facility_id, NEW.subject, NEW.text, NEW.asked_at,
      NEW.asked_by, NEW.due_at) IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.facility_id, OLD.subject, OLD.text,
      OLD.asked_at, OLD.asked_by, OLD.due_at) THEN
    RAISE EXCEPTION 'a correction is only ever answered, once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.answered_at IS NOT NULL THEN
    INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
      VALUES (gen_random_uuid(), NEW.resident_id, 'case_answered', NEW.id, app.clock()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER correction_changes BEFORE UPDATE ON public.residents_correction
  FOR EACH ROW EXECUTE FUNCTION app.correction_changes();
CREATE POLICY answered_in_ones_own_name ON public.residents_correction AS RESTRICTIVE FOR UPDATE TO {WEB}
  WITH CHECK ({own_account("answered_by")});
CREATE TRIGGER correction_is_never_deleted BEFORE DELETE ON public.residents_correction
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE POLICY about_a_correction_to_answer ON public.residents_accessevent FOR INSERT TO {WEB}
  WITH CHECK ({own_account("actor_id")} AND EXISTS (
    SELECT 1 FROM public.residents_correction c WHERE c.resident_id = residents_accessevent.resident_id));
"""
NO_CORRECTIONS = """
DROP POLICY about_a_correction_to_answer ON public.residents_accessevent;
DROP POLICY answered_in_ones_own_name ON public.residents_correction;
DROP TRIGGER correction_is_never_deleted ON public.residents_correction;
DROP TRIGGER correction_changes ON public.residents_correction;
DROP FUNCTION app.correction_changes();
"""
ANSWERERS = f"{staff('reception', 'manager')} OR {at_bureau('manager')}"


class Migration(migrations.Migration):
    """What is wrong, corrected; and the account, closed."""

    dependencies = [("residents", "0014_housekeeping"), ("facilities", "0004_bureau_decides")]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("name", "姓名"),
                            ("document", "证件号码"),
                            ("birth", "出生日期或性别"),
                            ("phone", "手机号"),
                            ("address", "住址或建档机构"),
                            ("record", "健康档案里的内容"),
                            ("result", "检查检验结果"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="哪里不对",
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="说明")),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("asked_by", models.UUIDField(verbose_name="提出人")),
                ("due_at", models.DateTimeField(verbose_name="应答复时间")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("corrected", "已更正"),
                            ("kept", "核实无误，未更正"),
                            ("referred", "请带证件到窗口办理"),
                        ],
                        max_length=10,
                        verbose_name="处理结果",
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
                        on_delete=PROTECT, related_name="+", to="facilities.facility", verbose_name="受理机构"
                    ),
                ),
                ("resident", models.ForeignKey(on_delete=PROTECT, related_name="corrections", to="residents.resident")),
            ],
            options={
                "verbose_name": "更正申请",
                "verbose_name_plural": "更正申请",
                "indexes": [
                    models.Index(
                        condition=models.Q(("answered_at", None)), fields=["facility", "due_at"], name="correction_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="correction_says_what_is_wrong"
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
                        name="correction_answered_exactly_when_signed_and_worded",
                    ),
                ],
            },
        ),
        Guard(
            "residents_correction",
            select=[own("identity"), ANSWERERS],
            insert=[f"{own_account('asked_by')} AND {own('identity')} AND answered_at IS NULL"],
            update=[ANSWERERS],
            update_columns=["verdict", "answer", "answered_by", "answered_by_name", "answered_at"],
            worker="SELECT",
        ),
        migrations.RunSQL(CORRECTIONS, NO_CORRECTIONS),
        migrations.RunSQL(CLOSING, "DROP FUNCTION app.close_own_account(inet, text);"),
    ]
