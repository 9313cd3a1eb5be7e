"""Reports that their person wishes to hear of from a clinician first."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from residents.models import Hearing


class Awaited(models.Model):
    """A report that came while its person wished to hear of its kind after a clinician's comment.

    The database opens it with the report's first version (`app.await_comment`) and works out at each look whether it
    still holds (`app.awaited_of`). As long as it does, the person's own sessions see neither the report nor its
    results; delegates and staff do: it is a wish, not a secret. Whoever wishes may look at once.
    """

    class How(models.TextChoices):
        SELF = "self", _("本人要求现在就看")
        COMMENT = "comment", _("医生已说明")
        CONTACTED = "contacted", _("医生已联系本人")
        CRITICAL = "critical", _("危急值，不再等待")
        ELAPSED = "elapsed", _("等待的天数已满")
        CHOICE = "choice", _("本人改了选择")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    source = models.ForeignKey("exchange.Source", models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=200)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("检查机构"))
    category = models.CharField(_("结果种类"), max_length=12, choices=Hearing.Category.choices)
    held_at = models.DateTimeField(_("收到时间"))
    until = models.DateTimeField(_("最晚等到"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    how = models.CharField(_("怎样结束"), max_length=10, choices=How.choices, blank=True)
    comment = models.CharField(_("医生的说明"), max_length=500, blank=True)
    commented_by = models.UUIDField(null=True)
    commented_name = models.CharField(_("说明的医生"), max_length=100, blank=True)
    announced_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("等医生说明的结果")
        verbose_name_plural = _("等医生说明的结果")
        ordering = ["until", "id"]
        indexes = [
            models.Index(fields=["facility", "until"], name="awaited_open", condition=Q(ended_at=None)),
            models.Index(fields=["until"], name="awaited_untold", condition=Q(announced_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(name="one_wait_per_report", fields=["resident", "source", "identifier"]),
            models.CheckConstraint(
                name="awaited_ends_exactly_with_a_reason",
                condition=Q(ended_at=None, how="") | (Q(ended_at__isnull=False) & ~Q(how="")),
            ),
            models.CheckConstraint(
                name="awaited_comment_is_signed",
                condition=Q(comment="", commented_by=None, commented_name="")
                | (Q(how="comment", commented_by__isnull=False) & ~Q(comment="")),
            ),
        ]
