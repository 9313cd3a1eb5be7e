"""What a facility sent beside the words of a report: the report as it printed it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class ReportAttachment(models.Model):
    """A facility's own PDF of a report (机构原始报告), sealed; who may read the report may read it.

    It belongs to one version of the report, and `number` counts the files of that version from 1.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    report = models.ForeignKey("records.Report", models.PROTECT, related_name="attachments")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(_("名称"), max_length=200, blank=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("机构原始报告")
        verbose_name_plural = _("机构原始报告")
        constraints = [models.UniqueConstraint(name="attachments_are_numbered", fields=["report", "number"])]

    def __str__(self) -> str:
        return f"{self.report_id} {self.number}"


def place_of(attachment_id: object) -> bytes:
    """What an attachment's bytes are sealed for."""
    return f"{ReportAttachment._meta.db_table}.content.{attachment_id}".encode()
