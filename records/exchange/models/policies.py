"""What may be read here and when: the county's and its facilities' rules, and results that a doctor tells first."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from records.exchange.models.feeds import Source


class Ruled(models.Model):
    """Who decided it, for whom, from when until when. A rule is never changed: it is ended, and another one made."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey(
        "facilities.Facility",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("机构"),
        help_text=_("留空表示全县。"),
    )
    reason = models.CharField(_("依据"), max_length=200, help_text=_("哪份文件、谁同意的。"))
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    made_at = models.DateTimeField(_("登记时间"), editable=False)
    made_by = models.UUIDField(editable=False)
    made_name = models.CharField(_("登记人"), max_length=100, editable=False)

    class Meta:
        abstract = True


class ReleasePolicy(Ruled):
    """How one kind of item is released. The built-in list of special diseases is a floor that no policy lowers.

    Of several that fit, the most specific decides (`What`, from the last to the first; a longer prefix or word before
    a shorter one), then the facility's before the county's, then the stricter one.
    """

    class What(models.TextChoices):
        CATEGORY = "category", _("报告类别")
        PRELIMINARY = "preliminary", _("初步报告（报告类别）")
        WORD = "word", _("名称里有的字")
        DISEASE = "disease", _("疾病编码（ICD-10）前几位")
        LOCAL = "local", _("院内项目编码前几位")
        ITEM = "item", _("标准项目编码")

    class Decision(models.TextChoices):
        RELEASED = "released", _("可在线查看")
        PENDING = "pending", _("推迟若干小时再显示")
        WITHHELD = "withheld", _("请到检查机构领取")
        SPECIAL = "special", _("提到第5级：列表里也不出现")

    what = models.CharField(_("按什么"), max_length=12, choices=What.choices)
    value = models.CharField(_("取值"), max_length=60)
    decision = models.CharField(_("怎样发布"), max_length=10, choices=Decision.choices)
    hours = models.PositiveSmallIntegerField(
        _("推迟小时数"), null=True, blank=True, help_text=_("只在“推迟”时填写；初步报告填 0，表示等到正式报告。")
    )
    # When the worker goes through what is stored; again a while later, for what was being applied meanwhile.
    review_at = models.DateTimeField(null=True, editable=False)
    progress = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("发布规则")
        verbose_name_plural = _("发布规则")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="policy_hours_exactly_when_pending",
                condition=Q(decision="pending", hours__isnull=False) | (~Q(decision="pending") & Q(hours__isnull=True)),
                violation_error_message=_("选了“推迟”要填小时数，没有选就不填。"),
            ),
            models.CheckConstraint(
                name="policy_waits_without_end_only_for_the_final_report",
                condition=Q(hours__isnull=True) | Q(hours__gt=0) | Q(what="preliminary"),
                violation_error_message=_("小时数要大于 0；只有初步报告可以填 0。"),
            ),
            models.CheckConstraint(
                name="policy_never_opens_pathology",
                condition=~Q(what__in=["category", "preliminary"], value="pathology")
                | Q(decision__in=["withheld", "special"]),
                violation_error_message=_("病理报告由机构当面发放，不能放宽。"),
            ),
            models.CheckConstraint(
                name="policy_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                violation_error_message=_("结束时间不能早于开始时间。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.value}"


