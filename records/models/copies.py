"""The printed copies that were handed out, and those that are kept to be handed out again."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.models.reports import Report


class IssuedCopy(models.Model):
    """A PDF copy handed out: what its QR code, or the file itself, is checked against. Its code is kept as a hash.

    A copy of one report names it; a booklet (a whole record, or a part of one) names the reports inside,
    `report_ids`, each in the version that was printed.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("报告")
        BOOKLET = "booklet", _("健康档案册")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices, default=Kind.REPORT)
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="copies")
    report_ids = ArrayField(models.UUIDField(), default=list)
    code_hash = models.BinaryField(max_length=32, unique=True)
    sha256 = models.BinaryField(max_length=32)
    issued_at = models.DateTimeField(_("出具时间"))
    account_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("报告副本")
        verbose_name_plural = _("报告副本")
        indexes = [
            models.Index(fields=["report"], name="copy_by_report"),
            models.Index(fields=["sha256"], name="copy_by_fingerprint"),
            GinIndex(fields=["report_ids"], name="booklet_by_report", condition=Q(kind="booklet")),
        ]
        constraints = [
            models.CheckConstraint(
                name="copy_of_one_report_or_a_booklet",
                condition=Q(kind="report", report__isnull=False, report_ids=[]) | Q(kind="booklet", report=None),
            )
        ]


class StoredCopy(models.Model):
    """The file of a copy of one report, sealed, for whoever took it: handed out again while it would be the same.

    `made_from` is a fingerprint of everything the print shows (`records.stored`). Cleared away after some days; the
    issued copy, with its hash, stays.
    """

    copy = models.OneToOneField(IssuedCopy, models.PROTECT, primary_key=True, related_name="+")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, models.PROTECT, related_name="+")
    account_id = models.UUIDField()
    language = models.CharField(max_length=10)
    made_from = models.BinaryField(max_length=32)
    content = models.BinaryField()
    stored_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("保存的报告副本")
        verbose_name_plural = _("保存的报告副本")
        indexes = [
            models.Index(fields=["report", "account_id", "-stored_at"], name="stored_by_report"),
            models.Index(fields=["stored_at"], name="stored_by_time"),
        ]


def stored_place(copy_id: object) -> bytes:
    """What a stored file is sealed for."""
    return f"{StoredCopy._meta.db_table}.content.{copy_id}".encode()
