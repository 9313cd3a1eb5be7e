"""The rules of the guide (导诊规则): versions that a second person reviews, danger signs, complaints and questions.

Nothing here is about a person; what somebody answers is never kept.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.guide.querysets import GuideVersionQuerySet
from foundation.keys import uuid7


class GuideVersion(models.Model):
    """All rules as of one day; from its medical review on, the database lets nobody change them.

    `editors` are all accounts that wrote on it: none of them reviews it. The database fills them in, as well as who
    reviewed and when. A reviewed version that turns out to be wrong is withdrawn, and the one before is in force again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(_("版次"), unique=True)
    note = models.CharField(_("这一版改了什么"), max_length=200)
    source = models.CharField(
        _("依据"), max_length=300, help_text=_("例如：县人民医院分诊制度2026年版、国家卫生健康委相关指南。")
    )
    editors = ArrayField(models.UUIDField(), default=list, editable=False)
    author_name = models.CharField(_("编写人"), max_length=100, editable=False)
    changed_at = models.DateTimeField(_("最后修改"), editable=False)
    reviewed_by = models.UUIDField(null=True, editable=False)
    reviewer_name = models.CharField(_("医学审核人"), max_length=100, blank=True, editable=False)
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, editable=False)
    valid_from = models.DateField(_("启用日期"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("停用时间"), null=True, editable=False)

    objects = GuideVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("导诊规则")
        verbose_name_plural = _("导诊规则")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                name="guide_is_reviewed_whole_or_not_at_all",
                condition=Q(reviewed_by=None, reviewer_name="", reviewed_at=None, valid_from=None, withdrawn_at=None)
                | (
                    Q(reviewed_by__isnull=False, reviewed_at__isnull=False, valid_from__isnull=False)
                    & ~Q(reviewer_name="")
                ),
            ),
            models.CheckConstraint(
                name="guide_is_reviewed_by_somebody_else",
                condition=Q(reviewed_by=None) | ~Q(editors__contains=[F("reviewed_by")]),
                violation_error_message=_("写过这一版的人不能审核它。"),
            ),
        ]

    def __str__(self) -> str:
        return str(_("导诊规则第%(number)d版")) % {"number": self.number}


class Outcome(models.TextChoices):
    """Where a path of the guide ends."""

    EMERGENCY = "emergency", _("马上打120")
    HOTLINE = "hotline", _("打12356心理援助热线")
    DEPARTMENT = "department", _("去看科室")


class Urgency(models.TextChoices):
    """How soon to go."""

    TODAY = "today", _("今天就去")
    DAYS = "days", _("这几天去")
    ANYTIME = "anytime", _("约个方便的时间去")


class FitLevel(models.TextChoices):
    """The lowest level of facility that can see to it."""

    VILLAGE = "village", _("村卫生室就可以")
    TOWNSHIP = "township", _("至少乡镇卫生院")
    COUNTY = "county", _("要到县级医院")


class Ending(models.Model):
    """Where somebody is sent, and what they are told meanwhile."""

    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome.choices, default=Outcome.DEPARTMENT)
    departments = models.CharField(
        _("科室"),
        max_length=100,
        blank=True,
        help_text=_("科室的名字，合适的都写上，用顿号分开，最合适的写在前面，例如：儿科、全科。"),
    )
    level = models.CharField(_("哪一级能看"), max_length=10, choices=FitLevel.choices, blank=True)
    urgency = models.CharField(_("多快去"), max_length=10, choices=Urgency.choices, blank=True)
    advice = models.CharField(
        _("去之前怎么办"), max_length=300, blank=True, help_text=_("用大白话写，一两句。不写诊断，不写药名。")
    )
    position = models.PositiveSmallIntegerField(_("先后"), default=10, help_text=_("小的在前。"))
    in_use = models.BooleanField(_("启用"), default=True)

    class Meta:
        abstract = True


def place_exactly_for_departments(name: str) -> models.CheckConstraint:
    """A department has its words, level and urgency; 120 and the hotline need none."""
    none = Q(departments="", level="", urgency="")
    return models.CheckConstraint(
        name=name,
        condition=(Q(outcome="department") & ~Q(departments="") & ~Q(level="") & ~Q(urgency=""))
        | (~Q(outcome="department") & none),
        violation_error_message=_("去看科室的，要写明科室、哪一级能看、多快去；打电话的，这三项都不填。"),
    )


class GuideSign(Ending):
    """A danger sign (危险信号) that everybody is asked about first of all."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(GuideVersion, models.PROTECT, related_name="signs", verbose_name=_("导诊规则"))
    text = models.CharField(_("危险信号"), max_length=100)

    class Meta:
        verbose_name = _("危险信号")
        verbose_name_plural = _("危险信号")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                name="guide_sign_leads_to_the_telephone",
                condition=~Q(outcome="department"),
                violation_error_message=_("危险信号只能是打120或打热线。"),
            ),
            place_exactly_for_departments("guide_sign_has_its_place"),
        ]

    def __str__(self) -> str:
        return self.text


class BodyPart(models.TextChoices):
    """Where it is."""

    WHOLE = "whole", _("全身")
    HEAD = "head", _("头")
    EYE = "eye", _("眼睛")
    THROAT = "throat", _("耳朵、鼻子、喉咙")
    MOUTH = "mouth", _("牙齿、嘴")
    CHEST = "chest", _("胸口、呼吸")
    BELLY = "belly", _("肚子")
    URINE = "urine", _("大小便")
    LIMBS = "limbs", _("腰、腿、关节")
    SKIN = "skin", _("皮肤")
    WOMEN = "women", _("月经、怀孕")
    MIND = "mind", _("心情、睡眠")
    INJURY = "injury", _("受伤")


class GuideSymptom(Ending):
    """A complaint in the county's own words, and where it leads when every question was answered with no."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(GuideVersion, models.PROTECT, related_name="symptoms", verbose_name=_("导诊规则"))
    part = models.CharField(_("部位"), max_length=10, choices=BodyPart.choices)
    name = models.CharField(_("哪里不舒服"), max_length=40, help_text=_("照本地人的说法写。"))
    other_words = models.CharField(
        _("别的说法"), max_length=200, blank=True, help_text=_("居民打字查找时用，例如：心口疼、心慌。")
    )
    for_adults = models.BooleanField(_("大人"), default=True)
    for_children = models.BooleanField(_("14岁以下孩子"), default=False)
    for_pregnant = models.BooleanField(_("怀孕的人"), default=False)

    class Meta:
        verbose_name = _("导诊症状")
        verbose_name_plural = _("导诊症状")
        ordering = ["position", "id"]
        constraints = [
            place_exactly_for_departments("guide_symptom_has_its_place"),
            models.CheckConstraint(
                name="guide_symptom_is_for_somebody",
                condition=Q(for_adults=True) | Q(for_children=True) | Q(for_pregnant=True),
                violation_error_message=_("请至少选一种人。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GuideQuestion(Ending):
    """A question of a complaint; yes ends the path here, no leads to the next question."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    symptom = models.ForeignKey(GuideSymptom, models.PROTECT, related_name="questions", verbose_name=_("导诊症状"))
    text = models.CharField(_("问题"), max_length=150, help_text=_("只问一件事，能用“有”或“没有”回答。"))

    class Meta:
        verbose_name = _("导诊问题")
        verbose_name_plural = _("导诊问题")
        ordering = ["position", "id"]
        constraints = [place_exactly_for_departments("guide_question_has_its_place")]

    def __str__(self) -> str:
        return self.text
