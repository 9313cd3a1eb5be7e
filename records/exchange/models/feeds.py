"""Feeds of facilities, and the runs against them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class Source(models.Model):
    """One feed of one facility. The secret itself is in the environment; the row names the variable."""

    class Kind(models.TextChoices):
        FHIR_R4 = "fhir_r4", _("FHIR R4 接口")
        FHIR_PUSH = "fhir_push", _("FHIR R4 推送")
        HL7V2 = "hl7v2", _("HL7 v2 消息")
        TABLE = "table", _("表格文件")
        CDA = "cda", _("CDA 文档")
        DICOMWEB = "dicomweb", _("影像系统（DICOMweb）")
        SQL_VIEW = "sql_view", _("前置机数据库视图")
        FILE = "file", _("文件导入")

    class State(models.TextChoices):
        ENABLED = "enabled", _("启用")
        TESTING = "testing", _("联调")
        PAUSED = "paused", _("暂停")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(_("编码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, related_name="sources", verbose_name=_("医疗机构")
    )
    kind = models.CharField(_("接口类型"), max_length=20, choices=Kind.choices)
    address = models.CharField(_("接口地址"), max_length=300, blank=True)
    allowed_hosts = ArrayField(
        models.CharField(max_length=120), default=list, blank=True, verbose_name=_("允许访问的主机（主机名:端口）")
    )
    credential = models.CharField(
        _("凭证变量名"), max_length=80, blank=True, help_text=_("保存访问令牌的环境变量的名称，不是令牌本身")
    )
    options = models.JSONField(_("格式设置"), default=dict, blank=True)
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
            models.CheckConstraint(
                name="pulled_source_has_an_address",
                condition=~Q(kind__in=["fhir_r4", "dicomweb", "sql_view"]) | ~Q(address=""),
            ),
            models.CheckConstraint(
                # Or the row could have any other secret of the server sent to an address of its choice.
                name="credential_names_a_facility_token",
                condition=Q(credential__regex=r"^(FACILITY_TOKEN_[A-Z0-9_]+)?$"),
                violation_error_message=_("环境变量的名称应以 FACILITY_TOKEN_ 开头，后面是大写字母、数字或下划线。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PushKey(models.Model):
    """What lets a facility push to its source: a random token shown once; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="push_keys", verbose_name=_("数据来源"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("医疗机构"))
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    issued_at = models.DateTimeField(_("发放时间"))
    issued_by = models.CharField(_("发放人"), max_length=100)
    revoked_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("推送凭证")
        verbose_name_plural = _("推送凭证")
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"{self.source} {self.issued_at:%Y-%m-%d}"


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
