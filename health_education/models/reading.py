"""What readers keep and say: saved articles, and whether a text helped, was unclear or is wrong."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Article
from health_education.reading_querysets import BookmarkQuerySet, FeedbackQuerySet

LONGEST_PLACE, LONGEST_WORDS = 100, 500


class Bookmark(models.Model):
    """That an account saved an article; taken off again, the row ends."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account_id = models.UUIDField(_("账号"))
    article = models.ForeignKey(Article, models.PROTECT, related_name="+", verbose_name=_("文章"))
    saved_at = models.DateTimeField(_("收藏时间"))
    ended_at = models.DateTimeField(_("取消收藏的时间"), null=True, blank=True)

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("收藏的文章")
        verbose_name_plural = _("收藏的文章")
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(
                name="article_saved_once", fields=["account_id", "article"], condition=Q(ended_at__isnull=True)
            )
        ]


class Feedback(models.Model):
    """What readers said of a text, written by `app.give_feedback` alone.

    Without words nobody is kept with it: the same of one wording is one row that counts (`times`). With words a
    signed-in reader's account is kept, for the answer.
    """

    class Kind(models.TextChoices):
        USEFUL = "useful", _("有用")
        UNCLEAR = "unclear", _("看不懂")
        WRONG = "wrong", _("发现错误")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    article = models.ForeignKey(Article, models.PROTECT, related_name="feedback", verbose_name=_("文章"))
    number = models.PositiveIntegerField(_("版次"))
    kind = models.CharField(_("反馈"), max_length=10, choices=Kind.choices)
    place = models.CharField(_("哪一处"), max_length=LONGEST_PLACE, blank=True)
    words = models.CharField(_("读者的话"), max_length=LONGEST_WORDS, blank=True)
    times = models.PositiveIntegerField(_("次数"), default=1)
    account_id = models.UUIDField(_("账号"), null=True, editable=False)
    at = models.DateTimeField(_("时间"))
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    settled_by = models.UUIDField(_("处理账号"), null=True, blank=True)
    settled_name = models.CharField(_("处理人"), max_length=100, blank=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("读者反馈")
        verbose_name_plural = _("读者反馈")
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["-at"], name="feedback_by_time"),
            models.Index(fields=["account_id"], name="feedback_of_account", condition=Q(account_id__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="feedback_without_words_is_counted",
                fields=["article", "number", "kind"],
                condition=Q(place="", words=""),
            ),
            models.CheckConstraint(
                name="feedback_of_somebody_has_words", condition=Q(account_id__isnull=True) | ~Q(place="", words="")
            ),
            models.CheckConstraint(name="an_error_has_a_place", condition=~Q(kind="wrong", place="")),
            # A telephone or identity number that somebody typed into the wrong box is nobody's to keep.
            models.CheckConstraint(
                name="feedback_holds_no_number", condition=~Q(place__regex=r"\d{5}") & ~Q(words__regex=r"\d{5}")
            ),
            models.CheckConstraint(
                name="feedback_settled_with_who",
                condition=Q(settled_at=None, settled_by=None, settled_name="", answer="")
                | Q(settled_at__isnull=False, settled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.article_id}"
