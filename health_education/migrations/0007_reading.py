import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own_account, role

# Whoever reads may say something of a text; nobody writes the row directly. Without words the same of one wording is one
# row that counts, and nobody is kept with it. No more is taken than editors can read: so many a minute, so many unread.
FEEDBACK = f"""
CREATE FUNCTION app.give_feedback(of uuid, said text, at_place text, in_words text) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a_minute integer := coalesce((app.setting('health_education.feedback_a_minute') #>> '{{}}')::integer, 20);
  unread integer := coalesce((app.setting('health_education.feedback_unread') #>> '{{}}')::integer, 2000);
  wording integer;
BEGIN
  SELECT r.number INTO wording FROM public.health_education_revision r
  JOIN public.health_education_article a ON a.id = r.article_id AND a.withdrawn_at IS NULL
  WHERE r.article_id = of AND r.state = 'approved' AND r.publish_at <= app.clock()
    AND (r.superseded_at IS NULL OR r.superseded_at > app.clock());
  IF wording IS NULL OR said IS NULL OR at_place IS NULL OR in_words IS NULL THEN
    RETURN false;
  END IF;
  IF at_place = '' AND in_words = '' THEN
    INSERT INTO public.health_education_feedback AS f
      (id, article_id, number, kind, place, words, times, at, answer, settled_name)
    VALUES (gen_random_uuid(), of, wording, said, '', '', 1, app.clock(), '', '')
    ON CONFLICT (article_id, number, kind) WHERE place = '' AND words = ''
    DO UPDATE SET times = least(f.times + 1, 1000000), at = app.clock();
    RETURN true;
  END IF;
  IF (SELECT count(*) FROM public.health_education_feedback f
      WHERE f.at > app.clock() - interval '1 minute' AND NOT (f.place = '' AND f.words = '')) >= a_minute
    OR (SELECT count(*) FROM public.health_education_feedback f
        WHERE f.settled_at IS NULL AND NOT (f.place = '' AND f.words = '')) >= unread THEN
    RETURN false;
  END IF;
  INSERT INTO public.health_education_feedback
    (id, article_id, number, kind, place, words, times, account_id, at, answer, settled_name)
  VALUES (gen_random_uuid(), of, wording, said, at_place, in_words, 1, app.account(), app.clock(), '', '');
  RETURN true;
END $$;
COMMENT ON FUNCTION app.give_feedback(uuid, text, text, text) IS 'Says something of a live text, bounded; safe for every session.';
GRANT EXECUTE ON FUNCTION app.give_feedback(uuid, text, text, text) TO {WEB};

CREATE FUNCTION app.feedback_tells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO public.residents_notice (id, resident_id, kind, subject_id, created_at)
  SELECT gen_random_uuid(), a.resident_id, 'feedback_answered', NEW.id, app.clock()
  FROM public.residents_account a WHERE a.id = NEW.account_id AND a.resident_id IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER answered_feedback_is_told AFTER UPDATE OF answer ON public.health_education_feedback
  FOR EACH ROW WHEN (NEW.answer <> '' AND OLD.answer = '' AND NEW.account_id IS NOT NULL)
  EXECUTE FUNCTION app.feedback_tells();
"""
NO_FEEDBACK = """
DROP TRIGGER answered_feedback_is_told ON public.health_education_feedback;
DROP FUNCTION app.feedback_tells(), app.give_feedback(uuid, text, text, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("health_education", "0008_activities"),
        ("residents", "0024_feedback"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bookmark",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField(verbose_name="账号")),
                ("saved_at", models.DateTimeField(verbose_name="收藏时间")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="取消收藏的时间")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="health_education.article",
                        verbose_name="文章",
                    ),
                ),
            ],
            options={
                "verbose_name": "收藏的文章",
                "verbose_name_plural": "收藏的文章",
                "ordering": ["-saved_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("account_id", "article"),
                        name="article_saved_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField(verbose_name="版次")),
                (
                    "kind",
                    models.CharField(
                        choices=[("useful", "有用"), ("unclear", "看不懂"), ("wrong", "发现错误")],
                        max_length=10,
                        verbose_name="反馈",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="哪一处")),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="读者的话")),
                ("times", models.PositiveIntegerField(default=1, verbose_name="次数")),
                ("account_id", models.UUIDField(editable=False, null=True, verbose_name="账号")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="答复")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="处理时间")),
                ("settled_by", models.UUIDField(blank=True, null=True, verbose_name="处理账号")),
                ("settled_name", models.CharField(blank=True, max_length=100, verbose_name="处理人")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feedback",
                        to="health_education.article",
                        verbose_name="文章",
                    ),
                ),
            ],
            options={
                "verbose_name": "读者反馈",
                "verbose_name_plural": "读者反馈",
                "ordering": ["-at"],
                "indexes": [
                    models.Index(fields=["-at"], name="feedback_by_time"),
                    models.Index(
                        condition=models.Q(("account_id__isnull", False)),
                        fields=["account_id"],
                        name="feedback_of_account",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("place", ""), ("words", "")),
                        fields=("article", "number", "kind"),
                        name="feedback_without_words_is_counted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("account_id__isnull", True),
                            models.Q(("place", ""), ("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="feedback_of_somebody_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "wrong"), ("place", ""), _negated=True), name="an_error_has_a_place"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("place__regex", "\\d{5}"), _negated=True),
                            models.Q(("words__regex", "\\d{5}"), _negated=True),
                        ),
                        name="feedback_holds_no_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("settled_at", None), ("settled_by", None), ("settled_name", "")),
                            models.Q(("settled_at__isnull", False), ("settled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="feedback_settled_with_who",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FEEDBACK, NO_FEEDBACK),
        Guard(
            "health_education_bookmark",
            select=[own_account()],
            insert=[own_account()],
            update=[own_account()],
            update_columns=["ended_at"],
            worker="",
        ),
        Guard(
            "health_education_feedback",
            select=[role("editor", "reviewer"), own_account()],
            update=[role("editor")],
            update_columns=["answer", "settled_at", "settled_by", "settled_name"],
            worker="SELECT",
        ),
    ]
