"""Files made ready for somebody to take along: the whole record as a booklet, or one report; for some hours."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


def draft_place(key: object) -> bytes:
    """What a draft is sealed for."""
    return f"records.parcel.draft.{key}".encode()


def piece_place(key: object) -> bytes:
    """What a piece of a file is sealed for."""
    return f"records.parcelpiece.content.{key}".encode()


class Parcel(models.Model):
    """One PDF for one account, about one person, sealed in pieces. Of the kind RECORD the worker makes it.

    `draft` is what the booklet will say, sealed by the request that read it; the worker sets it and never reads a
    record itself (docs/adr/0030). `entries` are the ids of all rows that stand in the file: once one of them may no
    longer be read, or was corrected, the file is not handed out any more (`app.parcel_stands`). `claim` is the run of
    the worker that is at it, `beat_at` when that run was last seen alive.
    """

    class Kind(models.TextChoices):
        RECORD = "record", _("整份档案")
        REPORT = "report", _("一份报告")

    class State(models.TextChoices):
        WAITING = "waiting", _("等待制作")
        WORKING = "working", _("正在制作")
        READY = "ready", _("已做好")
        FAILED = "failed", _("没有做成")
        EXPIRED = "expired", _("已过期删除")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    account_id = models.UUIDField(editable=False)
    kind = models.CharField(_("种类"), max_length=8, choices=Kind.choices)
    with_records = models.BooleanField()
    with_results = models.BooleanField()
    state = models.CharField(_("状态"), max_length=8, choices=State.choices)
    done = models.PositiveSmallIntegerField(default=0)
    form_hash = models.BinaryField(max_length=32)
    sections = ArrayField(models.CharField(max_length=20), default=list)
    starts_on = models.DateField(_("从哪天起"), null=True)
    ends_on = models.DateField(_("到哪天为止"), null=True)
    entries = ArrayField(models.UUIDField(), default=list)
    reports = models.PositiveIntegerField(_("报告份数"), default=0)
    draft = models.BinaryField(null=True)
    pages = models.PositiveSmallIntegerField(_("页数"), default=0)
    size = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(_("提出时间"))
    claim = models.UUIDField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(_("做好时间"), null=True)
    expires_at = models.DateTimeField(_("保存到"))

    class Meta:
        verbose_name = _("带走的档案文件")
        verbose_name_plural = _("带走的档案文件")
        indexes = [
            models.Index(fields=["resident", "-asked_at"], name="parcel_by_resident"),
            models.Index(fields=["asked_at"], name="parcel_to_make", condition=Q(state__in=["waiting", "working"])),
            models.Index(fields=["expires_at"], name="parcel_to_empty", condition=~Q(state="expired")),
        ]
        constraints = [
            models.UniqueConstraint(name="one_parcel_per_form", fields=["resident", "account_id", "form_hash"]),
            models.CheckConstraint(name="parcel_of_something", condition=Q(with_records=True) | Q(with_results=True)),
            models.CheckConstraint(
                name="parcel_ready_exactly_with_its_time",
                condition=Q(state__in=["waiting", "working", "failed"], ready_at=None)
                | Q(state="ready", ready_at__isnull=False, draft=None)
                | Q(state="expired", draft=None),
            ),
        ]


class ParcelPiece(models.Model):
    """Some hundred kilobytes of a parcel's PDF, sealed for their place in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="pieces")
    number = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_piece_per_place", fields=["parcel", "number"])]


class ParcelLink(models.Model):
    """A link that hands one parcel to another browser, once, within minutes. The random token is kept as a hash.

    It ends with the session in which it was made (`session_hash`, filled in by the database) and with a newer link.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="links")
    account_id = models.UUIDField(editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    session_hash = models.BinaryField(max_length=32, null=True, editable=False)
    made_at = models.DateTimeField(_("生成时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True)

    class Meta:
        verbose_name = _("一次性链接")
        verbose_name_plural = _("一次性链接")
        indexes = [
            models.Index(
                fields=["account_id"],
                name="parcel_link_still_open",
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
            )
        ]
