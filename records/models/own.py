"""What residents write down themselves: home measurements, and photographed reports of other places.

Never part of a clinical series: tables of their own, which nothing that speaks for a facility reads.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7

if TYPE_CHECKING:
    from residents.access import Viewer

Row = TypeVar("Row", bound=models.Model, covariant=True)

AHEAD = timedelta(minutes=5)  # how far the clock of a phone may be ahead
# The last word on what a person can have measured; the forms name the same limits (`records.own.limits`).
_PRESSURE = Q(
    kind="pressure",
    systolic__isnull=False,
    diastolic__isnull=False,
    meal="",
    glucose=None,
    comparator="",
    weight=None,
    waist=None,
)
_GLUCOSE = Q(
    kind="glucose",
    glucose__isnull=False,
    systolic=None,
    diastolic=None,
    pulse=None,
    arm="",
    position="",
    weight=None,
    waist=None,
)
_WEIGHT = Q(
    kind="weight", systolic=None, diastolic=None, pulse=None, arm="", position="", meal="", glucose=None, comparator=""
)
IS_OF_A_KIND = Q(
    kind__in=["pressure", "glucose", "weight"],
    arm__in=["", "left", "right"],
    position__in=["", "sitting", "lying", "standing"],
)
PRESSURE_IS_POSSIBLE = ~Q(kind="pressure") | _PRESSURE & Q(
    systolic__gte=60, systolic__lte=299, diastolic__gte=30, diastolic__lte=199, systolic__gt=F("diastolic")
) & (Q(pulse=None) | Q(pulse__gte=20, pulse__lte=250))
GLUCOSE_IS_POSSIBLE = ~Q(kind="glucose") | _GLUCOSE & Q(
    glucose__gte=Decimal("1.0"), glucose__lte=Decimal("40.0"), comparator__in=["", "<", ">"]
) & Q(meal__in=["fasting", "after", "bedtime", "random"])
WEIGHT_IS_POSSIBLE = ~Q(kind="weight") | _WEIGHT & (Q(weight__isnull=False) | Q(waist__isnull=False)) & (
    Q(weight=None) | Q(weight__gte=2, weight__lte=300)
) & (Q(waist=None) | Q(waist__gte=30, waist__lte=200))
STRUCK_BY_SOMEBODY = Q(struck_at=None, struck_by=None, struck_name="") | (
    Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_name="")
)


class OwnQuerySet(models.QuerySet[Row]):
    """Rows a person wrote down, as the pages ask for them."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Rows of the person the viewer looks at; row-level security draws the same line."""
        return self.filter(resident_id=viewer.resident_id)

    def valid(self) -> Self:
        """Rows that nobody struck out."""
        return self.filter(struck_at=None)


