"""What a person shows to somebody without an account: chosen results, behind a code and a PIN, for some hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7

if TYPE_CHECKING:
    from residents.access import Viewer


class ShareQuerySet(models.QuerySet["ShareLink"]):
    """Shares, as the person's pages ask for them."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Shares of the person the viewer looks at; row-level security draws the same line."""
        return self.filter(resident_id=viewer.resident_id)


class ShareLink(models.Model):
    """A share: how it is found, what it is opened with, until when; never what it says.

    Code, link and PIN are kept as keyed hashes only. `failures` counts wrong PINs; at `attempts` the share is closed
    for good. Whether it opens is decided by the database (`app.share_state`), which also asks whether whoever made it
    may still see these results. Of the kind SHL the passcode and the payload are the business of its own room.
    """

    class Kind(models.TextChoices):
        RECOGNITION = "recognition", _("互认凭证")
        SHL = "shl", _("SMART 健康链接")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    kind = models.CharField(_("种类"), max_length=12, choices=Kind.choices)
    # Null for a kind that is not found by a typed code, or needs no PIN.
    code_hash = models.BinaryField(max_length=32, unique=True, null=True)
    link_hash = models.BinaryField(max_length=32, unique=True)
    pin_hash = models.BinaryField(max_length=32, null=True)
    form_hash = models.BinaryField(max_length=32)
    created_by = models.UUIDField(editable=False)
    created_at = models.DateTimeField(_("生成时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    attempts = models.PositiveSmallIntegerField(_("可以输错几次"))
    failures = models.PositiveSmallIntegerField(_("输错次数"), default=0)
    uses = models.PositiveIntegerField(_("使用次数"), default=0)
    used_at = models.DateTimeField(_("最近一次使用"), null=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True)
    revoked_by = models.UUIDField(null=True, editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("分享凭证")
        verbose_name_plural = _("分享凭证")
        indexes = [models.Index(fields=["resident", "-created_at"], name="share_by_resident")]
        constraints = [
            models.CheckConstraint(name="share_ends_after_it_starts", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(name="share_failures_stay_within", condition=Q(failures__lte=F("attempts"))),
            models.CheckConstraint(
                name="share_with_a_code_has_a_pin", condition=Q(code_hash=None) | Q(pin_hash__isnull=False)
            ),
            models.CheckConstraint(
                name="share_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            models.UniqueConstraint(name="one_share_per_form", fields=["resident", "form_hash"]),
        ]


class SharedReport(models.Model):
    """One report that a share shows, in the version that was chosen; shown is always the newest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    share = models.ForeignKey(ShareLink, models.PROTECT, related_name="reports")
    report = models.ForeignKey("records.Report", models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("序号"))

    class Meta:
        verbose_name = _("分享的报告")
        verbose_name_plural = _("分享的报告")
        constraints = [
            models.UniqueConstraint(name="a_report_is_shared_once", fields=["share", "report"]),
            models.UniqueConstraint(name="shared_reports_are_numbered", fields=["share", "number"]),
        ]


class ShareOpening(models.Model):
    """Somebody opened a share with its PIN, for some minutes, in one browser. Only the database writes here.

    `read_at` is when it was last looked at: reading functions answer only in the transaction that wrote it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    share = models.ForeignKey(ShareLink, models.PROTECT, related_name="openings")
    token_hash = models.BinaryField(max_length=32, unique=True)
    reader = models.CharField(_("哪家医院"), max_length=60, blank=True)
    opened_at = models.DateTimeField(_("打开时间"))
    closes_at = models.DateTimeField(_("关闭时间"))
    closed_at = models.DateTimeField(_("提前关闭时间"), null=True)
    read_at = models.DateTimeField(_("最近一次查看"), null=True)

    class Meta:
        verbose_name = _("凭证使用记录")
        verbose_name_plural = _("凭证使用记录")
        indexes = [models.Index(fields=["share", "-opened_at"], name="share_opening_by_share")]
