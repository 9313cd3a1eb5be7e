"""The ledger of what facilities sent: every message stored before it is understood, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class Source(models.Model):
    """One feed of one facility. The secret itself is in the environment; the row names the variable."""

    class Kind(models.TextChoices):
        FHIR_R4 = "fhir_r4", _("FHIR R4 接口")
        FILE = "file", _("文件导入")

    class State(models.TextChoices):
        ENABLED = "enabled", _("启用")
        PAUSED = "paused", _("暂停")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(_("编码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, related_name="sources", verbose_name=_("医疗机构")
    )
    kind = models.CharField(_("接口类型"), max_length=20, choices=Kind.choices)
    address = models.URLField(_("接口地址"), max_length=300, blank=True)
    allowed_hosts = ArrayField(
        models.CharField(max_length=120), default=list, blank=True, verbose_name=_("允许访问的主机（主机名:端口）")
    )
    credential = models.CharField(
        _("凭证变量名"), max_length=80, blank=True, help_text=_("保存访问令牌的环境变量的名称，不是令牌本身")
    )
    interval_minutes = models.PositiveIntegerField(_("拉取间隔（分钟）"), default=15)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PAUSED)
    cursor = models.JSONField(_("游标"), default=dict, editable=False)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0, editable=False)
    next_pull_at = models.DateTimeField(_("下次拉取"), null=True, blank=True, editable=False)
    last_success_at = models.DateTimeField(_("最近成功"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="source_interval_is_positive", condition=Q(interval_minutes__gte=1)),
            models.CheckConstraint(name="pulled_source_has_an_address", condition=Q(kind="file") | ~Q(address="")),
        ]

    def __str__(self) -> str:
        return self.name


class Pull(models.Model):
    """One run against one source; its counts always add up once it has ended.

    The running row is also the claim on the source: `alive_at` is moved while the run works, and a run that
    stopped moving it (a killed process) is closed by the next one.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", _("进行中")
        SUCCEEDED = "succeeded", _("成功")
        FAILED = "failed", _("失败")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="pulls", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices, default=Outcome.RUNNING)
    fetched = models.PositiveIntegerField(_("收到"), default=0)
    new = models.PositiveIntegerField(_("新增"), default=0)
    repeated = models.PositiveIntegerField(_("重复"), default=0)
    skipped = models.PositiveIntegerField(_("不需要"), default=0)
    held = models.PositiveIntegerField(_("待处理"), default=0)
    failed = models.PositiveIntegerField(_("失败"), default=0)
    error = models.CharField(_("失败原因"), max_length=500, blank=True)
    alive_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("拉取记录")
        verbose_name_plural = _("拉取记录")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["source", "-started_at"], name="pull_by_source")]
        constraints = [
            models.CheckConstraint(
                name="pull_counts_add_up",
                condition=Q(ended_at__isnull=True)
                | Q(fetched=F("new") + F("repeated") + F("skipped") + F("held") + F("failed")),
            ),
            models.CheckConstraint(
                name="pull_ended_exactly_when_it_has_an_outcome",
                condition=Q(outcome="running", ended_at__isnull=True)
                | (~Q(outcome="running") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(name="failed_pull_says_why", condition=~Q(outcome="failed") | ~Q(error="")),
            models.UniqueConstraint(
                name="one_running_pull_per_source", fields=["source"], condition=Q(outcome="running")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class StoredFile(models.Model):
    """A file as it was handed over, kept once; inbound messages point at their entry in it."""

    class Layout(models.TextChoices):
        BUNDLE = "bundle", _("Bundle 文件")
        LINES = "lines", _("NDJSON 文件")

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
        ]
        constraints = [
            models.UniqueConstraint(
                name="message_version_stored_once", fields=["source", "kind", "identifier", "version"]
            )
        ]


class Held(models.Model):
    """What could not be applied, why, and what a person can do about it."""

    class Reason(models.TextChoices):
        UNREADABLE = "unreadable", _("内容无法读取")
        INCOMPLETE = "incomplete", _("缺少必需内容")
        UNKNOWN_SUBJECT = "unknown_subject", _("尚未收到该患者的信息")
        NO_IDENTIFIER = "no_identifier", _("没有身份证号码")
        BAD_IDENTIFIER = "bad_identifier", _("身份证号码不正确")
        IDENTITY_CONFLICT = "identity_conflict", _("身份信息不一致")
        IMPLAUSIBLE_TIME = "implausible_time", _("时间不合理")
        REPEATED_FAILURE = "repeated_failure", _("多次处理失败")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.OneToOneField(InboundKey, models.PROTECT, related_name="held")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("数据来源"))
    kind = models.CharField(_("类型"), max_length=60)
    identifier = models.CharField(_("机构内编号"), max_length=200)
    reason = models.CharField(_("原因"), max_length=30, choices=Reason.choices)
    explanation = models.CharField(_("说明"), max_length=500)
    subject_reference = models.CharField(max_length=200, blank=True)
    held_at = models.DateTimeField(_("搁置时间"))
    resolved_at = models.DateTimeField(_("解决时间"), null=True)
    resolved_by = models.CharField(_("处理人"), max_length=100, blank=True)
    resolution = models.CharField(_("处理结果"), max_length=200, blank=True)
    retry_requested_at = models.DateTimeField(_("申请重新处理的时间"), null=True)

    class Meta:
        verbose_name = _("待处理消息")
        verbose_name_plural = _("待处理消息")
        ordering = ["-held_at"]
        indexes = [
            models.Index(
                fields=["source", "subject_reference"], name="held_by_subject", condition=Q(resolved_at__isnull=True)
            ),
            models.Index(
                fields=["retry_requested_at"], name="held_to_retry", condition=Q(retry_requested_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="held_resolved_exactly_when_explained",
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.identifier}"


class SourcePatient(models.Model):
    """Whom a source's own patient number stands for: a link, so that it can be undone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=200)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("患者对照")
        verbose_name_plural = _("患者对照")
        constraints = [
            models.UniqueConstraint(
                name="one_resident_per_source_patient",
                fields=["source", "identifier"],
                condition=Q(unlinked_at__isnull=True),
            )
        ]


class CodeMapping(models.Model):
    """A facility's local code -> the standard code and unit (field facts, section C6)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="mappings", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    local_code = models.CharField(_("院内编码"), max_length=60)
    local_name = models.CharField(_("院内名称"), max_length=200, blank=True)
    standard_system = models.CharField(_("标准体系"), max_length=100, default="http://loinc.org")
    standard_code = models.CharField(_("标准编码"), max_length=60)
    unit_code = models.CharField(_("标准单位（UCUM）"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("编码对照")
        verbose_name_plural = _("编码对照")
        constraints = [
            models.UniqueConstraint(
                name="one_mapping_per_local_code",
                fields=["source", "local_code"],
                violation_error_message=_("该院内编码已有对照。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.local_code} → {self.standard_code}"