class WrittenDown(models.Model):
    """Who wrote a row down, when, and whether it was struck out. The database fills all of it in, and changes none.

    `for_other`: somebody else wrote it down for the person. `form_key` tells a form that was sent twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    form_key = models.UUIDField(editable=False)
    entered_at = models.DateTimeField(_("记录时间"))
    entered_by = models.UUIDField(editable=False)
    entered_name = models.CharField(_("记录人"), max_length=100)
    for_other = models.BooleanField(_("他人代为记录"), default=False)
    struck_at = models.DateTimeField(_("划掉时间"), null=True)
    struck_by = models.UUIDField(null=True, editable=False)
    struck_name = models.CharField(_("划掉的人"), max_length=100, blank=True)

    class Meta:
        abstract = True

    @property
    def is_struck(self) -> bool:
        """Whether it was a mistake; it is then in no list unless asked for."""
        return self.struck_at is not None


class OwnEntry(WrittenDown):
    """A home measurement: blood pressure with pulse, glucose, or weight and waist. The units are fixed."""

    class Kind(models.TextChoices):
        PRESSURE = "pressure", _("血压")
        GLUCOSE = "glucose", _("血糖")
        WEIGHT = "weight", _("体重和腰围")

    class Meal(models.TextChoices):
        FASTING = "fasting", _("空腹")
        AFTER = "after", _("餐后2小时")
        BEDTIME = "bedtime", _("睡前")
        RANDOM = "random", _("随机")

    class Arm(models.TextChoices):
        LEFT = "left", _("左胳膊")
        RIGHT = "right", _("右胳膊")

    class Position(models.TextChoices):
        SITTING = "sitting", _("坐着")
        LYING = "lying", _("躺着")
        STANDING = "standing", _("站着")

    kind = models.CharField(_("种类"), max_length=8, choices=Kind.choices)
    measured_at = models.DateTimeField(_("测量时间"))
    systolic = models.PositiveSmallIntegerField(_("高压（收缩压，mmHg）"), null=True)
    diastolic = models.PositiveSmallIntegerField(_("低压（舒张压，mmHg）"), null=True)
    pulse = models.PositiveSmallIntegerField(_("脉搏（次/分）"), null=True)
    arm = models.CharField(_("哪只胳膊"), max_length=8, choices=Arm.choices, blank=True)
    position = models.CharField(_("姿势"), max_length=8, choices=Position.choices, blank=True)
    glucose = models.DecimalField(_("血糖（mmol/L）"), max_digits=4, decimal_places=1, null=True)
    # What a meter shows as HI or LO: a value beyond the last one it can tell.
    comparator = models.CharField(max_length=1, blank=True)
    meal = models.CharField(_("什么时候测的"), max_length=8, choices=Meal.choices, blank=True)
    weight = models.DecimalField(_("体重（公斤）"), max_digits=5, decimal_places=1, null=True)
    waist = models.DecimalField(_("腰围（厘米）"), max_digits=4, decimal_places=1, null=True)
    device = models.CharField(_("用的什么仪器"), max_length=60, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", editable=False)

    objects = OwnQuerySet["OwnEntry"].as_manager()

    class Meta:
        verbose_name = _("自己测的数值")
        verbose_name_plural = _("自己测的数值")
        indexes = [models.Index(fields=["resident", "kind", "-measured_at"], name="own_entry_by_kind")]
        constraints = [
            models.UniqueConstraint(name="one_own_entry_per_form", fields=["entered_by", "form_key"]),
            models.CheckConstraint(
                name="own_entry_lies_in_the_past", condition=Q(measured_at__lte=F("entered_at") + AHEAD)
            ),
            models.CheckConstraint(name="own_entry_is_of_a_kind", condition=IS_OF_A_KIND),
            models.CheckConstraint(name="own_pressure_is_possible", condition=PRESSURE_IS_POSSIBLE),
            models.CheckConstraint(name="own_glucose_is_possible", condition=GLUCOSE_IS_POSSIBLE),
            models.CheckConstraint(name="own_weight_is_possible", condition=WEIGHT_IS_POSSIBLE),
            models.CheckConstraint(name="own_entry_struck_by_somebody", condition=STRUCK_BY_SOMEBODY),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.measured_at:%Y-%m-%d}"


class OwnReport(WrittenDown):
    """A report of another place that the person photographed. No facility has looked at it."""

    title = models.CharField(_("名称"), max_length=100)
    place = models.CharField(_("在哪里做的"), max_length=100, blank=True)
    done_on = models.DateField(_("哪天做的"), null=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)

    objects = OwnQuerySet["OwnReport"].as_manager()

    class Meta:
        verbose_name = _("自行上传的报告照片")
        verbose_name_plural = _("自行上传的报告照片")
        indexes = [models.Index(fields=["resident", "-entered_at"], name="own_report_by_time")]
        constraints = [
            models.UniqueConstraint(name="one_own_report_per_form", fields=["entered_by", "form_key"]),
            models.CheckConstraint(name="own_report_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(name="own_report_struck_by_somebody", condition=STRUCK_BY_SOMEBODY),
        ]

    def __str__(self) -> str:
        return self.title


class OwnReportPage(models.Model):
    """A photographed page: a JPEG of the portal's own drawing, sealed for this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    report = models.ForeignKey(OwnReport, models.PROTECT, related_name="pages")
    number = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("自行上传的照片")
        verbose_name_plural = _("自行上传的照片")
        constraints = [
            models.UniqueConstraint(name="own_pages_are_numbered", fields=["report", "number"]),
            models.CheckConstraint(name="own_pages_are_few", condition=Q(number__gte=1, number__lte=12)),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.number}"


def place_of(page_id: object) -> bytes:
    """What a page's bytes are sealed for."""
    return f"{OwnReportPage._meta.db_table}.content.{page_id}".encode()
