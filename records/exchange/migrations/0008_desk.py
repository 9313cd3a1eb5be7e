import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
from foundation.operations import WEB, Guard, staff

# Who may say whose record it is (docs/adr/0017): people of the facility who may know identities.
SETTLERS = ("reception", "manager", "public_health")
AT = "ARRAY['reception', 'manager', 'public_health']"

# Both sides are read, and a decision is made, through one function each: neither goes unwritten. The person registered
# is asked for by the case alone, so nobody reads another one this way.
DOORS = f"""
CREATE FUNCTION app.write_identity_event(asked public.exchange_identitycase, person uuid, deed text, origin inet, request text)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, person, asked.facility_id, deed,
    'exchange.identitycase', asked.id::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account a WHERE a.id = app.account() $$;

CREATE FUNCTION app.read_identity(which uuid, origin inet, request text)
  RETURNS TABLE (said bytea, name varchar, sex varchar, birth_date date, waiting bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_identitycase;
  person uuid;
BEGIN
  SELECT c.* INTO asked FROM public.exchange_identitycase c
    WHERE c.id = which AND c.facility_id = ANY (app.facilities_for({AT}));
  IF asked.id IS NULL THEN RETURN; END IF;
  SELECT f.resident_id INTO person FROM public.exchange_identityfacts f WHERE f.case_id = which;
  PERFORM app.write_identity_event(asked, person, 'exchange.read_identity', origin, request);
  RETURN QUERY SELECT f.said, r.name, r.sex, r.birth_date,
    (SELECT count(*) FROM public.exchange_held h WHERE h.source_id = asked.source_id
       AND h.subject_reference = 'case:' || which::text AND h.resolved_at IS NULL)
    FROM public.exchange_identityfacts f LEFT JOIN public.residents_resident r ON r.id = f.resident_id
    WHERE f.case_id = which;
END $$;
COMMENT ON FUNCTION app.read_identity(uuid, inet, text) IS
  'What messages say of a person (sealed) beside who is registered, for who settles it at the facility; written down.';

CREATE FUNCTION app.settle_identity(which uuid, word text, why text, seen integer, origin inet, request text)
  RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_identitycase;
  person uuid;
  made integer;
BEGIN
  SELECT c.* INTO asked FROM public.exchange_identitycase c
    WHERE c.id = which AND c.facility_id = ANY (app.facilities_for({AT})) FOR UPDATE;
  IF asked.id IS NULL THEN RETURN NULL; END IF;
  SELECT f.resident_id INTO person FROM public.exchange_identityfacts f WHERE f.case_id = which;
  IF person = app.own_resident() OR app.is_namesake(person) THEN RETURN 'own'; END IF;
  IF char_length(btrim(why)) NOT BETWEEN 2 AND 200 THEN RETURN 'reason'; END IF;
  SELECT count(*) INTO made FROM public.exchange_identitydecision d WHERE d.case_id = which;
  IF made <> seen OR NOT (CASE word
      WHEN 'same' THEN asked.state = 'open' AND asked.linkable
      WHEN 'different' THEN asked.state = 'open'
      WHEN 'undone' THEN asked.state IN ('same', 'different')
      ELSE false END) THEN
    RETURN 'late';
  END IF;
  INSERT INTO public.exchange_identitydecision
      (id, case_id, facility_id, number, verdict, reason, decided_at, decided_by, decided_name)
    SELECT gen_random_uuid(), which, asked.facility_id, made + 1, word, btrim(why), app.clock(), a.id, a.name
    FROM public.residents_account a WHERE a.id = app.account();
  UPDATE public.exchange_identitycase c SET carried_out_at = NULL,
    state = CASE word WHEN 'undone' THEN 'open' ELSE word END WHERE c.id = which;
  PERFORM app.write_identity_event(asked, person, 'exchange.' || CASE word WHEN 'same' THEN 'linked'
    WHEN 'different' THEN 'parted' ELSE 'undid' END || '_identity', origin, request);
  RETURN 'done';
END $$;
COMMENT ON FUNCTION app.settle_identity(uuid, text, text, integer, inet, text) IS
  'Decide an open case, or undo what was decided, having seen so many decisions: done, late, own, reason; NULL for nobody''s.';
REVOKE ALL ON FUNCTION app.write_identity_event(public.exchange_identitycase, uuid, text, inet, text),
  app.read_identity(uuid, inet, text), app.settle_identity(uuid, text, text, integer, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.read_identity(uuid, inet, text),
  app.settle_identity(uuid, text, text, integer, inet, text) TO {WEB};
CREATE TRIGGER identity_decision_is_never_changed BEFORE UPDATE OR DELETE ON public.exchange_identitydecision
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_DOORS = """
DROP TRIGGER identity_decision_is_never_changed ON public.exchange_identitydecision;
DROP FUNCTION app.settle_identity(uuid, text, text, integer, inet, text), app.read_identity(uuid, inet, text),
  app.write_identity_event(public.exchange_identitycase, uuid, text, inet, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0006_pacs"),
        ("facilities", "0005_roles"),
        ("residents", "0018_the_door"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityCase",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("patient", models.CharField(blank=True, max_length=200, verbose_name="机构的患者编号")),
                (
                    "question",
                    models.CharField(
                        choices=[
                            ("differs", "身份证号码相同，姓名、性别或出生日期不同"),
                            ("reused", "机构的患者编号原来对应另一位居民"),
                            ("contradicts", "性别或出生日期与身份证号码中的不一致"),
                            ("several", "同一位患者有多个不同的身份证号码"),
                            ("unnamed", "只有身份证号码相同，没有姓名或姓名不同"),
                        ],
                        max_length=20,
                        verbose_name="问题",
                    ),
                ),
                ("linkable", models.BooleanField()),
                ("opened_at", models.DateTimeField(verbose_name="提出时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待核对"),
                            ("same", "是同一人，已关联"),
                            ("different", "不是同一人，已退回机构"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("carried_out_at", models.DateTimeField(null=True)),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exchange.source",
                        verbose_name="数据来源",
                    ),
                ),
            ],
            options={
                "verbose_name": "身份核对",
                "verbose_name_plural": "身份核对",
                "ordering": ["-opened_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="IdentityFacts",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="facts",
                        serialize=False,
                        to="exchange.identitycase",
                    ),
                ),
                ("said", foundation.fields.EncryptedTextField()),
                (
                    "resident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "verbose_name": "身份核对的内容",
                "verbose_name_plural": "身份核对的内容",
            },
        ),
        migrations.CreateModel(
            name="IdentityDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("same", "是同一人，关联"),
                            ("different", "不是同一人，退回机构"),
                            ("undone", "撤销上一次的决定"),
                        ],
                        max_length=10,
                        verbose_name="决定",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="依据")),
                ("decided_at", models.DateTimeField(verbose_name="时间")),
                ("decided_by", models.UUIDField()),
                ("decided_name", models.CharField(max_length=100, verbose_name="处理人")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="exchange.identitycase",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="医疗机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "身份核对的决定",
                "verbose_name_plural": "身份核对的决定",
                "ordering": ["number"],
            },
        ),
        migrations.AddIndex(
            model_name="identitycase",
            index=models.Index(fields=["source", "patient"], name="case_by_patient"),
        ),
        migrations.AddIndex(
            model_name="identitycase",
            index=models.Index(fields=["facility", "state", "-opened_at"], name="case_by_facility"),
        ),
        migrations.AddIndex(
            model_name="identitycase",
            index=models.Index(
                condition=models.Q(("carried_out_at__isnull", True)), fields=["id"], name="case_to_carry_out"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitydecision",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="decisions_are_numbered"),
        ),
        Guard("exchange_identitycase", select=[staff(*SETTLERS)]),
        Guard("exchange_identityfacts", worker="SELECT, INSERT"),
        Guard("exchange_identitydecision", select=[staff(*SETTLERS)], worker="SELECT"),
        migrations.RunSQL(DOORS, NO_DOORS),
    ]
