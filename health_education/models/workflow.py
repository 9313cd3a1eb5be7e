"""The editors' work on a wording: what was handed in, what was said of it, who may judge it, which words to avoid."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.editing_querysets import ReviewerSpecialityQuerySet
from health_education.models.revisions import Revision
from health_education.models.vocabulary import Speciality


class Submitted(models.Model):
    """The words of a revision as they were handed in; the database keeps them at that moment, and nobody changes them.

    A draft that was returned is mended in place: so what was returned stays, and can be laid beside what came next.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="submitted", verbose_name=_("文章版本"))
    wording = models.BinaryField(_("文字的摘要"), max_length=32, editable=False)
    title = models.CharField(_("标题"), max_length=100)
    summary = models.CharField(_("一句话摘要"), max_length=200)
    body = models.TextField(_("正文（Markdown）"))
    source = models.CharField(_("依据来源"), max_length=300, blank=True)
    author_name = models.CharField(_("作者"), max_length=100, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"))

    class Meta:
        verbose_name = _("提交的文字")
        verbose_name_plural = _("提交的文字")
        ordering = ["-submitted_at"]
        constraints = [models.UniqueConstraint(name="submitted_words_kept_once", fields=["revision", "wording"])]


class Remark(models.Model):
    """What an editor or reviewer said of a wording; an editorial check is a remark that passes or returns it.

    The database fills in `author_id`, `wording` and `frame` from the revision and its article, so a check holds for
    those words and that use only; also who says it, and when.
    """

    class Kind(models.TextChoices):
        COMMENT = "comment", _("留言")
        CHECK_PASSED = "check_passed", _("初审通过")
        CHECK_RETURNED = "check_returned", _("初审退回")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="remarks", verbose_name=_("文章版本"))
    kind = models.CharField(_("类别"), max_length=20, choices=Kind.choices, default=Kind.COMMENT)
    text = models.CharField(_("内容"), max_length=1000, blank=True)
    account_id = models.UUIDField(_("账号"))
    account_name = models.CharField(_("姓名"), max_length=100)
    author_id = models.UUIDField(editable=False)
    wording = models.BinaryField(_("所说文字的摘要"), max_length=32, editable=False)
    frame = models.BinaryField(_("所说用途的摘要"), max_length=32, editable=False)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("意见")
        verbose_name_plural = _("意见")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                name="author_does_not_check_own_text",
                condition=Q(kind="comment") | ~Q(author_id=F("account_id")),
                violation_error_message=_("作者不能初审自己的文章。"),
            ),
            models.CheckConstraint(
                name="only_a_pass_needs_no_words", condition=Q(kind="check_passed") | ~Q(text__regex=r"^\s*$")
            ),
        ]


class ReviewerSpeciality(models.Model):
    """That a reviewer may judge texts of a speciality; given and ended by administrators, never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account_id = models.UUIDField(_("审核账号"))
    account_name = models.CharField(_("审核人"), max_length=100)
    speciality = models.CharField(_("审核专业"), max_length=30, choices=Speciality.choices)
    starts_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    objects = ReviewerSpecialityQuerySet.as_manager()

    class Meta:
        verbose_name = _("审核专业")
        verbose_name_plural = _("审核专业")
        ordering = ["speciality", "account_name"]
        constraints = [
            models.UniqueConstraint(
                name="one_live_row_per_reviewer_and_speciality",
                fields=["account_id", "speciality"],
                condition=Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_name} · {self.get_speciality_display()}"


class BannedClaim(models.Model):
    """Words that promise too much; where they stand, editors and reviewers are warned."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    words = models.CharField(_("不宜出现的说法"), max_length=30, unique=True)
    reason = models.CharField(_("为什么、怎么改"), max_length=200)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("慎用说法")
        verbose_name_plural = _("慎用说法")
        ordering = ["words"]

    def __str__(self) -> str:
        return self.words
