"""The wordings of an article."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Article
from health_education.querysets import RevisionQuerySet
from health_education.search import PairVectorField


class Revision(models.Model):
    """One wording of an article, with its source and author. Live when approved and its time has come.

    The reviewer's name and the time of review are filled in by the database from the approving review; an approved
    wording never changes again, a new wording is a new revision. The database also says from when a newer wording
    takes its place (`superseded_at`), so what is live is seen from one row. A sample comes with the portal and says so
    on its page until a reviewer of this county has approved it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        CHECK = "check", _("待编辑初审")
        REVIEW = "review", _("待专业审核")
        APPROVED = "approved", _("审核通过")
        REJECTED = "rejected", _("退回修改")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    article = models.ForeignKey(Article, models.PROTECT, related_name="revisions", verbose_name=_("文章"))
    number = models.PositiveIntegerField(_("版次"))
    title = models.CharField(_("标题"), max_length=100)
    summary = models.CharField(_("一句话摘要"), max_length=200)
    body = models.TextField(_("正文（Markdown）"))
    source = models.CharField(_("依据来源"), max_length=300, blank=True)
    author_name = models.CharField(_("作者"), max_length=100, blank=True)
    author_id = models.UUIDField(_("作者账号"))
    is_sample = models.BooleanField(_("示例内容"), default=False, editable=False)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    reviewer_name = models.CharField(_("审核人"), max_length=100, blank=True, editable=False)
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True, editable=False)
    publish_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    superseded_at = models.DateTimeField(_("被新版代替的时间"), null=True, blank=True, editable=False)
    review_due_on = models.DateField(_("复审日期"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    search = PairVectorField(sources={"title": "A", "summary": "B", "body": "D"})
    headline = models.GeneratedField(
        expression=Func(F("search"), function="ts_filter", template="%(function)s(%(expressions)s, '{a,b}')"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("文章版本")
        verbose_name_plural = _("文章版本")
        ordering = ["article", "-number"]
        indexes = [
            models.Index(fields=["-publish_at"], name="revision_live", condition=Q(state="approved")),
            GinIndex(fields=["search"], name="revision_search"),
            GinIndex(fields=["headline"], name="revision_headline"),
        ]
        constraints = [
            models.UniqueConstraint(name="revision_number_unique_in_article", fields=["article", "number"]),
            models.CheckConstraint(
                name="approved_revision_has_source_author_and_reviewer",
                condition=~Q(state="approved")
                | (~Q(source="") & ~Q(author_name="") & ~Q(reviewer_name="") & Q(reviewed_at__isnull=False)),
                violation_error_message=_("通过审核的文章必须有依据来源、作者和审核人。"),
            ),
            models.CheckConstraint(
                name="published_revision_is_approved_and_has_a_review_date",
                condition=Q(publish_at__isnull=True) | Q(state="approved", review_due_on__isnull=False),
                violation_error_message=_("发布前必须通过专业审核，并写明复审日期。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def can_be_edited(self) -> bool:
        """Whether its wording may still change."""
        return self.state in {self.State.DRAFT, self.State.REJECTED}
