"""Who sees people when: the weekly pattern, the days that differ, the holidays of the country."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.models.kinds import NumberKind, Period
from foundation.keys import uuid7


class Weekday(models.IntegerChoices):
    """ISO 8601."""

    MONDAY = 1, _("星期一")
    TUESDAY = 2, _("星期二")
    WEDNESDAY = 3, _("星期三")
    THURSDAY = 4, _("星期四")
    FRIDAY = 5, _("星期五")
    SATURDAY = 6, _("星期六")
    SUNDAY = 7, _("星期日")


class Hours(models.Model):
    """When and how a half-day runs: the facts that a weekly pattern and an extra clinic share.

    `facility` is where people come to. On an outreach clinic (专家下乡) the practitioner belongs to another one.
    """

    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey("facilities.Department", models.PROTECT, related_name="+", verbose_name=_("科室"))
    practitioner = models.ForeignKey(
        "facilities.Practitioner", models.PROTECT, related_name="+", verbose_name=_("医生")
    )
    period = models.CharField(_("午别"), max_length=10, choices=Period.choices)
    kind = models.CharField(_("号别"), max_length=20, choices=NumberKind.choices, default=NumberKind.ORDINARY)
    start = models.TimeField(_("开始时间"))
    end = models.TimeField(_("结束时间"))
    minutes = models.PositiveSmallIntegerField(_("每个时段的分钟数"), default=30)
    capacity = models.PositiveSmallIntegerField(_("每个时段的号源数"))
    fee = models.DecimalField(_("挂号费（元）"), max_digits=7, decimal_places=2, default=0)
    location = models.CharField(_("诊室"), max_length=100, blank=True)
    outreach = models.BooleanField(_("专家下乡"), default=False, help_text=_("医生是别的机构的，到这里出诊。"))
    by = models.UUIDField(editable=False)
    made_at = models.DateTimeField(_("登记时间"))

    class Meta:
        abstract = True


def _hours_hold(name: str) -> list[models.BaseConstraint]:
    """What every half-day keeps to."""
    return [
        models.CheckConstraint(
            name=f"{name}_ends_after_it_starts",
            condition=Q(end__gt=F("start")),
            violation_error_message=_("结束时间要晚于开始时间。"),
        ),
        models.CheckConstraint(
            name=f"{name}_slots_of_5_to_60_minutes",
            condition=Q(minutes__gte=5, minutes__lte=60),
            violation_error_message=_("每个时段是5到60分钟。"),
        ),
        models.CheckConstraint(
            name=f"{name}_has_places",
            condition=Q(capacity__gte=1, capacity__lte=60),
            violation_error_message=_("每个时段的号源数是1到60。"),
        ),
    ]


class Rota(Hours):
    """A practitioner's weekly half-day (排班), valid for a time. It changes by ending it and beginning another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    weekday = models.PositiveSmallIntegerField(_("星期"), choices=Weekday.choices)
    # Lower bound included, upper excluded; without an end it goes on.
    valid = DateRangeField(_("有效期"))

    class Meta:
        verbose_name = _("排班")
        verbose_name_plural = _("排班")
        ordering = ["weekday", "start"]
        indexes = [models.Index(fields=["facility", "weekday"], name="rota_by_facility")]
        constraints = [
            *_hours_hold("rota"),
            models.CheckConstraint(name="rota_weekday_is_iso", condition=Q(weekday__gte=1, weekday__lte=7)),
            models.CheckConstraint(
                name="rota_is_valid_for_a_day_at_least", condition=Q(valid__isempty=False, valid__lower_inf=False)
            ),
        ]


class RotaException(models.Model):
    """A day that differs (停诊、加诊、补班) for a facility, one department or one practitioner; all day or a half-day.

    Several days at once are several rows with one `batch`.
    """

    class Kind(models.TextChoices):
        AWAY = "away", _("不出诊")
        EXTRA = "extra", _("加诊")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.UUIDField(default=uuid7, editable=False)
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    department = models.ForeignKey(
        "facilities.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("科室")
    )
    practitioner = models.ForeignKey(
        "facilities.Practitioner", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("医生")
    )
    date = models.DateField(_("日期"))
    period = models.CharField(_("午别"), max_length=10, choices=Period.choices, blank=True)
    reason = models.CharField(_("原因"), max_length=100, blank=True, help_text=_("居民看得到，不写个人隐私。"))
    # An extra clinic: what a rota would say.
    number_kind = models.CharField(_("号别"), max_length=20, choices=NumberKind.choices, blank=True)
    start = models.TimeField(_("开始时间"), null=True, blank=True)
    end = models.TimeField(_("结束时间"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("每个时段的分钟数"), null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(_("每个时段的号源数"), null=True, blank=True)
    fee = models.DecimalField(_("挂号费（元）"), max_digits=7, decimal_places=2, null=True, blank=True)
    location = models.CharField(_("诊室"), max_length=100, blank=True)
    outreach = models.BooleanField(_("专家下乡"), default=False)
    by = models.UUIDField(editable=False)
    made_at = models.DateTimeField(_("登记时间"))
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True, editable=False)

    class Meta:
        verbose_name = _("排班变动")
        verbose_name_plural = _("排班变动")
        ordering = ["date", "period"]
        indexes = [models.Index(fields=["facility", "date"], name="rota_exception_by_facility")]
        constraints = [
            models.CheckConstraint(
                name="extra_clinic_is_complete",
                condition=~Q(kind="extra")
                | Q(
                    practitioner__isnull=False,
                    department__isnull=False,
                    start__isnull=False,
                    end__gt=F("start"),
                    minutes__gte=5,
                    minutes__lte=60,
                    capacity__gte=1,
                    capacity__lte=60,
                    fee__isnull=False,
                )
                & ~Q(period="")
                & ~Q(number_kind=""),
                violation_error_message=_("加诊要写明医生、科室、午别、号别、时间、每段分钟数、号源数和挂号费。"),
            )
        ]


class Holiday(models.Model):
    """A day of the State Council's calendar: a holiday, or a working day that makes up for one (调休上班)."""

    date = models.DateField(_("日期"), primary_key=True)
    name = models.CharField(_("名称"), max_length=40)
    # Of a make-up working day: the weekday whose pattern holds. None: nobody sees people by the weekly pattern.
    works_as = models.PositiveSmallIntegerField(_("按星期几上班"), choices=Weekday.choices, null=True, blank=True)

    class Meta:
        verbose_name = _("节假日")
        verbose_name_plural = _("节假日")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                name="holiday_works_as_a_weekday", condition=Q(works_as=None) | Q(works_as__gte=1, works_as__lte=7)
            )
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"
