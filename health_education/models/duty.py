"""What a township or village did for health education besides its activities (field facts, section G)."""

from datetime import datetime
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Article


class DutyEntryQuerySet(models.QuerySet["DutyEntry"]):
    def counted(self) -> Self:
        """Those that were not struck out."""
        return self.filter(struck_at__isnull=True)

    def strike_out(self, account_id: object, now: datetime) -> int:
        """Count them no longer; they stay as they were written. Returns how many that changed."""
        return self.counted().update(struck_at=now, struck_by=account_id)


class DutyEntry(models.Model):
    """One thing that was handed out, played, put up or explained, as staff wrote it down."""

    class Form(models.TextChoices):
        PRINTED = "printed", _("印刷资料")
        AUDIO_VIDEO = "audio_video", _("音像资料")
        BOARD = "board", _("宣传栏更换")
        INDIVIDUAL = "individual", _("个体化健康教育")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("机构"))
    form = models.CharField(_("形式"), max_length=20, choices=Form.choices)
    article = models.ForeignKey(
        Article, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("门户里的文章")
    )
    title = models.CharField(_("内容名称"), max_length=100)
    day = models.DateField(_("日期"))
    copies = models.PositiveIntegerField(_("数量"), default=1, validators=[MinValueValidator(1)])
    place = models.CharField(_("地点"), max_length=100, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    entered_by = models.UUIDField(editable=False)
    entered_by_name = models.CharField(_("登记人"), max_length=100, editable=False)
    entered_at = models.DateTimeField(_("登记时间"), editable=False)
    struck_at = models.DateTimeField(_("作废时间"), null=True, editable=False)
    struck_by = models.UUIDField(null=True, editable=False)

    objects = DutyEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("健康教育工作登记")
        verbose_name_plural = _("健康教育工作登记")
        ordering = ["-day", "-entered_at"]
        indexes = [models.Index(fields=["facility", "day"], name="duty_entry_by_facility")]
        constraints = [
            models.CheckConstraint(name="duty_entry_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(name="duty_entry_is_about_something", condition=Q(copies__gte=1)),
            models.CheckConstraint(
                name="duty_entry_of_a_board_says_which",
                condition=~Q(form="board") | ~Q(place=""),
                violation_error_message=_("请写明是哪一块宣传栏，例如“卫生院大门东侧”。"),
            ),
            models.CheckConstraint(
                name="duty_entry_struck_exactly_when_signed",
                condition=Q(struck_at__isnull=True, struck_by__isnull=True)
                | Q(struck_at__isnull=False, struck_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
