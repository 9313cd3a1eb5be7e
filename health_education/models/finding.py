"""What helps to find a text: words that mean the same, what nobody found, the days of the year, and a reader's wish."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Topic
from health_education.models.vocabulary import Tag

LONGEST_TERM = 20
LONGEST_SEARCH = 40


class SynonymGroup(models.Model):
    """Words that readers use for the same thing: whoever looks for one finds texts with any of them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    terms = ArrayField(models.CharField(max_length=LONGEST_TERM), verbose_name=_("意思相同的说法"))
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("同义词")
        verbose_name_plural = _("同义词")
        ordering = ["terms"]
        constraints = [
            models.CheckConstraint(
                name="synonyms_are_at_least_two",
                condition=Q(terms__len__gte=2),
                violation_error_message=_("一组同义词至少要有两个说法。"),
            )
        ]

    def __str__(self) -> str:
        return "、".join(self.terms)


class FailedSearch(models.Model):
    """Words that somebody looked for in vain, without who or where. Written by `app.note_failed_search` alone."""

    class Settled(models.TextChoices):
        ARTICLE = "article", _("已有文章")
        SYNONYM = "synonym", _("已加同义词")
        NOTHING = "nothing", _("不用处理")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    words = models.CharField(_("搜索的词"), max_length=LONGEST_SEARCH, unique=True)
    times = models.PositiveIntegerField(_("次数"), default=1)
    first_at = models.DateTimeField(_("第一次"))
    last_at = models.DateTimeField(_("最近一次"))
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    settled_by = models.UUIDField(_("处理账号"), null=True, blank=True)
    settled_name = models.CharField(_("处理人"), max_length=100, blank=True)
    settled_how = models.CharField(_("怎样处理"), max_length=10, choices=Settled.choices, blank=True)

    class Meta:
        verbose_name = _("没搜到的词")
        verbose_name_plural = _("没搜到的词")
        ordering = ["-times", "-last_at"]
        indexes = [
            models.Index(fields=["-last_at"], name="failed_search_by_time"),
            models.Index(fields=["last_at"], name="failed_search_once", condition=Q(times=1, settled_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                name="failed_search_settled_with_who_and_how",
                condition=Q(settled_at=None, settled_by=None, settled_name="", settled_how="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(settled_how="")),
            ),
            # A telephone or identity number that somebody typed into the wrong box is nobody's to keep.
            models.CheckConstraint(
                name="failed_search_holds_no_number", condition=~Q(words__regex=r"\d{5}") & ~Q(words="")
            ),
        ]

    def __str__(self) -> str:
        return self.words


class ThemeDay(models.Model):
    """A day of each year that is about something, and what there is to read about it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    month = models.PositiveSmallIntegerField(_("月"), validators=[MinValueValidator(1), MaxValueValidator(12)])
    day = models.PositiveSmallIntegerField(_("日"), validators=[MinValueValidator(1), MaxValueValidator(31)])
    name = models.CharField(_("名称"), max_length=40)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("主题"))
    tags = ArrayField(
        models.CharField(max_length=30, choices=Tag.choices), default=list, blank=True, verbose_name=_("疾病标签")
    )
    words = models.CharField(
        _("相关的词"), max_length=LONGEST_TERM, blank=True, help_text=_("用这个词搜到的文章也会列出来，例如“疫苗”。")
    )
    note = models.CharField(_("一句话说明"), max_length=100, blank=True)
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("健康主题日")
        verbose_name_plural = _("健康主题日")
        ordering = ["month", "day"]
        constraints = [
            models.UniqueConstraint(name="one_theme_day_of_a_name", fields=["month", "day", "name"]),
            # 29 February comes every fourth year only: no theme day falls on it.
            models.CheckConstraint(
                name="theme_day_is_in_every_year",
                condition=Q(month__in=[1, 3, 5, 7, 8, 10, 12], day__range=(1, 31))
                | Q(month__in=[4, 6, 9, 11], day__range=(1, 30))
                | Q(month=2, day__range=(1, 28)),
                violation_error_message=_("没有这一天，请检查月和日。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month}-{self.day} {self.name}"


class ReadingPreference(models.Model):
    """Whether an account wishes to be shown what to read because of the record it looks at; without a row it does."""

    account_id = models.UUIDField(primary_key=True, editable=False)
    for_you = models.BooleanField(_("根据档案推荐文章"), default=True)
    changed_at = models.DateTimeField(_("更改时间"))

    class Meta:
        verbose_name = _("阅读偏好")
        verbose_name_plural = _("阅读偏好")
