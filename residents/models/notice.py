"""Telling people: the inbox, what leaves by SMS, call, WeChat and e-mail, and what of it each person wants.

Nothing of it ever carries health content.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.fields import EncryptedTextField
from foundation.keys import uuid7
from residents.phones import PhoneIndexField
from residents.querysets import DeliveryQuerySet, MessageChoiceQuerySet, NoticeQuerySet


class Notice(models.Model):
    """A line in a resident's inbox: that something is there, never what it says."""

    class Kind(models.TextChoices):
        REPORT_READY = "report_ready", _("您的检查检验报告已出")
        BOOKED = "booked", _("预约成功")
        BOOKING_CANCELLED = "booking_cancelled", _("预约已取消")
        CASE_ANSWERED = "case_answered", _("您提出的问题有了答复")
        FIRST_ACCESS = "first_access", _("有一家机构第一次查看了您的信息")
        EMERGENCY_ACCESS = "emergency_access", _("有工作人员紧急查看了您的信息")
        DELEGATION_INVITED = "delegation_invited", _("有人请您帮忙代办")
        DELEGATION_STARTED = "delegation_started", _("一项代办授权开始生效")
        DELEGATION_ENDED = "delegation_ended", _("一项代办授权已经结束")
        GUARDIANSHIP_REFUSED = "guardianship_refused", _("监护人申请没有通过，请看原因")
        HAND_OVER = "hand_over", _("孩子年满14或18周岁，代办权限有变化")
        ASSISTED_ACT = "assisted_act", _("工作人员帮您办了一件事")
        NEW_DEVICE = "new_device", _("您的账号在一台新设备上登录")
        PHONE_CHANGED = "phone_changed", _("您账号的手机号已更改")
        PASSWORD_CHANGED = "password_changed", _("您账号的密码已修改")
        ACCOUNT_OPENED = "account_opened", _("您的门户账号已开通")
        REGISTRATION_ATTEMPT = "registration_attempt", _("有人用您的证件号码申请注册")
        ACTIVATION_PRINTED = "activation_printed", _("有人在窗口为您打印了激活码")
        DEATH_REPORTED = "death_reported", _("本县登记了您的去世，如有误请到窗口更正")
        RESULT_CHECKED = "result_checked", _("您名下的一份报告正在核查，暂不显示")
        RESULT_SHOWN_AGAIN = "result_shown_again", _("核查完毕，您的一份报告恢复显示")
        RESULT_TAKEN_BACK = "result_taken_back", _("一份误记在您名下的报告已收回")
        RESULT_RETURNED = "result_returned", _("一份误记在他人名下的报告已归还给您")
        SEEN_TAKEN_BACK = "seen_taken_back", _("代办时看过的一份报告不属于家人，已收回")
        ACTIVITY_TOMORROW = "activity_tomorrow", _("您报名的活动明天举行")
        ACTIVITY_CHANGED = "activity_changed", _("您报名的活动改了时间或地点")
        ACTIVITY_CANCELLED = "activity_cancelled", _("您报名的活动取消了")
        FEEDBACK_ANSWERED = "feedback_answered", _("编辑答复了您对一篇文章的反馈")
        DISPUTE_ANSWERED = "dispute_answered", _("您提出的档案异议有了答复")
        RESULT_UNREAD = "result_unread", _("您有一份报告还没有看，请打开看看")
        RECORD_READY = "record_ready", _("您要的档案已经做好，可以下载")
        SERVICE_ASKED = "service_asked", _("请核实一次服务记录是否属实")
        PROGRAM_CONNECTED = "program_connected", _("一个应用开始可以读取您的健康档案")
        CLINIC_STOPPED = "clinic_stopped", _("您约的一次门诊停诊了，请改约")
        PLACE_OFFERED = "place_offered", _("您候补的号有了，只为您留一会儿")
        PLACE_BACK = "place_back", _("您候补的科室有号了，先约先得")
        STRIKE_WARNED = "strike_warned", _("您有一次预约没有来，登记为爽约，可以申诉")
        WEB_SUSPENDED = "web_suspended", _("您的网上预约暂停了，可以申诉，窗口照常")
        STRIKE_EXCUSED = "strike_excused", _("您的一次爽约记录已经撤销")
        APPEAL_ANSWERED = "appeal_answered", _("您的爽约申诉有了答复")
        DRAW_LOST = "draw_lost", _("您登记的抽签没有抽中，已转为候补")
        VISIT_REMINDER = "visit_reminder", _("您快要就诊了，请看时间和地点")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="notices")
    kind = models.CharField(_("类型"), max_length=30, choices=Kind.choices)
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    # When the sweep looked whom to tell by which channel; whoever writes a notice leaves it empty.
    told_at = models.DateTimeField(null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes = [
            models.Index(fields=["resident", "-created_at"], name="notice_by_resident"),
            models.Index(fields=["created_at", "id"], name="notice_untold", condition=Q(told_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(name="one_notice_per_subject", fields=["resident", "kind", "subject_id"])
        ]


class Channel(models.TextChoices):
    """How a message leaves the portal."""

    SMS = "sms", _("短信")
    VOICE = "voice", _("语音电话")
    WECHAT = "wechat", _("微信")
    EMAIL = "email", _("电子邮件")


class Delivery(models.Model):
    """One message to leave the portal: the outbox. A sweep sends what is due, so a lost broker loses nothing.

    A message moves from waiting to sent to delivered, or to failed, or is withheld; the database lets none go back.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        DELIVERED = "delivered", _("已送达")
        FAILED = "failed", _("发送失败")
        WITHHELD = "withheld", _("无需发送")

    class Waits(models.TextChoices):
        """Why a message that is ready does not leave yet."""

        QUIET = "quiet", _("等到安静时段结束")
        BUDGET = "budget", _("当天额度已用完，等到第二天")

    class Template(models.TextChoices):
        SIGN_IN_CODE = "sign_in_code", _("登录验证码")
        HELPER_CODE = "helper_code", _("帮办码")
        REGISTRATION_CODE = "registration_code", _("注册验证码")
        PHONE_CODE = "phone_code", _("更换手机号验证码")
        PROOF_CODE = "proof_code", _("本人确认验证码")
        REPORT_READY = "report_ready", _("报告已出提醒")
        BOOKED = "booked", _("预约成功提醒")
        BOOKING_CANCELLED = "booking_cancelled", _("预约取消提醒")
        CASE_ANSWERED = "case_answered", _("问题已答复提醒")
        FIRST_ACCESS = "first_access", _("机构首次查看提醒")
        EMERGENCY_ACCESS = "emergency_access", _("紧急查看提醒")
        DELEGATION_INVITED = "delegation_invited", _("代办邀请提醒")
        DELEGATION_STARTED = "delegation_started", _("代办开始提醒")
        DELEGATION_ENDED = "delegation_ended", _("代办结束提醒")
        GUARDIANSHIP_REFUSED = "guardianship_refused", _("监护人申请未通过提醒")
        HAND_OVER = "hand_over", _("年龄变化提醒")
        ASSISTED_ACT = "assisted_act", _("帮办回执")
        NEW_DEVICE = "new_device", _("新设备登录提醒")
        PHONE_CHANGED = "phone_changed", _("手机号更改提醒")
        PASSWORD_CHANGED = "password_changed", _("密码修改提醒")
        ACCOUNT_OPENED = "account_opened", _("账号开通提醒")
        REGISTRATION_ATTEMPT = "registration_attempt", _("注册尝试提醒")
        ACTIVATION_PRINTED = "activation_printed", _("激活码打印提醒")
        DEATH_REPORTED = "death_reported", _("去世登记提醒")
        RESULT_CHECKED = "result_checked", _("报告核查提醒")
        RESULT_SHOWN_AGAIN = "result_shown_again", _("报告恢复显示提醒")
        RESULT_TAKEN_BACK = "result_taken_back", _("报告收回提醒")
        RESULT_RETURNED = "result_returned", _("报告归还提醒")
        SEEN_TAKEN_BACK = "seen_taken_back", _("代办人报告收回提醒")
        ACTIVITY_TOMORROW = "activity_tomorrow", _("活动前一天提醒")
        ACTIVITY_CHANGED = "activity_changed", _("活动更改提醒")
        ACTIVITY_CANCELLED = "activity_cancelled", _("活动取消提醒")
        FEEDBACK_ANSWERED = "feedback_answered", _("文章反馈答复提醒")
        DISPUTE_ANSWERED = "dispute_answered", _("档案异议答复提醒")
        RESULT_UNREAD = "result_unread", _("报告未看提醒")
        RECORD_READY = "record_ready", _("档案已做好提醒")
        SERVICE_ASKED = "service_asked", _("服务核实")
        PROGRAM_CONNECTED = "program_connected", _("应用授权提醒")
        CLINIC_STOPPED = "clinic_stopped", _("停诊提醒")
        PLACE_OFFERED = "place_offered", _("候补有号提醒（留号）")
        PLACE_BACK = "place_back", _("候补有号提醒（先约先得）")
        STRIKE_WARNED = "strike_warned", _("爽约登记提醒")
        WEB_SUSPENDED = "web_suspended", _("网上预约暂停提醒")
        STRIKE_EXCUSED = "strike_excused", _("爽约撤销提醒")
        APPEAL_ANSWERED = "appeal_answered", _("爽约申诉答复提醒")
        DRAW_LOST = "draw_lost", _("抽签没有抽中提醒")
        VISIT_REMINDER = "visit_reminder", _("就诊提醒")
        VISIT_REMINDER_CODE = "visit_reminder_code", _("就诊提醒（带编号）")
        REPLY_KEPT = "reply_kept", _("回复：已确认就诊")
        REPLY_TOO_LATE = "reply_too_late", _("回复：已过退号时间")
        REPLY_MOVE = "reply_move", _("回复：怎样改期")
        REPLY_CALL = "reply_call", _("回复：会打电话")
        REPLY_GONE = "reply_gone", _("回复：候补的号没有了")
        REPLY_APPEALED = "reply_appealed", _("回复：已收到申诉")
        REPLY_WHICH = "reply_which", _("回复：答的是哪一件")
        REPLY_MENU = "reply_menu", _("回复：能回复什么")
        REPLY_STOPPED = "reply_stopped", _("回复：不再提醒")
        FAMILY_NOTICE = "family_notice", _("家人新消息提醒")
        BUDGET_REACHED = "budget_reached", _("短信额度用完（发给工作人员）")
        CRITICAL_WAITS = "critical_waits", _("危急值无人处理（发给工作人员）")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    template = models.CharField(_("模板"), max_length=30, choices=Template.choices)
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel.choices, default=Channel.SMS)
    # A value is sealed for its column, so the column keeps the name it had when there was only SMS.
    recipient = EncryptedTextField(_("收件方"), null=True, db_column="phone")
    recipient_index = PhoneIndexField(of="recipient")
    resident_id = models.UUIDField(_("收件人"), null=True)  # no foreign key: codes are for people not known yet
    parameters = EncryptedTextField(_("参数"))
    key = models.CharField(_("去重键"), max_length=80, unique=True)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.WAITING)
    waits_for = models.CharField(_("暂缓原因"), max_length=10, choices=Waits.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    due_at = models.DateTimeField(_("应发时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    delivered_at = models.DateTimeField(_("送达时间"), null=True)
    provider_id = models.CharField(_("服务商流水号"), max_length=100, blank=True)
    cost_fen = models.PositiveIntegerField(_("费用（分）"), default=0)
    error = models.CharField(_("失败原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息投递")
        verbose_name_plural = _("消息投递")
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(status="waiting")),
            models.Index(fields=["provider_id"], name="delivery_unconfirmed", condition=Q(status="sent")),
            models.Index(
                fields=["recipient_index", "sent_at"],
                name="delivery_codes",
                condition=Q(template__endswith="_code", sent_at__isnull=False),
            ),
            models.Index(
                fields=["recipient_index", "sent_at"], name="delivery_to_number", condition=Q(sent_at__isnull=False)
            ),
            models.Index(fields=["created_at"], name="delivery_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="delivery_sent_exactly_when_dated",
                condition=Q(status__in=["sent", "delivered"], sent_at__isnull=False)
                | Q(status__in=["waiting", "withheld"], sent_at__isnull=True)
                | Q(status="failed"),
            ),
            models.CheckConstraint(
                name="delivery_delivered_exactly_when_dated",
                condition=Q(status="delivered", delivered_at__isnull=False)
                | (~Q(status="delivered") & Q(delivered_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_withheld_exactly_without_a_recipient",
                condition=Q(status="withheld", recipient__isnull=True)
                | (~Q(status="withheld") & Q(recipient__isnull=False)),
            ),
        ]


class MessageChoice(models.Model):
    """What a person wants told by which channel. No row: yes. The inbox gets everything whatever is chosen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="message_choices")
    template = models.CharField(_("消息种类"), max_length=30, choices=Delivery.Template.choices)
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel.choices)
    wanted = models.BooleanField(_("接收"))
    changed_at = models.DateTimeField(_("更改时间"))

    objects = MessageChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息选择")
        verbose_name_plural = _("消息选择")
        constraints = [
            models.UniqueConstraint(name="one_choice_per_message", fields=["resident", "template", "channel"])
        ]


class MessageSpending(models.Model):
    """What a day's messages have cost so far, from one of two pots; the cap holds because the row is locked to add."""

    class Pot(models.TextChoices):
        URGENT = "urgent", _("验证码和紧急提醒")
        NOTICES = "notices", _("一般提醒")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField(_("日期"))
    pot = models.CharField(_("额度"), max_length=10, choices=Pot.choices)
    spent_fen = models.PositiveIntegerField(_("已用（分）"), default=0)
    reached_at = models.DateTimeField(_("用完时间"), null=True)

    class Meta:
        verbose_name = _("消息费用")
        verbose_name_plural = _("消息费用")
        constraints = [models.UniqueConstraint(name="one_spending_per_day_and_pot", fields=["day", "pot"])]
