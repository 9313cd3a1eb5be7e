from django.db import migrations, models
from django.db.models import PROTECT

from foundation.keys import uuid7
from foundation.operations import WEB, Guard, at_bureau, own, own_account, staff

KINDS = (
    *("report", "observation", "encounter", "condition", "medication", "allergy", "immunization", "procedure"),
    *("examination", "followup", "document"),
)
ANSWERERS = staff("manager", "clinician", "public_health")
DECIDERS = at_bureau("manager")
OWN = f"((category = 'records' AND {own('records')}) OR (category = 'results' AND {own('results')}))"
# Where the entry comes from is copied from the entry, so that nobody can put a question before another facility.
RULES = f"""
CREATE FUNCTION app.dispute_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  entry record;
BEGIN
  IF NEW.kind <> ALL (ARRAY['{"','".join(KINDS)}'])
     OR (NEW.kind = 'report') <> (NEW.category = 'results') THEN
    RAISE EXCEPTION 'nothing of that kind can be contested' USING ERRCODE = 'restrict_violation';
  END IF;
  EXECUTE format('SELECT source_id, identifier, facility_id, facility_name, occurred_at FROM public.%I
    WHERE id = $1 AND resident_id = $2 AND sensitivity < 5 AND release = ''released'' AND left_at IS NULL
      AND withdrawn_at IS NULL AND superseded_at IS NULL', 'records_' || NEW.kind)
    INTO entry USING NEW.subject_id, NEW.resident_id;
  IF entry.source_id IS NULL THEN
    RAISE EXCEPTION 'only an entry of the person that can be read is contested' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.source_id := entry.source_id;
  NEW.identifier := entry.identifier;
  NEW.facility_id := entry.facility_id;
  NEW.facility_name := entry.facility_name;
  NEW.occurred_at := entry.occurred_at;
  NEW.asked_at := app.clock();
  RETURN NEW;
END $$;
CREATE TRIGGER dispute_asked BEFORE INSERT ON public.records_dispute
  FOR EACH ROW EXECUTE FUNCTION app.dispute_asked();

CREATE FUNCTION app.dispute_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.id, NEW.resident_id, NEW.category, NEW.kind, NEW.subject_id, NEW.title, NEW.source_id, NEW.identifier,
      NEW.facility_id, NEW.facility_name, NEW.occurred_at, NEW.reason, NEW.words, NEW.asked_at, NEW.asked_by,
      NEW.due_at)
     IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.category, OLD.kind, OLD.subject_id, OLD.title, OLD.source_id,
      OLD.identifier, OLD.facility_id, OLD.facility_name, OLD.occurred_at, OLD.reason, OLD.words, OLD.asked_at,
      OLD.asked_by, OLD.due_at) THEN
    RAISE EXCEPTION 'what was asked stays as it was asked' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.answered_at IS NOT NULL AND (NEW.verdict, NEW.answer, NEW.answered_by, NEW.answered_by_name, NEW.answered_at)
      IS DISTINCT FROM (OLD.verdict, OLD.answer, OLD.answered_by, OLD.answered_by_name, OLD.answered_at)
    OR OLD.objected_at IS NOT NULL AND (NEW.objection, NEW.objected_at)
      IS DISTINCT FROM (OLD.objection, OLD.objected_at)
    OR OLD.final_at IS NOT NULL THEN
    RAISE EXCEPTION 'a dispute is answered once, objected to once, and decided once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF session_user = '{WEB}' THEN
    -- One step at a time, each by whom it belongs to, at the database's own time and under the own name.
    IF OLD.answered_at IS NULL THEN
      IF NEW.answered_at IS NULL OR NEW.objected_at IS NOT NULL OR NEW.final_at IS NOT NULL
         OR NOT OLD.facility_id = ANY (app.facilities_for(ARRAY['manager','clinician','public_health']))
         OR app.has_role_at_bureau(ARRAY['manager','clinician','public_health']) THEN
        RAISE EXCEPTION 'the facility answers first' USING ERRCODE = 'insufficient_privilege';
      END IF;
      NEW.answered_by := app.account(); NEW.answered_by_name := app.own_name(); NEW.answered_at := app.clock();
    ELSIF OLD.objected_at IS NULL THEN
      IF NEW.objected_at IS NULL OR NEW.final_at IS NOT NULL
         OR NOT OLD.resident_id = ANY (app.residents_for(OLD.category)) THEN
        RAISE EXCEPTION 'the resident objects' USING ERRCODE = 'insufficient_privilege';
      END IF;
      NEW.objected_at := app.clock();
    ELSE
      IF NEW.final_at IS NULL OR NOT app.has_role_at_bureau(ARRAY['manager']) THEN
        RAISE EXCEPTION 'the county decides last' USING ERRCODE = 'insufficient_privilege';
      END IF;
      NEW.final_by := app.account(); NEW.final_by_name := app.own_name(); NEW.final_at := app.clock();
    END IF;
  END IF;
  IF NEW.answered_at IS DISTINCT FROM OLD.answered_at OR NEW.final_at IS DISTINCT FROM OLD.final_at THEN
    INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
      VALUES (gen_random_uuid(), NEW.resident_id, 'dispute_answered',
        CASE WHEN NEW.final_at IS NULL THEN NEW.id ELSE gen_random_uuid() END, app.clock()) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER dispute_changes BEFORE UPDATE ON public.records_dispute
  FOR EACH ROW EXECUTE FUNCTION app.dispute_changes();
CREATE TRIGGER dispute_is_never_deleted BEFORE DELETE ON public.records_dispute
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
CREATE POLICY about_a_dispute_to_answer ON public.residents_accessevent FOR INSERT TO {WEB}
  WITH CHECK ({own_account("actor_id")} AND EXISTS (
    SELECT 1 FROM public.records_dispute d WHERE d.resident_id = residents_accessevent.resident_id));
"""
NO_RULES = """
DROP POLICY about_a_dispute_to_answer ON public.residents_accessevent;
DROP TRIGGER dispute_is_never_deleted ON public.records_dispute;
DROP TRIGGER dispute_changes ON public.records_dispute;
DROP TRIGGER dispute_asked ON public.records_dispute;
DROP FUNCTION app.dispute_changes(), app.dispute_asked();
"""

