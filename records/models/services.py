"""Whether a service that a facility wrote down was given: asked by SMS and in the portal, answered once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class ServiceQuestion(models.Model):
    """One question about one entry of a public-health service; the entry is named as its source names it."""

    class Kind(models.TextChoices):
        FOLLOWUP = "followup", _("随访")
        EXAMINATION = "examination", _("健康体检")
        IMMUNIZATION = "immunization", _("预防接种")

    class Answer(models.TextChoices):
        NONE = "", _("还没有答复")
        YES = "yes", _("属实")
        NO = "no", _("没有这次服务")

    class Via(models.TextChoices):
        SMS = "sms", _("短信回复")
        PORTAL = "portal", _("在门户上")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("居民"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("服务机构"))
    facility_name = models.CharField(_("机构名称"), max_length=100)
    kind = models.CharField(_("服务种类"), max_length=12, choices=Kind.choices)
    source = models.ForeignKey("exchange.Source", models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=200)
    day = models.DateField(_("服务日期"))
    asked_at = models.DateTimeField(_("询问时间"))
    closes_at = models.DateTimeField(_("答复截止"))
    texted = models.BooleanField(_("发了短信"), default=False)
    answer = models.CharField(_("答复"), max_length=3, choices=Answer.choices, blank=True)
    via = models.CharField(_("怎样答复"), max_length=6, choices=Via.choices, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answered_by = models.UUIDField(null=True)
    dispute = models.ForeignKey("records.Dispute", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("服务核实")
        verbose_name_plural = _("服务核实")
        ordering = ["-asked_at", "id"]
        indexes = [
            models.Index(fields=["resident", "-asked_at"], name="service_question_by_person"),
            models.Index(fields=["facility", "asked_at"], name="service_question_by_place"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_question_per_service", fields=["resident", "source", "kind", "identifier"]
            ),
            models.CheckConstraint(
                name="service_answered_exactly_when_dated",
                condition=Q(answer="", via="", answered_at=None, answered_by=None, dispute=None)
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(via="")),
            ),
        ]
