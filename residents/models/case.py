"""我不认识这次访问: a question about a look, and the answer that staff owe."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.models.access import Capacity
from residents.querysets import AccessCaseQuerySet


class AccessCase(models.Model):
    """A person does not know a look at their data. What is asked never changes; the answer is written once."""

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified", _("正常的服务")
        MISTAKEN = "mistaken", _("误操作")
        UNJUSTIFIED = "unjustified", _("不该查看")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="access_cases")
    opened_at = models.DateTimeField(_("提出时间"))
    opened_by = models.UUIDField(_("提出人"))
    actor_id = models.UUIDField(_("被问到的账号"), null=True)
    actor_name = models.CharField(_("被问到的人"), max_length=100, blank=True)
    facility = models.ForeignKey(
        "facilities.Facility", models.PROTECT, null=True, related_name="+", verbose_name=_("机构")
    )
    capacity = models.CharField(_("身份"), max_length=10, choices=Capacity.choices, blank=True)
    opening_id = models.UUIDField(null=True)
    first_at = models.DateTimeField(_("访问从"))
    last_at = models.DateTimeField(_("访问到"))
    remark = models.CharField(_("居民说明"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("应答复时间"))
    verdict = models.CharField(_("核查结果"), max_length=12, choices=Verdict.choices, blank=True)
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    answered_by = models.UUIDField(_("答复人"), null=True, editable=False)
    answered_by_name = models.CharField(_("答复人姓名"), max_length=100, blank=True, editable=False)
    answered_at = models.DateTimeField(_("答复时间"), null=True, editable=False)

    objects = AccessCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("访问疑问")
        verbose_name_plural = _("访问疑问")
        indexes = [models.Index(fields=["due_at"], name="access_case_open", condition=Q(answered_at=None))]
        constraints = [
            models.UniqueConstraint(
                name="one_case_per_look", fields=["resident", "actor_id", "first_at"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="case_answered_exactly_when_signed_and_worded",
                condition=Q(answered_at=None, answered_by=None, verdict="", answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(verdict="") & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="nobody_answers_for_their_own_look",
                condition=Q(answered_by=None) | Q(actor_id=None) | ~Q(answered_by=F("actor_id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opened_at:%Y-%m-%d}"
