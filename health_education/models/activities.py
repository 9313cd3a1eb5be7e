"""Lectures, consultations and screening days, and who comes to them."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7
from health_education.models.articles import Topic
from health_education.models.vocabulary import Audience
from residents.access import Viewer

MOST_PLACES = 5000


class ActivityQuerySet(models.QuerySet["Activity"]):
    def shown(self) -> Self:
        """What everybody may see: announced, and called-off ones, which say so."""
        return self.exclude(state=Activity.State.DRAFT).select_related("facility__parent", "topic")

    def upcoming(self, now: datetime) -> Self:
        """Still to come or going on, the nearest first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """Over, the latest first."""
        return self.filter(ends_at__lte=now).order_by("-starts_at", "pk")

    def held(self) -> Self:
        """Those of which staff have written down that they took place."""
        return self.filter(held_at__isnull=False)


class Activity(models.Model):
    """Something people come to. Nobody writes `taken`: the database counts it with each sign-up."""

    class Kind(models.TextChoices):
        LECTURE = "lecture", _("健康讲座")
        CONSULTATION = "consultation", _("健康咨询、义诊")
        SCREENING = "screening", _("筛查")
        OTHER = "other", _("其他活动")

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("主办机构"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices)
    title = models.CharField(_("活动名称"), max_length=60)
    description = models.TextField(_("说明"), max_length=1000, blank=True)
    place = models.CharField(_("地点"), max_length=100)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    speaker = models.CharField(_("主讲人"), max_length=100, blank=True)
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="activities", verbose_name=_("主题")
    )
    audience = ArrayField(
        models.CharField(max_length=20, choices=Audience.choices), default=list, blank=True, verbose_name=_("适合谁来")
    )
    materials = ArrayField(
        models.SlugField(max_length=80), default=list, blank=True, verbose_name=_("活动资料（文章网址名）")
    )
    capacity = models.PositiveSmallIntegerField(
        _("名额"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    taken = models.PositiveSmallIntegerField(_("已报名"), default=0, editable=False)
    signup_opens_at = models.DateTimeField(_("开始报名"), null=True, blank=True)
    signup_closes_at = models.DateTimeField(_("截止报名"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(_("发布时间"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, editable=False)
    cancel_reason = models.CharField(_("取消原因"), max_length=200, blank=True, editable=False)
    held_at = models.DateTimeField(_("登记举办的时间"), null=True, editable=False)
    walk_ins = models.PositiveIntegerField(_("没有报名、也没有扫码的人数"), default=0, editable=False)
    attended = models.PositiveIntegerField(_("参加人数"), default=0, editable=False)
    held_note = models.CharField(_("举办记录"), max_length=300, blank=True, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("健康教育活动")
        verbose_name_plural = _("健康教育活动")
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["starts_at"], name="activity_by_time"),
            models.Index(fields=["facility", "starts_at"], name="activity_by_facility"),
        ]
        constraints = [
            models.CheckConstraint(
                name="activity_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("结束时间应晚于开始时间。"),
            ),
            models.CheckConstraint(
                name="activity_never_overbooked",
                condition=Q(capacity__isnull=True) | Q(taken__lte=F("capacity")),
                violation_error_message=_("名额不能少于已经报名的人数。"),
            ),
            models.CheckConstraint(
                name="activity_signup_opens_before_it_closes",
                condition=Q(signup_opens_at__isnull=True, signup_closes_at__isnull=True)
                | Q(signup_opens_at__lt=F("signup_closes_at"), signup_closes_at__lte=F("ends_at")),
                violation_error_message=_("报名的开始和截止时间要都填，截止不晚于活动结束；不用报名就都不填。"),
            ),
            models.CheckConstraint(
                name="activity_cancelled_exactly_when_dated_with_a_reason",
                condition=(Q(state="cancelled", cancelled_at__isnull=False) & ~Q(cancel_reason=""))
                | (~Q(state="cancelled") & Q(cancelled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="activity_held_was_published",
                condition=Q(held_at__isnull=True) | Q(state="published", held_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="activity_published_is_dated",
                condition=Q(state="draft", published_at__isnull=True) | ~Q(state="draft"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def free(self) -> int | None:
        """How many places were left when this row was read; None without a limit."""
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def audience_names(self) -> list[str]:
        """For whom it is, in the reader's words."""
        return [str(Audience(value).label) for value in self.audience if value in Audience.values]


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Sign-ups of the person the viewer looks at; row-level security says the same."""
        return self.filter(resident_id=viewer.resident_id)

    def live(self) -> Self:
        """Those that were not taken back."""
        return self.filter(cancelled_at__isnull=True)

    def awaited(self, now: datetime) -> Self:
        """Of activities that take place and are not over."""
        return self.live().filter(activity__state=Activity.State.PUBLISHED, activity__ends_at__gt=now)


class SignUp(models.Model):
    """Somebody who comes, or came, to an activity. The database fills in the name and the facility.

    Who only scanned the code at the door (`walked_in`) takes no place.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="signups", verbose_name=_("活动"))
    facility = models.ForeignKey("facilities.Facility", models.PROTECT, related_name="+", verbose_name=_("主办机构"))
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("参加人"))
    resident_name = models.CharField(_("姓名"), max_length=100, editable=False, db_default="")
    walked_in = models.BooleanField(_("现场扫码"), default=False)
    form_key = models.UUIDField(editable=False)
    signed_by = models.UUIDField(editable=False)
    signed_at = models.DateTimeField(_("报名时间"))
    cancelled_at = models.DateTimeField(_("取消时间"), null=True)
    cancelled_by = models.UUIDField(null=True, editable=False)
    attended_at = models.DateTimeField(_("签到时间"), null=True)
    attended_by = models.UUIDField(null=True, editable=False)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("活动报名")
        verbose_name_plural = _("活动报名")
        ordering = ["signed_at"]
        indexes = [models.Index(fields=["resident", "-signed_at"], name="signup_by_resident")]
        constraints = [
            models.UniqueConstraint(
                name="one_live_signup_per_person",
                fields=["activity", "resident"],
                condition=Q(cancelled_at__isnull=True),
            ),
            models.UniqueConstraint(name="one_signup_per_submitted_form", fields=["signed_by", "form_key"]),
            models.CheckConstraint(
                name="signup_cancelled_exactly_when_signed_and_not_attended",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False, attended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="signup_attended_exactly_when_signed",
                condition=Q(attended_at__isnull=True, attended_by__isnull=True)
                | Q(attended_at__isnull=False, attended_by__isnull=False),
            ),
        ]
