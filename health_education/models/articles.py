"""What to read, by its address: topics, articles, and the codes a card explains."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.editing_querysets import ArticleQuerySet, ExplainsQuerySet
from health_education.models.vocabulary import LITERACY_ITEMS, Audience, Kind, Speciality, Tag
from health_education.querysets import TopicQuerySet

# First words of this room's own addresses: an article of that name could never be opened.
RESERVED = ("activities", "cards", "feedback", "files", "for-you", "preview", "saved", "search", "theme-days")


class Language(models.TextChoices):
    CHINESE = "zh-hans", _("中文")
    ENGLISH = "en", _("英文")


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


class Article(models.Model):
    """A text by its address; what is read is its newest approved revision."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("网址名"), max_length=80, unique=True)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices, default=Kind.ARTICLE)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="articles", verbose_name=_("主题"))
    audience = ArrayField(models.CharField(max_length=20, choices=Audience.choices), verbose_name=_("适用人群"))
    tags = ArrayField(
        models.CharField(max_length=30, choices=Tag.choices), default=list, blank=True, verbose_name=_("疾病标签")
    )
    literacy_items = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LITERACY_ITEMS)]),
        default=list,
        blank=True,
        verbose_name=_("健康素养条目（1-66）"),
    )
    speciality = models.CharField(_("审核专业"), max_length=30, choices=Speciality.choices, default=Speciality.GENERAL)
    language = models.CharField(_("语言"), max_length=10, choices=Language.choices, default=Language.CHINESE)
    translation_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="translations", verbose_name=_("译自")
    )
    related = ArrayField(
        models.SlugField(max_length=80), default=list, blank=True, verbose_name=_("相关文章（网址名）")
    )
    withdrawn_at = models.DateTimeField(_("下线时间"), null=True, blank=True)
    withdrawn_because = models.CharField(_("下线原因"), max_length=200, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("由哪篇文章代替")
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("宣教文章")
        verbose_name_plural = _("宣教文章")
        ordering = ["slug"]
        indexes = [models.Index(fields=["id"], name="article_withdrawn", condition=Q(withdrawn_at__isnull=False))]
        constraints = [
            models.CheckConstraint(name="article_has_an_audience", condition=Q(audience__len__gte=1)),
            models.CheckConstraint(
                name="article_slug_is_no_address_of_the_room",
                condition=~Q(slug__in=RESERVED),
                violation_error_message=_("这个网址名是系统自己用的，请换一个。"),
            ),
            models.CheckConstraint(name="article_replaces_another", condition=~Q(replaced_by=F("id"))),
            models.UniqueConstraint(name="one_translation_per_language", fields=["translation_of", "language"]),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def audience_names(self) -> list[str]:
        """The audiences in the reader's words."""
        return [str(Audience(value).label) for value in self.audience if value in Audience.values]


class Explains(models.Model):
    """A code that a card explains: a laboratory item by LOINC, or a condition by its tag. One card per code.

    A code that an editor adds waits: it stands beside results once a reviewer has approved a wording that came with it,
    or has confirmed the code itself. From which wording on (`from_number`), by whom and when is the database's word.
    """

    class System(models.TextChoices):
        LOINC = "loinc", _("检验项目（LOINC）")
        CONDITION = "condition", _("疾病标签")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    article = models.ForeignKey(Article, models.PROTECT, related_name="explains", verbose_name=_("说明卡"))
    system = models.CharField(_("编码体系"), max_length=10, choices=System.choices)
    code = models.CharField(_("编码"), max_length=30)
    since = models.DateTimeField(_("添加时间"), db_default=Now(), editable=False)
    added_by = models.UUIDField(_("添加账号"), null=True, editable=False)
    added_by_name = models.CharField(_("添加人"), max_length=100, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, editable=False)
    confirmed_by = models.UUIDField(_("确认账号"), null=True, editable=False)
    confirmed_by_name = models.CharField(_("确认人"), max_length=100, blank=True, editable=False)
    from_number = models.PositiveIntegerField(_("从第几版起说明"), null=True, editable=False)
    ended_at = models.DateTimeField(_("不再说明的时间"), null=True, blank=True)

    objects = ExplainsQuerySet.as_manager()

    class Meta:
        verbose_name = _("说明的项目")
        verbose_name_plural = _("说明的项目")
        ordering = ["system", "code"]
        constraints = [
            models.UniqueConstraint(
                name="one_card_per_code", fields=["system", "code"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="code_is_confirmed_from_a_wording_on",
                condition=Q(confirmed_at__isnull=True, from_number__isnull=True)
                | Q(confirmed_at__isnull=False, from_number__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_confirms_their_own_code",
                condition=Q(added_by__isnull=True) | Q(confirmed_by__isnull=True) | ~Q(added_by=F("confirmed_by")),
                violation_error_message=_("添加编码的人不能自己确认。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system}:{self.code}"