Q = models.Q
CONSTRAINTS = [
    models.UniqueConstraint(
        name="one_dispute_per_entry_at_a_time",
        fields=["resident", "source", "kind", "identifier"],
        condition=Q(answered_at=None) | (~Q(objection="") & Q(final_at=None)),
    ),
    models.CheckConstraint(name="dispute_of_a_known_category", condition=Q(category__in=["records", "results"])),
    models.CheckConstraint(name="dispute_says_what_is_wrong", condition=~Q(reason="wrong") | ~Q(words="")),
    models.CheckConstraint(
        name="dispute_answered_exactly_when_signed_and_worded",
        condition=Q(answered_at=None, answered_by=None, verdict="", answer="")
        | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(verdict="") & ~Q(answer="")),
    ),
    models.CheckConstraint(
        name="dispute_objected_to_only_after_an_answer",
        condition=Q(objection="", objected_at=None) | (Q(objected_at__isnull=False, verdict="kept") & ~Q(objection="")),
    ),
    models.CheckConstraint(
        name="dispute_decided_exactly_when_signed_and_worded",
        condition=Q(final_at=None, final_by=None, final_verdict="", final_answer="")
        | (
            Q(final_at__isnull=False, final_by__isnull=False, objected_at__isnull=False)
            & ~Q(final_verdict="")
            & ~Q(final_answer="")
        ),
    ),
    models.CheckConstraint(
        name="dispute_decided_by_another_than_answered",
        condition=Q(final_by=None) | ~Q(final_by=models.F("answered_by")),
    ),
]
VERDICTS = [("corrected", "已更正或撤回"), ("kept", "核实无误，未更改")]


