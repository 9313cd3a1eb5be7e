"""What goes with a visit: examinations that are booked beside a doctor, and how people prepare for either."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import NumberKind
from foundation.keys import uuid7


class Service(models.Model):
    """An examination whose times are the slots of its department (空腹抽血, 腹部B超), so that a trip can take it along.

    `order` counts among those before the doctor, or among those after; what needs an empty stomach comes first of all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+", verbose_name=_("科室"))
    name = models.CharField(_("项目名称"), max_length=60)
    fasting = models.BooleanField(_("要空腹"), default=False)
    after_doctor = models.BooleanField(_("看完医生再做"), default=False)
    minutes = models.PositiveSmallIntegerField(
        _("从开始到可以去下一处的分钟数"), default=30, help_text=_("包括排队、检查和走过去的时间。")
    )
    order = models.PositiveSmallIntegerField(_("先后"), default=10, help_text=_("小的在前。空腹的总在最前。"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("可一起预约的检查")
        verbose_name_plural = _("可一起预约的检查")
        ordering = ["after_doctor", "-fasting", "order", "name"]
        constraints = [
            models.UniqueConstraint(
                name="service_named_once_in_a_department",
                fields=["department", "name"],
                violation_error_message=_("这个科室已有同名的项目。"),
            ),
            models.CheckConstraint(
                name="fasting_service_is_before_the_doctor",
                condition=Q(fasting=False) | Q(after_doctor=False),
                violation_error_message=_("要空腹的项目只能排在看医生之前。"),
            ),
            models.CheckConstraint(
                name="service_takes_5_to_240_minutes",
                condition=Q(minutes__gte=5, minutes__lte=240),
                violation_error_message=_("分钟数是5到240。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Preparation(models.Model):
    """How to prepare for a visit (就诊准备), from a day on: of a department, of a kind of number, or of a facility.

    The narrowest that is in force on the day of the visit is shown; an empty text says that nothing is to be prepared.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey(
        "facilities.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("科室")
    )
    number_kind = models.CharField(
        _("号别"), max_length=20, choices=NumberKind.choices, blank=True, help_text=_("留空表示所有号别。")
    )
    valid_from = models.DateField(_("生效日期"))
    text = models.CharField(
        _("就诊准备"),
        max_length=500,
        blank=True,
        help_text=_("用大白话写，例如：抽血前一晚10点以后不吃东西，可以喝白水。"),
    )

    class Meta:
        verbose_name = _("就诊准备")
        verbose_name_plural = _("就诊准备")
        ordering = ["facility", "department", "number_kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_preparation_per_place_and_start",
                fields=["facility", "department", "number_kind", "valid_from"],
                nulls_distinct=False,
                violation_error_message=_("同一机构（科室、号别）同一天只能有一条就诊准备。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.department or self.facility} {self.valid_from:%Y-%m-%d}"
