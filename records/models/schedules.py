"""Which vaccination is due at which age: the national immunisation schedule, as rows that staff change by date."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class ScheduledDose(models.Model):
    """One dose of the schedule (免疫程序), valid from a day on and, once it is replaced, until a day.

    `names` are parts of what facilities call the vaccine, `codes` its codes as `cvx:20`; either tells that a recorded
    vaccination is one of it. `from_months` is the age from which it is given, before `until_months` it should be.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    vaccine = models.CharField(_("疫苗"), max_length=60)
    names = ArrayField(models.CharField(max_length=60), verbose_name=_("识别用的名称"))
    codes = ArrayField(models.CharField(max_length=60), verbose_name=_("识别用的代码"), default=list, blank=True)
    dose = models.PositiveSmallIntegerField(_("第几剂"), validators=[MinValueValidator(1), MaxValueValidator(9)])
    from_months = models.PositiveSmallIntegerField(_("起始月龄"), validators=[MaxValueValidator(240)])
    until_months = models.PositiveSmallIntegerField(
        _("应在此月龄前完成"), null=True, blank=True, validators=[MaxValueValidator(240)]
    )
    sex = models.CharField(_("性别"), max_length=10, blank=True, choices=[("female", _("女")), ("male", _("男"))])
    born_from = models.DateField(_("适用于此日及以后出生"), null=True, blank=True)
    valid_from = models.DateField(_("开始执行日期"))
    valid_until = models.DateField(_("停止执行日期"), null=True, blank=True)
    source = models.CharField(_("依据"), max_length=200)

    class Meta:
        verbose_name = _("免疫程序")
        verbose_name_plural = _("免疫程序")
        ordering = ["from_months", "vaccine", "dose"]
        constraints = [
            models.UniqueConstraint(
                name="one_rule_for_a_dose", fields=["vaccine", "dose"], condition=Q(valid_until__isnull=True)
            ),
            models.CheckConstraint(
                name="dose_is_due_before_it_is_late",
                condition=Q(until_months__isnull=True) | Q(until_months__gt=F("from_months")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vaccine} {self.dose}"
