"""Verdicts on wordings."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.revisions import Revision
from health_education.models.vocabulary import Speciality


class Review(models.Model):
    """A medical reviewer's verdict on one revision; the author never reviews their own text.

    The database fills in `author_id` and `wording` from the revision and `frame` from its article, so a verdict holds
    for those words and that use only; also the speciality asked for, the reviewer's name, the time, and whether the
    words were published already (`confirms`): so a sample is adopted, and a text whose review is due stays as it is.
    """

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("通过")
        REJECTED = "rejected", _("退回")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="reviews", verbose_name=_("文章版本"))
    author_id = models.UUIDField(editable=False)
    wording = models.BinaryField(_("所审文字的摘要"), max_length=32, editable=False)
    frame = models.BinaryField(_("所审用途的摘要"), max_length=32, editable=False)
    reviewer_id = models.UUIDField(_("审核账号"))
    reviewer_name = models.CharField(_("审核人"), max_length=100)
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict.choices)
    comment = models.CharField(_("意见"), max_length=500, blank=True)
    reviewed_at = models.DateTimeField(_("审核时间"))
    speciality = models.CharField(_("审核专业"), max_length=30, blank=True, editable=False, choices=Speciality.choices)
    confirms = models.BooleanField(_("对已发布文字的再次审核"), default=False, editable=False)

    class Meta:
        verbose_name = _("专业审核")
        verbose_name_plural = _("专业审核")
        ordering = ["-reviewed_at"]
        constraints = [
            models.CheckConstraint(
                name="author_does_not_review_own_text",
                condition=~Q(author_id=F("reviewer_id")),
                violation_error_message=_("作者不能审核自己的文章。"),
            )
        ]
