"""What the county publishes each month about how places were shared out."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class FairnessMonth(models.Model):
    """The figures of one month, counted from the trail (`appointments_deed`) alone; published once, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    month = models.DateField(_("月份"), unique=True)
    figures = models.JSONField(_("数字"))
    made_at = models.DateTimeField(_("公布时间"))

    class Meta:
        verbose_name = _("预约公平月报")
        verbose_name_plural = _("预约公平月报")
        ordering = ["-month"]
