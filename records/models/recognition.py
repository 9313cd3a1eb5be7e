"""What the county lets count elsewhere (互认): rules for items, and laboratories' marks of quality control."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.models.reports import Report


class Item(models.Model):
    """Which results are meant: one standard code, else reports of one name, else a whole category."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    category = models.CharField(_("类别"), max_length=12, choices=Report.Category.choices)
    code_system = models.CharField(_("编码体系"), max_length=100, blank=True)
    code = models.CharField(_("标准项目编码"), max_length=60, blank=True, help_text=_("检验项目按编码。"))
    title = models.CharField(
        _("报告名称"),
        max_length=200,
        blank=True,
        help_text=_("没有编码的检查按报告名称；编码和名称都空着就是整个类别。"),
    )
    made_at = models.DateTimeField(_("登记时间"), editable=False)
    made_by = models.UUIDField(editable=False)
    made_name = models.CharField(_("登记人"), max_length=100, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code or self.title or self.get_category_display()


class RecognitionRule(Item):
    """Results of one item count in `scope` for `valid_days` after they were measured, from `starts_on` on.

    A rule is never changed: a newer one of the same item takes its place, and one with the scope "none" ends it.
    """

    class Scope(models.TextChoices):
        NONE = "none", _("不互认")
        FACILITY = "facility", _("本机构")
        CONSORTIUM = "consortium", _("医共体")
        CITY = "city", _("全市")
        PROVINCE = "province", _("全省")
        REGION = "region", _("区域")
        NATION = "nation", _("全国")

    name = models.CharField(_("项目名称"), max_length=100)
    scope = models.CharField(_("互认范围"), max_length=12, choices=Scope.choices)
    label = models.CharField(_("报告上印的标志"), max_length=20, blank=True, help_text=_("例如 HR、★、鄂HR、武汉HR。"))
    valid_days = models.PositiveSmallIntegerField(_("参考期（天）"), default=0, help_text=_("从采样或检查当天算起。"))
    needs_mark = models.BooleanField(_("要有质控合格标记"), default=False)
    starts_on = models.DateField(_("从哪天起"))
    reason = models.CharField(_("依据"), max_length=200, help_text=_("哪份文件。"))

    class Meta:
        verbose_name = _("互认规则")
        verbose_name_plural = _("互认规则")
        ordering = ["category", "code", "title", "-starts_on", "-made_at"]
        indexes = [models.Index(fields=["code", "-starts_on"], name="recognition_by_code")]
        constraints = [
            models.CheckConstraint(
                name="recognition_has_days_and_a_label",
                condition=Q(scope="none") | (Q(valid_days__gte=1, valid_days__lte=3650) & ~Q(label="")),
                violation_error_message=_("互认的项目要填标志和参考期天数（1到3650天）。"),
            ),
            models.CheckConstraint(
                name="recognition_by_code_or_by_name",
                condition=Q(code="") | Q(title=""),
                violation_error_message=_("编码和报告名称只能填一个。"),
            ),
        ]


class QualityMark(Item):
    """A facility passed the quality control of an item, from day to day (both included); it can be ended earlier."""

    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("机构"))
    evidence = models.CharField(
        _("依据"), max_length=200, help_text=_("例如：2026年省临检中心室间质评合格，证书编号。")
    )
    starts_on = models.DateField(_("从哪天起"))
    ends_on = models.DateField(_("到哪天为止"))

    class Meta:
        verbose_name = _("质控合格标记")
        verbose_name_plural = _("质控合格标记")
        ordering = ["facility", "category", "code", "-starts_on"]
        indexes = [models.Index(fields=["facility", "code"], name="quality_mark_by_facility")]
        constraints = [
            models.CheckConstraint(
                name="quality_mark_ends_after_it_starts",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("结束日期不能早于开始日期。"),
            )
        ]
