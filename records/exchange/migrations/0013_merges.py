from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

import foundation.keys
from foundation.operations import WEB, Guard, as_it_was, staff

DESK = import_module("records.exchange.migrations.0008_desk")
SETTLERS, AT = DESK.SETTLERS, DESK.AT
QUESTIONS = [
    ("differs", "身份证号码相同，姓名、性别或出生日期不同"),
    ("reused", "机构的患者编号原来对应另一位居民"),
    ("contradicts", "性别或出生日期与身份证号码中的不一致"),
    ("several", "同一位患者有多个不同的身份证号码"),
    ("unnamed", "只有身份证号码相同，没有姓名或姓名不同"),
    ("local", "没有身份证号码，患者编号相同，姓名、性别或出生日期不同"),
    ("newborn", "新生儿用了别人的身份证号码或患者编号"),
    ("merged", "机构合并的两个患者编号对应不同的居民"),
]
REASONS = [
    ("unreadable", "内容无法读取"),
    ("incomplete", "缺少必需内容"),
    ("unknown_subject", "尚未收到该患者的信息"),
    ("no_identifier", "没有身份证号码"),
    ("newborn", "新生儿尚无身份证号"),
    ("bad_identifier", "身份证号码不正确"),
    ("identity_conflict", "身份信息不一致"),
    ("implausible_time", "时间不合理"),
    ("repeated_failure", "多次处理失败"),
]

# Where two numbers are merged there are two residents: each look at the case is in the log of both, and whoever is
# either of them settles nothing.
READ = as_it_was(DESK.DOORS, "read_identity")
READ_BOTH = (
    READ.replace("  person uuid;", "  person uuid;\n  another uuid;")
    .replace("SELECT f.resident_id INTO person FROM", "SELECT f.resident_id, f.other_id INTO person, another FROM")
    .replace(
        "'exchange.read_identity', origin, request);",
        "'exchange.read_identity', origin, request);\n  IF another IS NOT NULL THEN\n"
        "    PERFORM app.write_identity_event(asked, another, 'exchange.read_identity', origin, request);\n  END IF;",
    )
)
SETTLE = as_it_was(DESK.DOORS, "settle_identity")
SETTLE_BOTH = (
    SETTLE.replace("  person uuid;", "  person uuid;\n  another uuid;")
    .replace("SELECT f.resident_id INTO person FROM", "SELECT f.resident_id, f.other_id INTO person, another FROM")
    .replace(
        "IF person = app.own_resident() OR app.is_namesake(person) THEN",
        "IF person = app.own_resident() OR app.is_namesake(person)\n"
        "     OR another = app.own_resident() OR app.is_namesake(another) THEN",
    )
    .replace(
        "ELSE 'undid' END || '_identity', origin, request);",
        "ELSE 'undid' END || '_identity', origin, request);\n  IF another IS NOT NULL THEN\n"
        "    PERFORM app.write_identity_event(asked, another, 'exchange.' || CASE word WHEN 'same' THEN 'linked'\n"
        "      WHEN 'different' THEN 'parted' ELSE 'undid' END || '_identity', origin, request);\n  END IF;",
    )
)