class CriticalLimit(Ruled):
    """From which value on a result is told by a doctor first, where the laboratory sends no mark of its own.

    Only ever used to hold a result back, never to change the mark that the laboratory printed.
    """

    code = models.CharField(_("标准项目编码"), max_length=60)
    unit = models.CharField(_("单位"), max_length=60, help_text=_("和结果里的单位一字不差时才比较，从不换算。"))
    low = models.DecimalField(_("低于或等于"), max_digits=24, decimal_places=10, null=True, blank=True)
    high = models.DecimalField(_("高于或等于"), max_digits=24, decimal_places=10, null=True, blank=True)

    class Meta:
        verbose_name = _("危急值界限")
        verbose_name_plural = _("危急值界限")
        ordering = ["code", "-made_at"]
        constraints = [
            models.CheckConstraint(
                name="limit_has_a_side",
                condition=Q(low__isnull=False) | Q(high__isnull=False),
                violation_error_message=_("低限和高限至少填一个。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.unit}"


class CriticalCase(models.Model):
    """A critical result that waits for a doctor's call: made and ended by the database with its row, never without.

    Its person cannot read it meanwhile, unless they had done so before it turned out to be critical (`already_read`).

    It says neither whose it is nor what: see `CriticalSubject`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("等着联系本人")
        TOLD = "told", _("已联系本人")
        ELAPSED = "elapsed", _("到时间，已自动开放")
        GONE = "gone", _("已更正或收回")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("检查机构"))
    handed_to = models.ForeignKey(
        "facilities.Facility", models.PROTECT, null=True, related_name="+", verbose_name=_("转给")
    )
    opened_at = models.DateTimeField(_("收到时间"))
    release_at = models.DateTimeField(_("最晚开放时间"), null=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    missed = models.PositiveSmallIntegerField(_("没联系上的次数"), default=0)
    alarmed_at = models.DateTimeField(_("提醒负责人的时间"), null=True)
    announced_at = models.DateTimeField(null=True)
    already_read = models.BooleanField(_("本人已经看过"), default=False, db_default=False)

    class Meta:
        verbose_name = _("危急值")
        verbose_name_plural = _("危急值")
        ordering = ["opened_at", "id"]
        indexes = [
            models.Index(fields=["facility", "opened_at"], name="critical_open", condition=Q(state="open")),
            models.Index(fields=["ended_at"], name="critical_to_announce", condition=Q(announced_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                name="critical_open_exactly_while_not_ended",
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
            )
        ]


class CriticalSubject(models.Model):
    """Whose result a case is about, and which: read through functions of the database alone."""

    case = models.OneToOneField(CriticalCase, models.PROTECT, primary_key=True, related_name="subject")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=200)
    part = models.CharField(max_length=60, blank=True)
    observation_id = models.UUIDField()

    class Meta:
        verbose_name = _("危急值的内容")
        verbose_name_plural = _("危急值的内容")
        constraints = [
            models.UniqueConstraint(
                name="one_critical_case_per_item", fields=["resident", "source", "identifier", "part"]
            )
        ]


class CriticalStep(models.Model):
    """What somebody did about a critical result; never changed."""

    class Deed(models.TextChoices):
        TOLD = "told", _("已电话通知")
        MISSED = "missed", _("没有联系上")
        HANDED = "handed", _("转给建档机构")

    class Reached(models.TextChoices):
        SELF = "self", _("本人")
        FAMILY = "family", _("监护人或同住家人（本人不便接电话）")

    class Advice(models.TextChoices):
        EMERGENCY = "emergency", _("马上去医院")
        REVISIT = "revisit", _("尽快复诊或复查")
        MEDICINE = "medicine", _("按医嘱调整用药")
        WATCH = "watch", _("在家观察，不舒服马上就医")
        KNOWN = "known", _("已在治疗，接诊医生知道")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(CriticalCase, models.PROTECT, related_name="steps")
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    deed = models.CharField(_("做了什么"), max_length=8, choices=Deed.choices)
    reached = models.CharField(_("接电话的人"), max_length=8, choices=Reached.choices, blank=True)
    advice = models.CharField(_("告诉了什么"), max_length=12, choices=Advice.choices, blank=True)
    done_at = models.DateTimeField(_("时间"))
    done_by = models.UUIDField()
    done_name = models.CharField(_("处理人"), max_length=100)

    class Meta:
        verbose_name = _("危急值的处理")
        verbose_name_plural = _("危急值的处理")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(name="critical_steps_are_numbered", fields=["case", "number"]),
            models.CheckConstraint(
                name="told_exactly_with_whom_and_what",
                condition=(Q(deed="told") & ~Q(reached="") & ~Q(advice=""))
                | (~Q(deed="told") & Q(reached="", advice="")),
            ),
        ]