class Migration(migrations.Migration):
    """What a resident says is wrong about an entry, and what is answered."""

    dependencies = [
        ("records", "0015_recognition_and_shares"),
        ("residents", "0025_disputes"),
        ("exchange", "0026_programmes"),
        ("facilities", "0005_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("category", models.CharField(max_length=10)),
                ("kind", models.CharField(max_length=20, verbose_name="条目类别")),
                ("subject_id", models.UUIDField(editable=False)),
                ("title", models.CharField(max_length=300, verbose_name="条目")),
                ("identifier", models.CharField(editable=False, max_length=200, verbose_name="机构内编号")),
                ("facility_name", models.CharField(max_length=100, verbose_name="机构名称")),
                ("occurred_at", models.DateTimeField(null=True, verbose_name="发生时间")),
                (
                    "reason",
                    models.CharField(
                        choices=[("not_mine", "这不是我的"), ("not_done", "我没做过这项服务"), ("wrong", "内容有误")],
                        max_length=10,
                        verbose_name="异议",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="居民的说明")),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("asked_by", models.UUIDField(editable=False, verbose_name="提出人")),
                ("due_at", models.DateTimeField(verbose_name="应答复时间")),
                ("verdict", models.CharField(blank=True, choices=VERDICTS, max_length=10, verbose_name="核实结果")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="机构的答复")),
                ("answered_by", models.UUIDField(editable=False, null=True, verbose_name="答复人")),
                (
                    "answered_by_name",
                    models.CharField(blank=True, editable=False, max_length=100, verbose_name="答复人姓名"),
                ),
                ("answered_at", models.DateTimeField(editable=False, null=True, verbose_name="答复时间")),
                ("objection", models.CharField(blank=True, max_length=500, verbose_name="居民不同意的理由")),
                ("objected_at", models.DateTimeField(editable=False, null=True, verbose_name="申请复核时间")),
                (
                    "final_verdict",
                    models.CharField(blank=True, choices=VERDICTS, max_length=10, verbose_name="复核结果"),
                ),
                ("final_answer", models.CharField(blank=True, max_length=500, verbose_name="县里的答复")),
                ("final_by", models.UUIDField(editable=False, null=True, verbose_name="复核人")),
                (
                    "final_by_name",
                    models.CharField(blank=True, editable=False, max_length=100, verbose_name="复核人姓名"),
                ),
                ("final_at", models.DateTimeField(editable=False, null=True, verbose_name="复核时间")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="+", to="facilities.facility", verbose_name="上传机构"
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="+", to="residents.resident", verbose_name="居民"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(editable=False, on_delete=PROTECT, related_name="+", to="exchange.source"),
                ),
            ],
            options={
                "verbose_name": "档案异议",
                "verbose_name_plural": "档案异议",
                "indexes": [
                    models.Index(
                        condition=models.Q(("answered_at", None)),
                        fields=["facility", "due_at"],
                        name="dispute_unanswered",
                    ),
                    models.Index(
                        condition=models.Q(("final_at", None), models.Q(("objection", ""), _negated=True)),
                        fields=["due_at"],
                        name="dispute_to_review",
                    ),
                ],
                "constraints": CONSTRAINTS,
            },
        ),
        Guard(
            "records_dispute",
            select=[OWN, ANSWERERS, f"({DECIDERS} AND (objected_at IS NOT NULL OR due_at < app.clock()))"],
            insert=[f"{own_account('asked_by')} AND {OWN} AND answered_at IS NULL AND objected_at IS NULL"],
            update=[OWN, ANSWERERS, DECIDERS],
            update_columns=[
                *["verdict", "answer", "answered_by", "answered_by_name", "answered_at", "objection", "objected_at"],
                *["final_verdict", "final_answer", "final_by", "final_by_name", "final_at"],
            ],
            worker="SELECT",
        ),
        migrations.RunSQL(RULES, NO_RULES),
    ]
