"""What was received, exactly as it was, and the ledger line of each message."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Pull, Source


class StoredFile(models.Model):
    """A file as it was handed over, kept once; inbound messages point at their entry in it."""

    class Layout(models.TextChoices):
        BUNDLE = "bundle", _("Bundle 文件")
        LINES = "lines", _("NDJSON 文件")
        HL7V2 = "hl7v2", _("HL7 v2 消息")
        TABLE = "table", _("表格文件")
        CDA = "cda", _("CDA 文档")
        DICOM = "dicom", _("影像检查列表")
        STU3 = "stu3", _("FHIR STU3 的 Bundle")
        R5 = "r5", _("FHIR R5 的 Bundle")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    sha256 = models.BinaryField(max_length=32)
    size = models.BigIntegerField()
    layout = models.CharField(max_length=10, choices=Layout.choices)
    name = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("接收的文件")
        verbose_name_plural = _("接收的文件")
        constraints = [models.UniqueConstraint(name="file_stored_once_per_source", fields=["source", "sha256"])]


class Translation(models.Model):
    """A stored file that must be translated into FHIR, and whether it has been: the queue of what facilities sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待翻译")
        DONE = "done", _("已翻译")

    file = models.OneToOneField(StoredFile, models.PROTECT, primary_key=True, related_name="translation")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("接收时间"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)

    class Meta:
        verbose_name = _("文件的翻译")
        verbose_name_plural = _("文件的翻译")
        indexes = [
            models.Index(
                fields=["source", "received_at", "file"], name="translation_waiting", condition=Q(state="waiting")
            )
        ]


class FilePart(models.Model):
    """A piece of a stored file, sealed: a large file is written and read with bounded memory."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("接收的文件的一段")
        verbose_name_plural = _("接收的文件的各段")
        constraints = [models.UniqueConstraint(name="file_part_stored_once", fields=["file", "number"])]


class Inbound(models.Model):
    """One message exactly as received: immutable, hashed; monthly partitions.

    Either the payload itself (sealed: it may hold a document number), or the file it came in and the number of its
    entry there.
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.UUIDField(default=uuid7)
    received_at = models.DateTimeField()
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    pull = models.ForeignKey(Pull, models.PROTECT, related_name="+")
    sha256 = models.BinaryField(max_length=32)
    payload = models.BinaryField(null=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    entry = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("接收的消息")
        verbose_name_plural = _("接收的消息")
        constraints = [
            models.CheckConstraint(
                name="inbound_has_a_payload_or_points_into_a_file",
                condition=Q(payload__isnull=False, file__isnull=True, entry__isnull=True)
                | Q(payload__isnull=True, file__isnull=False, entry__isnull=False),
            )
        ]


class InboundKey(models.Model):
    """The ledger line of one message version: stored once, and what became of it.

    `content` is the hash of the message without its envelope, `source_updated_at` and `rank` (of its status) say
    which of two versions is the newer one.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待处理")
        APPLIED = "applied", _("已入档")
        SKIPPED = "skipped", _("不需要")
        HELD = "held", _("搁置")
        FAILED = "failed", _("失败")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    kind = models.CharField(_("类型"), max_length=60)
    identifier = models.CharField(_("标识"), max_length=200)
    version = models.CharField(_("版本"), max_length=80)
    pull = models.ForeignKey(Pull, models.PROTECT, related_name="keys")
    inbound_id = models.UUIDField()
    received_at = models.DateTimeField(_("接收时间"))
    content = models.BinaryField(max_length=32)
    source_updated_at = models.DateTimeField(null=True)
    rank = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    resident_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("消息台账")
        verbose_name_plural = _("消息台账")
        indexes = [
            models.Index(fields=["source", "received_at"], name="key_waiting", condition=Q(state="waiting")),
            models.Index(fields=["pull"], name="key_by_pull"),
            models.Index(fields=["source", "received_at", "id"], name="key_by_arrival"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="message_version_stored_once", fields=["source", "kind", "identifier", "version"]
            )
        ]