# A merge that nobody had to settle is undone through this door; what people settled is undone where they settled it.
UNDO = f"""
CREATE FUNCTION app.undo_merge(which uuid, why text, origin inet, request text)
  RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  asked public.exchange_patientmerge;
  person uuid;
BEGIN
  SELECT m.* INTO asked FROM public.exchange_patientmerge m
    WHERE m.id = which AND m.facility_id = ANY (app.facilities_for({AT})) FOR UPDATE;
  IF asked.id IS NULL THEN RETURN NULL; END IF;
  SELECT p.resident_id INTO person FROM public.exchange_sourcepatient p
    WHERE p.source_id = asked.source_id AND p.identifier = asked.old AND p.unlinked_at IS NULL;
  IF person = app.own_resident() OR app.is_namesake(person) THEN RETURN 'own'; END IF;
  IF char_length(btrim(why)) NOT BETWEEN 2 AND 200 THEN RETURN 'reason'; END IF;
  IF asked.undone_at IS NOT NULL OR asked.case_id IS NOT NULL THEN RETURN 'late'; END IF;
  UPDATE public.exchange_patientmerge m SET undone_at = app.clock(), undone_by = a.name, reason = btrim(why)
    FROM public.residents_account a WHERE m.id = which AND a.id = app.account();
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
  SELECT app.clock(), gen_random_uuid(), a.id, a.name, person, asked.facility_id, 'exchange.undid_merge',
    'exchange.patientmerge', which::text, '', 'staff', NULL, origin, left(request, 16)
  FROM public.residents_account a WHERE a.id = app.account();
  RETURN 'done';
END $$;
COMMENT ON FUNCTION app.undo_merge(uuid, text, inet, text) IS
  'Undo the merge of two patient numbers that nobody settled: done, late, own, reason; NULL for nobody''s.';
REVOKE ALL ON FUNCTION app.undo_merge(uuid, text, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.undo_merge(uuid, text, inet, text) TO {WEB};
"""
NO_UNDO = "DROP FUNCTION app.undo_merge(uuid, text, inet, text);"


def _merge_key() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="exchange.patientmerge",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0014_folds"),
        ("facilities", "0005_roles"),
        ("residents", "0018_the_door"),
    ]

    operations = [
        migrations.AlterField(
            model_name="held",
            name="reason",
            field=models.CharField(choices=REASONS, max_length=30, verbose_name="原因"),
        ),
        migrations.AlterField(
            model_name="identitycase",
            name="question",
            field=models.CharField(choices=QUESTIONS, max_length=20, verbose_name="问题"),
        ),
        migrations.AddField(
            model_name="identitycase",
            name="into",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="保留的患者编号"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identityfacts",
            name="other",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="residents.resident",
            ),
        ),
        migrations.CreateModel(
            name="PatientMerge",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("old", models.CharField(max_length=200, verbose_name="停用的患者编号")),
                ("new", models.CharField(max_length=200, verbose_name="保留的患者编号")),
                ("merged_at", models.DateTimeField(verbose_name="合并时间")),
                ("merged_by", models.CharField(blank=True, max_length=100, verbose_name="合并人")),
                ("key_id", models.UUIDField(null=True)),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                ("undone_by", models.CharField(blank=True, max_length=100, verbose_name="撤销人")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                ("undone_key_id", models.UUIDField(null=True)),
                ("carried_out_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
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
                "verbose_name": "患者编号合并",
                "verbose_name_plural": "患者编号合并",
                "ordering": ["-merged_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=Q(("undone_at__isnull", True)), fields=["source", "new"], name="merge_by_new"
                    ),
                    models.Index(fields=["facility", "-merged_at"], name="merge_by_facility"),
                    models.Index(
                        condition=Q(("carried_out_at__isnull", True), ("undone_at__isnull", False)),
                        fields=["id"],
                        name="merge_to_carry_out",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("undone_at__isnull", True)),
                        fields=("source", "old"),
                        name="number_is_merged_into_one",
                    ),
                    models.CheckConstraint(condition=~Q(old=F("new")), name="merge_names_two_numbers"),
                ],
            },
        ),
        migrations.AddField(model_name="sourcepatient", name="made_by", field=_merge_key()),
        migrations.AddField(model_name="sourcepatient", name="ended_by", field=_merge_key()),
        migrations.AddField(
            model_name="sourcepatient",
            name="via",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="joined",
                to="exchange.sourcepatient",
            ),
        ),
        migrations.AddIndex(
            model_name="sourcepatient",
            index=models.Index(
                F("source"),
                Func(F("identifier"), Value("."), Value(-1), function="split_part"),
                condition=Q(("unlinked_at__isnull", True)),
                name="patient_by_bare_number",
            ),
        ),
        migrations.AddIndex(
            model_name="sourcepatient",
            index=models.Index(condition=Q(("via__isnull", False)), fields=["via"], name="patient_joined"),
        ),
        Guard("exchange_patientmerge", select=[staff(*SETTLERS)]),
        migrations.RunSQL(READ_BOTH, READ),
        migrations.RunSQL(SETTLE_BOTH, SETTLE),
        migrations.RunSQL(UNDO, NO_UNDO),
    ]
