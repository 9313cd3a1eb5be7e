"""What a facility advises after a result that is out of range."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class NextStep(models.Model):
    """The facility's (or the whole county's) advice about one item with one mark, from when until when.

    Never changed: it is ended, and another one made. Of several that fit, a facility's own goes before the county's,
    one for the very mark before one for any, and the newest before older ones.
    """

    class Mark(models.TextChoices):
        ANY = "", _("任何异常")
        LOW = "low", _("偏低")
        HIGH = "high", _("偏高")
        CRITICAL_LOW = "critical_low", _("危急低值")
        CRITICAL_HIGH = "critical_high", _("危急高值")
        ABNORMAL = "abnormal", _("异常")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("机构"),
        help_text=_("留空表示全县。"),
    )
    item = models.CharField(
        _("项目编码"), max_length=60, help_text=_("标准编码（LOINC）；本机构没有对照的，填院内编码。")
    )
    flag = models.CharField(_("提示"), max_length=14, choices=Mark.choices, default=Mark.ANY, blank=True)
    text = models.CharField(
        _("给居民的建议"),
        max_length=300,
        help_text=_("用老人也听得懂的话，写下一步做什么、多久之内，例如：两周内空腹再查一次；口渴、多尿的马上来看。"),
    )
    books = models.BooleanField(_("旁边放“去预约”"), default=True)
    reason = models.CharField(_("依据"), max_length=200, help_text=_("哪份文件、谁同意的。"))
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    made_at = models.DateTimeField(_("登记时间"), editable=False)
    made_by = models.UUIDField(editable=False)
    made_name = models.CharField(_("登记人"), max_length=100, editable=False)

    class Meta:
        verbose_name = _("异常结果的建议")
        verbose_name_plural = _("异常结果的建议")
        ordering = ["item", "-made_at", "id"]
        indexes = [models.Index(fields=["item"], name="next_step_by_item")]
        constraints = [
            models.CheckConstraint(
                name="next_step_says_something",
                condition=~Q(text="") & ~Q(item=""),
                violation_error_message=_("项目和建议都要填。"),
            ),
            models.CheckConstraint(
                name="next_step_ends_after_it_starts",
                condition=Q(ends_at=None) | Q(ends_at__gte=models.F("starts_at")),
                violation_error_message=_("结束时间不能早于开始时间。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.get_flag_display()}"
