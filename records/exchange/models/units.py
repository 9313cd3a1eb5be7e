"""Which UCUM unit a spelling stands for that the portal's own table (`exchange.units`) does not have."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class UnitAlias(models.Model):
    """A unit exactly as printed -> its UCUM code, at one facility or (without one) at all: a name, never a conversion.

    It is never changed: a wrong one is ended, and another one made.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("医疗机构"),
        help_text=_("只在这家机构这样理解；不选就是全县都这样理解。"),
    )
    printed = models.CharField(_("打印的单位"), max_length=60)
    code = models.CharField(_("标准单位（UCUM）"), max_length=60)
    made_at = models.DateTimeField(_("登记时间"))
    made_by = models.CharField(_("登记人"), max_length=100)
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    ended_by = models.CharField(_("停用人"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("单位的写法")
        verbose_name_plural = _("单位的写法")
        ordering = ["printed", "-made_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_meaning_of_a_unit_at_a_facility",
                fields=["facility", "printed"],
                condition=Q(ended_at__isnull=True, facility__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_meaning_of_a_unit_for_all",
                fields=["printed"],
                condition=Q(ended_at__isnull=True, facility__isnull=True),
            ),
            models.CheckConstraint(name="unit_alias_says_something", condition=~Q(printed="") & ~Q(code="")),
        ]

    def __str__(self) -> str:
        return f"{self.printed} → {self.code}"
