"""A person's own entries as a table for other programs."""

import csv
import io
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.imports import harmless
from records.models import OwnEntry

COLUMNS = ("systolic", "diastolic", "pulse", "glucose", "weight", "waist")


def table(entries: Iterable[OwnEntry]) -> bytes:
    """The table, headed by what it is; with the mark that tells Excel that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_("自己记录，未经医疗机构核对")])
    names = [str(OwnEntry._meta.get_field(name).verbose_name) for name in ("measured_at", *COLUMNS)]  # type: ignore[union-attr]  # plain fields
    writer.writerow([*names, _("时段"), _("仪器"), _("备注"), _("记录人")])
    for one in entries:
        numbers = [getattr(one, name) for name in COLUMNS]
        if one.comparator:
            numbers[3] = f"{one.comparator}{one.glucose}"
        words = [str(one.get_meal_display()), one.device, one.note, one.entered_name]
        writer.writerow([f"{timezone.localtime(one.measured_at):%Y-%m-%d %H:%M}", *numbers, *map(harmless, words)])
    return text.getvalue().encode("utf-8-sig")
