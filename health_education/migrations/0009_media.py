from django.db import migrations, models
from django.db.models import deletion

import foundation.keys
from foundation.operations import Guard, own_account, role

# What residents may have of an article: while one of its wordings is published and it was not withdrawn.
LIVE = (
    "ended_at IS NULL AND EXISTS (SELECT 1 FROM health_education_article a"
    " JOIN health_education_revision r ON r.article_id = a.id WHERE a.id = health_education_medium.article_id"
    " AND a.withdrawn_at IS NULL AND r.state = 'approved' AND r.publish_at <= app.clock())"
)

# Numbers count within the article, one upload at a time. A medium's words are part of what a reviewer approved: once an
# approved wording names it, they stay, and a better one is another medium. It can be ended at any time.
KEEPING = r"""
CREATE FUNCTION app.medium_is_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM 1 FROM public.health_education_article a WHERE a.id = NEW.article_id FOR NO KEY UPDATE;
  SELECT coalesce(max(m.number), 0) + 1 INTO NEW.number FROM public.health_education_medium m
  WHERE m.article_id = NEW.article_id;
  RETURN NEW;
END $$;
CREATE TRIGGER is_counted BEFORE INSERT ON public.health_education_medium
  FOR EACH ROW EXECUTE FUNCTION app.medium_is_counted();

CREATE FUNCTION app.medium_keeps_its_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (OLD.title, OLD.alt, OLD.captions, OLD.transcript, OLD.poster_id)
      IS DISTINCT FROM (NEW.title, NEW.alt, NEW.captions, NEW.transcript, NEW.poster_id) AND EXISTS (
      SELECT 1 FROM public.health_education_revision r WHERE r.article_id = NEW.article_id AND r.state = 'approved'
        AND r.body ~* ('medium:(' || NEW.number || '(?![0-9-])|' || NEW.id || ')')) THEN
    RAISE EXCEPTION 'words that were approved stay' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'medium_keeps_approved_words';
  END IF;
  IF NEW.poster_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM public.health_education_medium p
      WHERE p.id = NEW.poster_id AND p.article_id = NEW.article_id AND p.kind = 'image') THEN
    RAISE EXCEPTION 'a poster is a picture of the same article' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'poster_is_a_picture_of_the_article';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_words BEFORE UPDATE ON public.health_education_medium
  FOR EACH ROW EXECUTE FUNCTION app.medium_keeps_its_words();
"""
NOT_KEEPING = """
DROP TRIGGER is_counted ON public.health_education_medium;
DROP TRIGGER keeps_its_words ON public.health_education_medium;
DROP FUNCTION app.medium_is_counted(), app.medium_keeps_its_words();
"""
KEY = models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False)
IMAGE = ("kind", "image")


class Migration(migrations.Migration):
    dependencies = [("health_education", "0007_reading")]

    operations = [
        migrations.CreateModel(
            name="Medium",
            fields=[
                ("id", KEY),
                ("number", models.PositiveSmallIntegerField(db_default=0, editable=False, verbose_name="编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("image", "图片"), ("video", "视频"), ("audio", "录音")],
                        editable=False,
                        max_length=5,
                        verbose_name="种类",
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="标题")),
                (
                    "alt",
                    models.CharField(
                        blank=True,
                        help_text="看不见图片的人听到的就是这句话，图片必填。",
                        max_length=300,
                        verbose_name="文字说明",
                    ),
                ),
                (
                    "captions",
                    models.TextField(
                        blank=True,
                        help_text="视频发布前必填，第一行是 WEBVTT。",
                        max_length=200_000,
                        verbose_name="字幕（WebVTT）",
                    ),
                ),
                (
                    "transcript",
                    models.TextField(
                        blank=True,
                        help_text="视频和录音发布前必填，一段一行。",
                        max_length=50_000,
                        verbose_name="文字稿",
                    ),
                ),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="内容的摘要")),
                ("content_type", models.CharField(editable=False, max_length=40, verbose_name="文件类型")),
                ("size", models.PositiveBigIntegerField(editable=False, verbose_name="字节")),
                ("width", models.PositiveIntegerField(editable=False, null=True, verbose_name="宽")),
                ("height", models.PositiveIntegerField(editable=False, null=True, verbose_name="高")),
                ("seconds", models.PositiveIntegerField(editable=False, null=True, verbose_name="时长（秒）")),
                ("renditions", models.JSONField(default=list, editable=False, verbose_name="各种宽度")),
                ("uploaded_by", models.UUIDField(editable=False, verbose_name="上传账号")),
                ("uploaded_by_name", models.CharField(editable=False, max_length=100, verbose_name="上传人")),
                ("uploaded_at", models.DateTimeField(editable=False, verbose_name="上传时间")),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="停用时间")),
                (
                    "article",
                    models.ForeignKey(
                        editable=False,
                        on_delete=deletion.PROTECT,
                        related_name="media",
                        to="health_education.article",
                        verbose_name="文章",
                    ),
                ),
                (
                    "poster",
                    models.ForeignKey(
                        blank=True,
                        help_text="视频播放前显示的图片；先上传图片，再在这里选。",
                        null=True,
                        on_delete=deletion.PROTECT,
                        related_name="+",
                        to="health_education.medium",
                        verbose_name="封面",
                    ),
                ),
            ],
            options={
                "verbose_name": "图片和音视频",
                "verbose_name_plural": "图片和音视频",
                "ordering": ["article", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("article", "number"), name="medium_number_unique_in_article"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("article", "sha256"),
                        name="one_live_medium_per_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(IMAGE, _negated=True),
                            models.Q(("alt__regex", r"^\s*$"), _negated=True),
                            _connector="OR",
                        ),
                        name="image_has_words_for_who_cannot_see",
                        violation_error_message="图片必须有文字说明。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(IMAGE, _negated=True),
                            models.Q(
                                ("height__isnull", False),
                                ("width__isnull", False),
                                models.Q(("renditions", []), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="image_has_a_size_and_renditions",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="medium_sha256_is_one"
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEPING, NOT_KEEPING),
        Guard(
            "health_education_medium",
            select=[f"({LIVE})", role("editor", "reviewer")],
            insert=[role("editor") + " AND " + own_account("uploaded_by")],
            update=[role("editor")],
            update_columns=["title", "alt", "captions", "transcript", "poster_id", "ended_at"],
            worker="SELECT",
        ),
    ]
