"""异议: a resident says that an entry is wrong, and what the facility that wrote it answers. Both texts stay."""

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class Dispute(models.Model):
    """One entry, contested once: asked, answered by the facility, perhaps objected to, then decided by the county.

    The entry is named by the source's own identifier, so that the dispute stands beside every later version of it.
    Nothing of what was written is ever changed; a rejected dispute stays as it was put (PIPL article 46).
    """

    class Reason(models.TextChoices):
        NOT_MINE = "not_mine", _("这不是我的")
        NOT_DONE = "not_done", _("我没做过这项服务")
        WRONG = "wrong", _("内容有误")

    class Verdict(models.TextChoices):
        CORRECTED = "corrected", _("已更正或撤回")
        KEPT = "kept", _("核实无误，未更改")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("居民"))
    # What is contested; the database copies the last five from the entry itself.
    category = models.CharField(max_length=10)
    kind = models.CharField(_("条目类别"), max_length=20)
    subject_id = models.UUIDField(editable=False)
    title = models.CharField(_("条目"), max_length=300)
    source = models.ForeignKey("exchange.Source", models.PROTECT, related_name="+", editable=False)
    identifier = models.CharField(_("机构内编号"), max_length=200, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("上传机构"))
    facility_name = models.CharField(_("机构名称"), max_length=100)
    occurred_at = models.DateTimeField(_("发生时间"), null=True)

    reason = models.CharField(_("异议"), max_length=10, choices=Reason.choices)
    words = models.CharField(_("居民的说明"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("提出时间"))
    asked_by = models.UUIDField(_("提出人"), null=True, editable=False)  # nobody's account: answered by SMS
    due_at = models.DateTimeField(_("应答复时间"))

    verdict = models.CharField(_("核实结果"), max_length=10, choices=Verdict.choices, blank=True)
    answer = models.CharField(_("机构的答复"), max_length=500, blank=True)
    answered_by = models.UUIDField(_("答复人"), null=True, editable=False)
    answered_by_name = models.CharField(_("答复人姓名"), max_length=100, blank=True, editable=False)
    answered_at = models.DateTimeField(_("答复时间"), null=True, editable=False)

    objection = models.CharField(_("居民不同意的理由"), max_length=500, blank=True)
    objected_at = models.DateTimeField(_("申请复核时间"), null=True, editable=False)
    final_verdict = models.CharField(_("复核结果"), max_length=10, choices=Verdict.choices, blank=True)
    final_answer = models.CharField(_("县里的答复"), max_length=500, blank=True)
    final_by = models.UUIDField(_("复核人"), null=True, editable=False)
    final_by_name = models.CharField(_("复核人姓名"), max_length=100, blank=True, editable=False)
    final_at = models.DateTimeField(_("复核时间"), null=True, editable=False)

    class Meta:
        verbose_name = _("档案异议")
        verbose_name_plural = _("档案异议")
        indexes = [
            models.Index(fields=["facility", "due_at"], name="dispute_unanswered", condition=Q(answered_at=None)),
            models.Index(fields=["due_at"], name="dispute_to_review", condition=Q(final_at=None) & ~Q(objection="")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_dispute_per_entry_at_a_time",
                fields=["resident", "source", "kind", "identifier"],
                condition=Q(answered_at=None) | (~Q(objection="") & Q(final_at=None)),
            ),
            models.CheckConstraint(
                name="dispute_of_a_known_category", condition=Q(category__in=["records", "results"])
            ),
            models.CheckConstraint(name="dispute_says_what_is_wrong", condition=~Q(reason="wrong") | ~Q(words="")),
            models.CheckConstraint(
                name="dispute_answered_exactly_when_signed_and_worded",
                condition=Q(answered_at=None, answered_by=None, verdict="", answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(verdict="") & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="dispute_objected_to_only_after_an_answer",
                condition=Q(objection="", objected_at=None)
                | (Q(objected_at__isnull=False, verdict="kept") & ~Q(objection="")),
            ),
            models.CheckConstraint(
                name="dispute_decided_exactly_when_signed_and_worded",
                condition=Q(final_at=None, final_by=None, final_verdict="", final_answer="")
                | (
                    Q(final_at__isnull=False, final_by__isnull=False, objected_at__isnull=False)
                    & ~Q(final_verdict="")
                    & ~Q(final_answer="")
                ),
            ),
            models.CheckConstraint(
                name="dispute_decided_by_another_than_answered",
                condition=Q(final_by=None) | ~Q(final_by=F("answered_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d} {self.get_reason_display()}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes an answer."""
        return self.answered_at is None or (self.objected_at is not None and self.final_at is None)

    @property
    def state(self) -> "str | Promise":
        """Where it stands, in words."""
        if self.final_at:
            return _("县里复核：应更正") if self.final_verdict == "corrected" else _("县里复核：未更改")
        if self.objected_at:
            return _("县里复核中")
        if self.answered_at:
            return _("机构已更正") if self.verdict == "corrected" else _("机构核实未更改")
        return _("机构核实中")

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return "good" if "corrected" in {self.final_verdict or self.verdict} else "warn"

    @property
    def may_be_objected_to(self) -> bool:
        """Whether the resident may still ask the county to look at the answer."""
        return self.verdict == self.Verdict.KEPT and self.objected_at is None
