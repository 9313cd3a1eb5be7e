"""What can be measured at home at all. The database has the same limits as its last word (`records.models.own`)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KPA = Decimal("7.5")  # millimetres of mercury in a kilopascal, as printed on sphygmomanometers
MG_DL = Decimal(18)  # milligrams per decilitre in a millimole of glucose per litre, as printed on meters
JIN = Decimal(2)  # jin in a kilogram


@dataclass(frozen=True)
class Limit:
    """A thing that is measured: what it is called, between which numbers it lies, and where one reads it."""

    label: str | Promise
    low: Decimal
    high: Decimal
    usual: str | Promise
    example: str

    def holds(self, value: Decimal) -> bool:
        """Whether somebody can have measured this."""
        return self.low <= value <= self.high


SYSTOLIC = Limit(_("高压（收缩压）"), Decimal(60), Decimal(299), _("血压计上的高压一般在60到299之间"), "128")
DIASTOLIC = Limit(_("低压（舒张压）"), Decimal(30), Decimal(199), _("血压计上的低压一般在30到199之间"), "78")
PULSE = Limit(_("脉搏"), Decimal(20), Decimal(250), _("脉搏一般在每分钟20到250次之间"), "72")
GLUCOSE = Limit(_("血糖"), Decimal("1.0"), Decimal("40.0"), _("血糖仪上的数一般在1.0到40.0 mmol/L之间"), "6.1")
WEIGHT = Limit(_("体重"), Decimal(2), Decimal(300), _("体重一般在2到300公斤之间"), "62.5")
WAIST = Limit(_("腰围"), Decimal(30), Decimal(200), _("腰围一般在30到200厘米之间"), "86")
# What a meter means by HI and LO, where its scale ends.
METER_HIGH, METER_LOW = Decimal("33.3"), Decimal("1.1")
