"""How a person wishes to hear of results, and what came back by SMS."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from residents.phones import PhoneIndexField


class Hearing(models.Model):
    """How a person wishes to hear of new results of one category, from when until when. No row: at once.

    Never changed: a new choice ends the one before. A wish of the person's own, no right of anybody's: what the
    county or the facility holds back stays held back, and the person may look at any time.
    """

    class Category(models.TextChoices):
        LABORATORY = "laboratory", _("化验结果")
        IMAGING = "imaging", _("影像和心电检查结果")
        OTHER = "other", _("其他检查结果")

    class Way(models.TextChoices):
        AT_ONCE = "at_once", _("出来就告诉我")
        AFTER_COMMENT = "after_comment", _("医生说明后再告诉我")
        DELEGATE = "delegate", _("告诉帮我代办的人")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="hearings")
    category = models.CharField(_("结果种类"), max_length=12, choices=Category.choices)
    way = models.CharField(_("怎样告诉我"), max_length=14, choices=Way.choices)
    delegate = models.ForeignKey("residents.Resident", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("选择时间"))
    ended_at = models.DateTimeField(_("改变时间"), null=True)

    class Meta:
        verbose_name = _("结果怎样告诉我")
        verbose_name_plural = _("结果怎样告诉我")
        constraints = [
            models.UniqueConstraint(
                name="one_way_to_hear_at_a_time", fields=["resident", "category"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="hearing_names_a_delegate_exactly_when_through_one",
                condition=Q(way="delegate", delegate__isnull=False) | (~Q(way="delegate") & Q(delegate=None)),
            ),
            models.CheckConstraint(
                name="hearing_ends_after_it_starts", condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at"))
            ),
        ]


class SmsReply(models.Model):
    """What somebody answered to a message of ours: kept before it is understood, and emptied once it was.

    `provider_id` is the provider's own number of the message, so that one delivered twice is kept once.
    """

    class Meaning(models.TextChoices):
        WAITING = "", _("等待处理")
        YES = "yes", _("属实")
        NO = "no", _("没有")
        STOP = "stop", _("不再询问")
        UNKNOWN = "unknown", _("看不懂")
        UNASKED = "unasked", _("没有等待答复的问题")
        KEPT = "kept", _("确认就诊")
        CANCEL = "cancel", _("取消预约")
        LATER = "later", _("要改期")
        CALL = "call", _("请打电话")
        TAKEN = "taken", _("要候补的号")
        DECLINED = "declined", _("不要候补的号")
        APPEALED = "appealed", _("对爽约申诉")
        UNCLEAR = "unclear", _("不知道答的是哪一件")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider_id = models.CharField(max_length=100, unique=True)
    phone = EncryptedTextField(null=True)
    phone_index = PhoneIndexField(of="phone")
    text = EncryptedTextField(null=True)
    received_at = models.DateTimeField()
    meaning = models.CharField(max_length=8, choices=Meaning.choices, blank=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("短信回复")
        verbose_name_plural = _("短信回复")
        indexes = [models.Index(fields=["received_at"], name="reply_waits", condition=Q(handled_at=None))]
        constraints = [
            models.CheckConstraint(
                name="reply_is_emptied_once_understood",
                condition=Q(handled_at=None, meaning="")
                | (Q(handled_at__isnull=False, phone__isnull=True, text__isnull=True) & ~Q(meaning="")),
            )
        ]
