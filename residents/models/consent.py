"""What a person agreed to, in which words, and when they took it back (PIPL articles 14, 15 and 29)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.querysets import ConsentQuerySet, ConsentTextQuerySet


class Purpose(models.TextChoices):
    """Each is agreed to by itself; booking depends on none of them."""

    RECORDS = "records", _("查看电子健康档案")
    RESULTS = "results", _("查看检查检验结果")
    DELEGATES = "delegates", _("家庭成员代办")
    MESSAGES = "messages", _("短信和微信提醒")


class ConsentText(models.Model):
    """One version of what is asked, in plain words; never changed once it is in force."""

    class Audience(models.TextChoices):
        ADULT = "adult", _("成年人")
        CHILD = "child", _("儿童及其监护人")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(_("用途"), max_length=20, choices=Purpose.choices)
    audience = models.CharField(_("适用"), max_length=10, choices=Audience.choices, default=Audience.ADULT)
    version = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=60)
    body = models.TextField(_("内容"))
    withdrawal = models.TextField(_("撤回意味着什么"))
    effective_from = models.DateTimeField(_("生效时间"))

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("授权同意书")
        verbose_name_plural = _("授权同意书")
        constraints = [
            models.UniqueConstraint(name="one_consent_text_per_version", fields=["purpose", "audience", "version"])
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} v{self.version}"


class Consent(models.Model):
    """One person's agreement to one purpose; taking it back dates the row, agreeing anew adds one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="consents")
    purpose = models.CharField(_("用途"), max_length=20, choices=Purpose.choices)
    text = models.ForeignKey(ConsentText, models.PROTECT, null=True, related_name="+", verbose_name=_("同意书"))
    given_at = models.DateTimeField(_("同意时间"))
    given_by = models.UUIDField(_("同意人"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    withdrawn_by = models.UUIDField(_("撤回人"), null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("授权同意")
        verbose_name_plural = _("授权同意")
        constraints = [
            models.UniqueConstraint(
                name="one_live_consent_per_purpose",
                fields=["resident", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_exactly_when_signed",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
