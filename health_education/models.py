"""What to read, and who vouches for it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.querysets import RevisionQuerySet, TopicQuerySet
from health_education.search import PairVectorField

LITERACY_ITEMS = 66  # 中国公民健康素养——基本知识与技能（2024年版）


class Topic(models.Model):
    """A subject to browse by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("网址名"), max_length=60, unique=True)
    name = models.CharField(_("主题"), max_length=60)
    position = models.PositiveIntegerField(_("排序"), default=100)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("宣教主题")
        verbose_name_plural = _("宣教主题")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class Audience(models.TextChoices):
    """For whom (field facts, section G)."""

    EVERYONE = "everyone", _("全人群")
    PARENTS = "parents", _("0-6岁儿童家长")
    TEENAGERS = "teenagers", _("青少年")
    PREGNANT = "pregnant", _("孕产妇")
    ELDERS = "elders", _("65岁及以上")
    HYPERTENSION = "hypertension", _("高血压患者")
    DIABETES = "diabetes", _("糖尿病患者")
    COPD = "copd", _("慢阻肺患者")


class Article(models.Model):
    """A text by its address; what is read is its newest approved revision."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("网址名"), max_length=80, unique=True)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="articles", verbose_name=_("主题"))
    audience = ArrayField(models.CharField(max_length=20, choices=Audience.choices), verbose_name=_("适用人群"))
    literacy_items = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LITERACY_ITEMS)]),
        default=list,
        blank=True,
        verbose_name=_("健康素养条目（1-66）"),
    )
    withdrawn_at = models.DateTimeField(_("下线时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("宣教文章")
        verbose_name_plural = _("宣教文章")
        ordering = ["slug"]
        constraints = [models.CheckConstraint(name="article_has_an_audience", condition=Q(audience__len__gte=1))]

    def __str__(self) -> str:
        return self.slug

    @property
    def audience_names(self) -> list[str]:
        """The audiences in the reader's words."""
        return [str(Audience(value).label) for value in self.audience if value in Audience.values]


class Revision(models.Model):
    """One wording of an article, with its source and author. Live when approved and its time has come.

    The reviewer's name and the time of review are filled in by the database from the approving review; an approved
    wording never changes again, a new wording is a new revision.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
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
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    reviewer_name = models.CharField(_("审核人"), max_length=100, blank=True, editable=False)
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True, editable=False)
    publish_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    review_due_on = models.DateField(_("复审日期"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    search = PairVectorField(sources={"title": "A", "summary": "B", "body": "D"})

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("文章版本")
        verbose_name_plural = _("文章版本")
        ordering = ["article", "-number"]
        indexes = [
            models.Index(fields=["-publish_at"], name="revision_live", condition=Q(state="approved")),
            GinIndex(fields=["search"], name="revision_search"),
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


class Review(models.Model):
    """A medical reviewer's verdict on one revision; the author never reviews their own text.

    The database fills in `author_id` and `wording` from the revision, so a verdict holds for those words only.
    """

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("通过")
        REJECTED = "rejected", _("退回")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="reviews", verbose_name=_("文章版本"))
    author_id = models.UUIDField(editable=False)
    wording = models.BinaryField(_("所审文字的摘要"), max_length=32, editable=False)
    reviewer_id = models.UUIDField(_("审核账号"))
    reviewer_name = models.CharField(_("审核人"), max_length=100)
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict.choices)
    comment = models.CharField(_("意见"), max_length=500, blank=True)
    reviewed_at = models.DateTimeField(_("审核时间"))

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
