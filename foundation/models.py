"""What every room stands on: settings that are rows with a date."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class DatedSetting(models.Model):
    """A threshold, window, text or limit in force from a date on; earlier rows are kept as they were."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(_("设置项"), max_length=80)
    value = models.JSONField(_("取值"))
    valid_from = models.DateTimeField(_("生效时间"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    changed_by = models.UUIDField(_("修改人"), null=True, editable=False)

    class Meta:
        verbose_name = _("参数设置")
        verbose_name_plural = _("参数设置")
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_value_per_setting_and_start",
                fields=["key", "valid_from"],
                violation_error_message=_("同一设置项在同一时刻只能有一个取值。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.valid_from:%Y-%m-%d}"
