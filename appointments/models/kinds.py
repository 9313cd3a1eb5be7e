"""The words that several tables of this room share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NumberKind(models.TextChoices):
    """号别."""

    ORDINARY = "ordinary", _("普通号")
    EXPERT = "expert", _("专家号")
    SPECIAL_DISEASE = "special_disease", _("专病号")
    FAMILY_DOCTOR = "family_doctor", _("家医签约号")
    FREE_CLINIC = "free_clinic", _("义诊")


class Period(models.TextChoices):
    """午别."""

    MORNING = "morning", _("上午")
    AFTERNOON = "afternoon", _("下午")
    EVENING = "evening", _("晚上")


class Channel(models.TextChoices):
    """By which way a booking came. All but the web have places of their own, while they are reserved."""

    WEB = "web", _("网上")
    DESK = "desk", _("窗口")
    PHONE = "phone", _("电话")
    REFERRAL = "referral", _("基层转诊")
    ELDER = "elder", _("老年人")


class Need(models.TextChoices):
    """What somebody needs so that a visit goes well; a clinic prepares for it."""

    WHEELCHAIR = "wheelchair", _("轮椅")
    INTERPRETER = "interpreter", _("翻译（方言、少数民族语言）")
    HEARING = "hearing", _("听力不好，请大声、写给我看")


# Whose places a slot may keep apart, in the order of its columns.
RESERVED = (Channel.DESK, Channel.PHONE, Channel.REFERRAL, Channel.ELDER)
