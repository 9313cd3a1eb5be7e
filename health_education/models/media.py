"""Pictures, videos and recordings of an article."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Article
from health_education.models.revisions import Revision


class MediumQuerySet(models.QuerySet["Medium"]):
    def current(self) -> Self:
        """Those that were not taken back."""
        return self.filter(ended_at__isnull=True)

    def with_liveness(self, now: datetime) -> Self:
        """Each with `is_live`: whether residents can read its article now."""
        live = Revision.objects.published(now).filter(article=OuterRef("article"))
        return self.annotate(is_live=Exists(live))


class Medium(models.Model):
    """A file of an article. The database counts `number` within the article, and keeps the file's facts as they were.

    The bytes lie in Django's storage under the hash of their content. A picture has `renditions`: what was drawn anew
    of it in several widths, and nothing of the file that was sent. What residents see of a medium (its words, too) is
    shown where a wording names it as `medium:<number>`; its words stay as they are once an approved wording does.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("图片")
        VIDEO = "video", _("视频")
        AUDIO = "audio", _("录音")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    article = models.ForeignKey(Article, models.PROTECT, related_name="media", verbose_name=_("文章"), editable=False)
    number = models.PositiveSmallIntegerField(_("编号"), editable=False, db_default=0)
    kind = models.CharField(_("种类"), max_length=5, choices=Kind.choices, editable=False)
    title = models.CharField(_("标题"), max_length=100)
    alt = models.CharField(
        _("文字说明"), max_length=300, blank=True, help_text=_("看不见图片的人听到的就是这句话，图片必填。")
    )
    captions = models.TextField(
        _("字幕（WebVTT）"), blank=True, max_length=200_000, help_text=_("视频发布前必填，第一行是 WEBVTT。")
    )
    transcript = models.TextField(
        _("文字稿"), blank=True, max_length=50_000, help_text=_("视频和录音发布前必填，一段一行。")
    )
    poster = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("封面"),
        help_text=_("视频播放前显示的图片；先上传图片，再在这里选。"),
    )
    sha256 = models.CharField(_("内容的摘要"), max_length=64, editable=False)
    content_type = models.CharField(_("文件类型"), max_length=40, editable=False)
    size = models.PositiveBigIntegerField(_("字节"), editable=False)
    width = models.PositiveIntegerField(_("宽"), null=True, editable=False)
    height = models.PositiveIntegerField(_("高"), null=True, editable=False)
    seconds = models.PositiveIntegerField(_("时长（秒）"), null=True, editable=False)
    renditions = models.JSONField(_("各种宽度"), default=list, editable=False)
    uploaded_by = models.UUIDField(_("上传账号"), editable=False)
    uploaded_by_name = models.CharField(_("上传人"), max_length=100, editable=False)
    uploaded_at = models.DateTimeField(_("上传时间"), editable=False)
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True, editable=False)

    objects = MediumQuerySet.as_manager()

    class Meta:
        verbose_name = _("图片和音视频")
        verbose_name_plural = _("图片和音视频")
        ordering = ["article", "number"]
        constraints = [
            models.UniqueConstraint(name="medium_number_unique_in_article", fields=["article", "number"]),
            models.UniqueConstraint(
                name="one_live_medium_per_file", fields=["article", "sha256"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="image_has_words_for_who_cannot_see",
                condition=~Q(kind="image") | ~Q(alt__regex=r"^\s*$"),
                violation_error_message=_("图片必须有文字说明。"),
            ),
            models.CheckConstraint(
                name="image_has_a_size_and_renditions",
                condition=~Q(kind="image") | (Q(width__isnull=False, height__isnull=False) & ~Q(renditions=[])),
            ),
            models.CheckConstraint(name="medium_sha256_is_one", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def markdown(self) -> str:
        """What an editor writes into the text to show it there."""
        return f"![{self.alt or self.title}](medium:{self.number})".replace("\n", " ")
