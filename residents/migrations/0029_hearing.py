import django.db.models.deletion
from django.db import migrations, models

import foundation.fields
import foundation.keys
import residents.phones
from foundation.operations import WORKER, Guard, own

MINE = f"{own('identity')} AND resident_id = (SELECT app.own_resident())"
CATEGORIES = [("laboratory", "化验结果"), ("imaging", "影像和心电检查结果"), ("other", "其他检查结果")]
WAYS = [("at_once", "出来就告诉我"), ("after_comment", "医生说明后再告诉我"), ("delegate", "告诉帮我代办的人")]
MEANINGS = [
    ("", "等待处理"),
    ("yes", "属实"),
    ("no", "没有"),
    ("stop", "不再询问"),
    ("unknown", "看不懂"),
    ("unasked", "没有等待答复的问题"),
]

# A choice is made now and ended now, whatever a session says; the clock is the database's.
CHOICES = f"""
-- Whoever answers "no more" to a question by SMS is not asked by SMS again.
GRANT INSERT, UPDATE ON public.residents_messagechoice TO {WORKER};
CREATE FUNCTION app.hearing_changes() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.started_at := app.clock();
    NEW.ended_at := NULL;
  ELSIF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
    RAISE EXCEPTION 'a choice is ended once, and never changed' USING ERRCODE = 'restrict_violation';
  ELSE
    NEW.ended_at := greatest(app.clock(), OLD.started_at);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hearing_changes BEFORE INSERT OR UPDATE ON public.residents_hearing
  FOR EACH ROW EXECUTE FUNCTION app.hearing_changes();
CREATE TRIGGER hearing_is_never_deleted BEFORE DELETE ON public.residents_hearing
  FOR EACH ROW EXECUTE FUNCTION app.refuse();
"""
NO_CHOICES = f"""
REVOKE INSERT, UPDATE ON public.residents_messagechoice FROM {WORKER};
DROP TRIGGER hearing_is_never_deleted ON public.residents_hearing;
DROP TRIGGER hearing_changes ON public.residents_hearing;
DROP FUNCTION app.hearing_changes();
"""
Q = models.Q


class Migration(migrations.Migration):
    """How a person wishes to hear of results, and what comes back by SMS."""

    dependencies = [("residents", "0027_programs")]

    operations = [
        migrations.CreateModel(
            name="SmsReply",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("provider_id", models.CharField(max_length=100, unique=True)),
                ("phone", foundation.fields.EncryptedTextField(null=True)),
                ("phone_index", residents.phones.PhoneIndexField(max_length=32, null=True, of="phone")),
                ("text", foundation.fields.EncryptedTextField(null=True)),
                ("received_at", models.DateTimeField()),
                ("meaning", models.CharField(blank=True, choices=MEANINGS, max_length=8)),
                ("handled_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "短信回复",
                "verbose_name_plural": "短信回复",
                "indexes": [
                    models.Index(condition=Q(("handled_at", None)), fields=["received_at"], name="reply_waits")
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="reply_is_emptied_once_understood",
                        condition=Q(handled_at=None, meaning="")
                        | (Q(handled_at__isnull=False, phone__isnull=True, text__isnull=True) & ~Q(meaning="")),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hearing",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("category", models.CharField(choices=CATEGORIES, max_length=12, verbose_name="结果种类")),
                ("way", models.CharField(choices=WAYS, max_length=14, verbose_name="怎样告诉我")),
                ("started_at", models.DateTimeField(verbose_name="选择时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="改变时间")),
                (
                    "delegate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hearings", to="residents.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "结果怎样告诉我",
                "verbose_name_plural": "结果怎样告诉我",
                "constraints": [
                    models.UniqueConstraint(
                        name="one_way_to_hear_at_a_time",
                        fields=["resident", "category"],
                        condition=Q(ended_at=None),
                    ),
                    models.CheckConstraint(
                        name="hearing_names_a_delegate_exactly_when_through_one",
                        condition=Q(way="delegate", delegate__isnull=False) | (~Q(way="delegate") & Q(delegate=None)),
                    ),
                    models.CheckConstraint(
                        name="hearing_ends_after_it_starts",
                        condition=Q(ended_at=None) | Q(ended_at__gte=models.F("started_at")),
                    ),
                ],
            },
        ),
        Guard(
            "residents_hearing",
            select=[MINE],
            insert=[MINE],
            update=[MINE],
            update_columns=["ended_at"],
            worker="SELECT",
        ),
        # The address for replies writes and cannot read; only the worker knows who answered what.
        Guard("residents_smsreply", worker="SELECT, INSERT, UPDATE", signin="INSERT"),
        migrations.RunSQL(CHOICES, NO_CHOICES),
    ]
