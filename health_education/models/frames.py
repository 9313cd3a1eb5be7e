"""What a published text is for, when it shall be for something else: a change that waits for a reviewer."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Article, Language
from health_education.models.vocabulary import Audience, Kind, Speciality, Tag


class FrameChange(models.Model):
    """Another kind, audience, tags, speciality, language or original for an article that was approved as it is.

    A reviewer approves a text for a use; so the database keeps the use of an approved text, and takes over what stands
    here when a reviewer of its speciality, who neither asked for it nor wrote the text, has confirmed it.
    """

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("不同意")
        TAKEN_BACK = "taken_back", _("已撤回")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    article = models.ForeignKey(Article, models.PROTECT, related_name="changes", verbose_name=_("文章"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices)
    audience = ArrayField(models.CharField(max_length=20, choices=Audience.choices), verbose_name=_("适用人群"))
    tags = ArrayField(
        models.CharField(max_length=30, choices=Tag.choices), default=list, blank=True, verbose_name=_("疾病标签")
    )
    speciality = models.CharField(_("审核专业"), max_length=30, choices=Speciality.choices)
    language = models.CharField(_("语言"), max_length=10, choices=Language.choices)
    translation_of = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("译自")
    )
    proposed_by = models.UUIDField(_("提出账号"))
    proposed_by_name = models.CharField(_("提出人"), max_length=100)
    proposed_at = models.DateTimeField(_("提出时间"))
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict.choices, blank=True)
    decided_by = models.UUIDField(_("决定账号"), null=True, blank=True)
    decided_by_name = models.CharField(_("决定人"), max_length=100, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("用途的改动")
        verbose_name_plural = _("用途的改动")
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_change_per_article", fields=["article"], condition=Q(decided_at__isnull=True)
            ),
            models.CheckConstraint(
                name="change_is_decided_with_a_verdict",
                condition=Q(decided_at__isnull=True, verdict="") | (Q(decided_at__isnull=False) & ~Q(verdict="")),
            ),
            models.CheckConstraint(
                name="nobody_confirms_their_own_change",
                condition=~Q(verdict="confirmed") | Q(decided_by__isnull=True) | ~Q(proposed_by=F("decided_by")),
                violation_error_message=_("提出改动的人不能自己确认。"),
            ),
            models.CheckConstraint(name="change_has_an_audience", condition=Q(audience__len__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.proposed_at:%Y-%m-%d}"
