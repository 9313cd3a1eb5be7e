import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own

# The web login reads no source. Of a study that the session may see, it learns where its pictures are asked for.
WHERE = f"""
CREATE FUNCTION app.picture_source(study uuid)
  RETURNS TABLE (address varchar, allowed_hosts varchar[], credential varchar, viewer jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.address, s.allowed_hosts, s.credential, coalesce(s.options -> 'viewer', '{{}}'::jsonb)
  FROM public.records_imagingstudy i JOIN public.exchange_source s ON s.id = i.source_id
  WHERE i.id = study AND i.superseded_at IS NULL AND i.withdrawn_at IS NULL AND i.release = 'released'
    AND i.resident_id = ANY (app.residents_for('results')) AND i.sensitivity < 5
    AND s.kind = 'dicomweb' AND s.state = 'enabled' $$;
COMMENT ON FUNCTION app.picture_source(uuid) IS
  'Where the pictures of a study are, for a session that may see the study; the secret itself is not in the database.';
REVOKE ALL ON FUNCTION app.picture_source(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.picture_source(uuid) TO {WEB};
"""
SPECIAL = f"""CREATE POLICY special_only_to_oneself ON public.records_imagingstudy AS RESTRICTIVE FOR SELECT TO {WEB}
  USING (sensitivity < 5 OR resident_id = (SELECT app.own_resident()))"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0006_pacs"),
        ("facilities", "0005_roles"),
        ("records", "0005_results_by_their_own_consent"),
        ("residents", "0018_the_door"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImagingStudy",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("facility_name", models.CharField(max_length=100, verbose_name="机构名称")),
                ("identifier", models.CharField(max_length=200)),
                ("version", models.CharField(max_length=80)),
                ("source_updated_at", models.DateTimeField(null=True)),
                ("occurred_at", models.DateTimeField(null=True, verbose_name="发生时间")),
                ("zone_assumed", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("sensitivity", models.PositiveSmallIntegerField(default=4, verbose_name="敏感级别")),
                (
                    "release",
                    models.CharField(
                        choices=[("released", "可在线查看"), ("withheld", "请到检查机构领取")],
                        default="released",
                        max_length=10,
                        verbose_name="发布策略",
                    ),
                ),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被更新的时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("study_uid", models.CharField(blank=True, max_length=64)),
                ("accession", models.CharField(blank=True, max_length=80, verbose_name="检查单号")),
                ("modality", models.CharField(blank=True, max_length=100, verbose_name="设备类型")),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="检查名称")),
                ("images", models.PositiveIntegerField(null=True, verbose_name="图像数")),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="facilities.facility",
                        verbose_name="来源机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="居民",
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
                "verbose_name": "影像检查",
                "verbose_name_plural": "影像检查",
                "indexes": [
                    models.Index(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=["resident", "accession"],
                        name="study_by_accession",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "identifier", "version"), name="imagingstudy_stored_once_per_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("source", "identifier"),
                        name="one_current_imagingstudy",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sensitivity__gte", 1), ("sensitivity__lte", 5)),
                        name="imagingstudy_sensitivity_is_1_to_5",
                    ),
                ],
            },
        ),
        Guard("records_imagingstudy", select=[own("results")]),
        migrations.RunSQL(SPECIAL, "DROP POLICY special_only_to_oneself ON public.records_imagingstudy"),
        migrations.RunSQL(WHERE, "DROP FUNCTION app.picture_source(uuid)"),
    ]
