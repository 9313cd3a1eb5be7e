"""What is worked out from a record and kept beside it: its first page, and when somebody last looked."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Summary(models.Model):
    """What the first page of a record shows, worked out from the tables (`records.summaries`).

    One row for each part of a person's record: `part` is the category of whom the session must be let see it, for a
    summary must not be open to more eyes than what it was made of. It holds while no `SummaryDue` names the person.
    """

    class Part(models.TextChoices):
        RECORDS = "records", _("健康档案")
        RESULTS = "results", _("检查检验结果")

    pk = models.CompositePrimaryKey("resident_id", "part")
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("居民"))
    part = models.CharField(_("部分"), max_length=7, choices=Part.choices)
    content = models.JSONField(_("内容"))
    built_at = models.DateTimeField(_("整理时间"))

    class Meta:
        verbose_name = _("档案首页摘要")
        verbose_name_plural = _("档案首页摘要")
        constraints = [
            models.CheckConstraint(name="summary_part_is_known", condition=models.Q(part__in=["records", "results"]))
        ]


class SummaryDue(models.Model):
    """A person's record changed: triggers write this in the transaction of the change, and nobody updates it.

    So nobody who writes to a record waits for another, and a change and the end of the old summary are one.
    """

    id = models.BigAutoField(primary_key=True)
    resident = models.ForeignKey(
        "residents.Resident", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        verbose_name = _("待整理的档案首页摘要")
        verbose_name_plural = _("待整理的档案首页摘要")
        indexes = [models.Index(fields=["resident"], name="summary_due_of")]


class Look(models.Model):
    """When an account last looked at a person's record, for "new since your last visit"; the account alone sees it.

    `since_at` is when the visit before this one ended; null at the first visit.
    """

    pk = models.CompositePrimaryKey("account_id", "resident_id")
    account_id = models.UUIDField()
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("居民"))
    seen_at = models.DateTimeField(_("最近一次查看"))
    since_at = models.DateTimeField(_("上次查看"), null=True)

    class Meta:
        verbose_name = _("查看档案的时间")
        verbose_name_plural = _("查看档案的时间")
